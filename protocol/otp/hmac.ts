/**
 * HMAC (RFC 2104): H(K xor opad, H(K xor ipad, message)).
 */
import type { Hash } from "../primitives.ts";

/**
 * @param key any length; one longer than a block is hashed first
 * @param message any length
 * @returns a fresh array of `hash.outputLen` bytes
 */
export function hmac(hash: Hash, key: Uint8Array, message: Uint8Array): Uint8Array {
  if (hash.hmac !== undefined) return hash.hmac(key, message, 1);
  const block = hash.blockLen;
  const padded = key.length > block ? hash.digest(key) : key;
  const inner = new Uint8Array(block + message.length);
  const outer = new Uint8Array(block + hash.outputLen);
  // `fill` is native on the token: only the key's own bytes go through the interpreter.
  inner.fill(0x36, 0, block);
  outer.fill(0x5c, 0, block);
  for (let i = 0; i < padded.length; i++) {
    const byte = padded[i];
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  inner.set(message, block);
  const innerDigest = hash.digest(inner);
  outer.set(innerDigest, block);
  const mac = hash.digest(outer);
  inner.fill(0);
  outer.fill(0);
  innerDigest.fill(0);
  if (padded !== key) padded.fill(0);
  return mac;
}
