/** AES-CMAC (RFC 4493, NIST SP 800-38B), 16 bytes of it. */
import type { Aes128 } from "../primitives.ts";

/** A cipher with its two subkeys (RFC 4493 2.3): worth keeping, since making them costs a block. */
export interface CmacKey {
  readonly aes: Aes128;
  readonly k1: Int32Array;
  readonly k2: Int32Array;
}

export function cmacKey(aes: Aes128): CmacKey {
  const l = aes.encryptBlock(new Uint8Array(16));
  const k1 = new Int32Array(4);
  const k2 = new Int32Array(4);
  timesX(l, new Uint8Array(k1.buffer));
  timesX(new Uint8Array(k1.buffer), new Uint8Array(k2.buffer));
  l.fill(0);
  return { aes, k1, k2 };
}

/** Multiplies by x in GF(2^128), without a branch that depends on the secret. */
function timesX(block: Uint8Array, product: Uint8Array): void {
  let carry = 0;
  for (let i = 15; i >= 0; i--) {
    const byte = block[i];
    product[i] = (byte << 1) | carry;
    carry = byte >> 7;
  }
  product[15] ^= 0x87 & -carry;
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
  let length = 0;
  for (let i = 0; i < parts.length; i++) length += parts[i].length;
  const whole = length > 0 && (length & 15) === 0;
  const words = new Int32Array(whole ? length >> 2 : ((length >> 4) + 1) << 2);
  const bytes = new Uint8Array(words.buffer);
  let at = 0;
  for (let i = 0; i < parts.length; i++) {
    bytes.set(parts[i], at);
    at += parts[i].length;
  }
  if (!whole) bytes[length] = 0x80;
  const subkey = whole ? key.k1 : key.k2;
  const last = words.length - 4;
  for (let i = 0; i < 4; i++) words[last + i] ^= subkey[i];
  const mac = new Int32Array(4);
  const macBytes = new Uint8Array(mac.buffer);
  for (let i = 0; i < words.length; i += 4) {
    mac[0] ^= words[i];
    mac[1] ^= words[i + 1];
    mac[2] ^= words[i + 2];
    mac[3] ^= words[i + 3];
    const block = key.aes.encryptBlock(macBytes);
    macBytes.set(block);
    block.fill(0); // a derived key, where this is the last one
  }
  bytes.fill(0); // messages hold keys where a personalisation is confirmed
  return macBytes;
}
