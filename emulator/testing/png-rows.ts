/** A picture as the API makes it, read back by a test: PNG of one bit a pixel, without filter or interlace. */
import { inflateSync } from "node:zlib";

/** @returns its rows, each pixel a digit @throws Error for a PNG of another kind */
export function rowsOfPng(file: Buffer): string[] {
  const width = file.readUInt32BE(16);
  if (file.toString("latin1", 1, 4) !== "PNG" || file[24] !== 1 || file[25] !== 0)
    throw new Error("this is no PNG of one bit a pixel");
  const parts: Buffer[] = [];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at))
    if (file.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  const bytes = inflateSync(Buffer.concat(parts));
  const stride = 1 + Math.ceil(width / 8);
  return Array.from({ length: bytes.length / stride }, (_, y) => {
    if (bytes[y * stride] !== 0) throw new Error(`row ${y} is filtered`);
    const row = bytes.subarray(y * stride + 1, (y + 1) * stride);
    return [...row]
      .map((byte) => byte.toString(2).padStart(8, "0"))
      .join("")
      .slice(0, width);
  });
}
