/** The wire's primitives by Espruino's native functions. */
import type { Wire } from "../../../protocol/primitives.ts";

declare const E: {
  CRC32(bytes: Uint8Array): number;
  toString(bytes: Uint8Array, end: ""): string;
  toUint8Array(text: string): Uint8Array;
};

export const wire: Wire = {
  crc32: function (bytes) {
    return E.CRC32(bytes) >>> 0;
  },
  toLatin1: function (bytes) {
    // Of a whole array alone, E.toString would give a string that changes with the array; of two pieces it makes a new one.
    return E.toString(bytes, "");
  },
  fromLatin1: function (text) {
    return E.toUint8Array(text);
  },
};
