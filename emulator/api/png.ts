/** A picture of one bit a pixel as PNG (W3C Recommendation, third edition), grey, without interlace or filter. */
import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
const BIT_DEPTH = 1;
const GREYSCALE = 0;

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

/**
 * @param pixels byte `page * width + x` is column `x` of eight rows, bit 0 on top; a set bit is white
 * @param scale how many pixels of the picture make one of the display, each way
 */
export function png(pixels: Uint8Array, width: number, height: number, scale = 1): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width * scale, 0);
  header.writeUInt32BE(height * scale, 4);
  header[8] = BIT_DEPTH;
  header[9] = GREYSCALE;
  // Each row begins with the number of its filter: 0, none.
  const stride = 1 + Math.ceil((width * scale) / 8);
  const rows = Buffer.alloc(stride * height * scale);
  for (let y = 0; y < height * scale; y++) {
    const row = Math.floor(y / scale);
    for (let x = 0; x < width * scale; x++) {
      const lit = (pixels[(row >> 3) * width + Math.floor(x / scale)] >> (row & 7)) & 1;
      if (lit) rows[y * stride + 1 + (x >> 3)] |= 0x80 >> (x & 7);
    }
  }
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
