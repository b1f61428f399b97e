/** PBKDF2 (RFC 8018 5.2) with HMAC as its pseudo-random function. */
import { hmacKey, wipeHmacKey } from "../../protocol/otp/hmac.ts";
import type { Hash } from "../../protocol/primitives.ts";

/**
 * @param iterations 1 or more; each costs two hash computations of one block
 * @param length of the derived key in bytes, 1 or more
 * @throws RangeError for less than one iteration or byte
 */
export const pbkdf2 = function (
  hash: Hash,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Uint8Array {
  if (!(iterations >= 1)) throw new RangeError("PBKDF2 needs one iteration or more, not " + iterations);
  if (!(length >= 1)) throw new RangeError("PBKDF2 derives one byte or more, not " + length);
  const derived = new Uint8Array(length);
  const first = new Uint8Array(salt.length + 4);
  const index = new DataView(first.buffer);
  const key = hmacKey(hash, password);
  first.set(salt);
  let block = 0;
  for (let at = 0; at < length; at += hash.outputLen) {
    // T = U1 xor U2 xor ... with U1 = HMAC(password, salt | block number).
    index.setUint32(salt.length, ++block);
    const t = hash.hmac(key.states, first, iterations);
    // The interpreter's `subarray` knows no end.
    derived.set(t.subarray(0, Math.min(t.length, length - at)), at);
    t.fill(0);
  }
  wipeHmacKey(key);
  return derived;
};
