/** AES-CMAC (RFC 4493, NIST SP 800-38B), 16 bytes of it. */
import { copyBytes } from "../copy-bytes.ts";
import type { Aes128 } from "../primitives.ts";
import { cbcEncrypt } from "./cbc.ts";

/** A cipher with its two subkeys (RFC 4493 2.3): worth keeping, since making them costs a block. */
export interface CmacKey {
  readonly aes: Aes128;
  /** Empty, like `k2`, for a cipher with a CMAC of its own. */
  readonly k1: Int32Array;
  readonly k2: Int32Array;
}

export function cmacKey(aes: Aes128): CmacKey {
  const none = new Int32Array(0);
  if (aes.cmac !== undefined) return { aes, k1: none, k2: none };
  const l = aes.encryptBlock(new Uint8Array(16));
  const k1 = timesX(l);
  l.fill(0);
  return { aes, k1, k2: timesX(k1) };
}

/** Multiplies by x in GF(2^128), without a branch that depends on the secret. */
function timesX(block: Uint8Array | Int32Array): Int32Array {
  const words = new DataView(block.buffer, block.byteOffset);
  const product = new Int32Array(4);
  const shifted = new DataView(product.buffer);
  let carry = 0;
  for (let at = 12; at >= 0; at -= 4) {
    const word = words.getInt32(at);
    shifted.setInt32(at, (word << 1) | carry);
    carry = word >>> 31;
  }
  shifted.setUint8(15, shifted.getUint8(15) ^ (0x87 & -carry));
  return product;
}

/** Overwrites the subkeys; the cipher is its owner's. */
export function wipeCmacKey(key: CmacKey): void {
  key.k1.fill(0);
  key.k2.fill(0);
}

/**
 * The CMAC of the parts, one after another as one message.
 * @returns 16 bytes, fresh
 */
export function cmac(key: CmacKey, parts: Uint8Array[]): Uint8Array {
  const aes = key.aes;
  if (aes.cmac !== undefined) return aes.cmac(parts);
  let length = 0;
  for (let i = 0; i < parts.length; i++) length += parts[i].length;
  const whole = length > 0 && (length & 15) === 0;
  const last = whole ? length - 16 : length & ~15;
  const bytes = new Uint8Array(last + 16);
  let at = 0;
  for (let i = 0; i < parts.length; i++) {
    bytes.set(parts[i], at);
    at += parts[i].length;
  }
  if (!whole) bytes[length] = 0x80;
  const subkey = whole ? key.k1 : key.k2;
  const words = new Int32Array(bytes.buffer, last);
  for (let i = 0; i < 4; i++) words[i] ^= subkey[i];
  const blocks = cbcEncrypt(aes, new Uint8Array(16), bytes);
  const mac = copyBytes(blocks, last, last + 16);
  blocks.fill(0); // it ends in a derived key, where this is one
  bytes.fill(0); // messages hold keys where a personalisation is confirmed
  return mac;
}
