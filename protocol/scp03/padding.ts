/** ISO/IEC 7816-4 padding to blocks of 16 bytes: 80, then as many 00 as it takes (Amendment D 4.1.4). */
import { copyBytes } from "../copy-bytes.ts";

/** 1 to 16 bytes longer than the data. */
export function pad(data: Uint8Array): Uint8Array {
  const padded = new Uint8Array((data.length & ~15) + 16);
  padded.set(data);
  padded[data.length] = 0x80;
  return padded;
}

/** The data without its padding, fresh; `undefined` where the last block does not end in 80 00*. */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  let end = padded.length - 1;
  const lastBlock = padded.length - 16;
  while (end > lastBlock && padded[end] === 0) end--;
  return end >= 0 && padded[end] === 0x80 ? copyBytes(padded, 0, end) : undefined;
}
