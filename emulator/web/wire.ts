/** What protocol/ asks for on the wire, in a browser. */
import type { Wire } from "../../protocol/primitives.ts";

/** CRC-32 of IEEE 802.3, reflected. */
const POLYNOMIAL = 0xedb88320;

export const wire: Wire = {
  crc32(bytes) {
    let crc = 0xffffffff;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    }
    return ~crc >>> 0;
  },
  toLatin1: (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""),
  fromLatin1: (text) => Uint8Array.from(text, (character) => character.charCodeAt(0)),
};
