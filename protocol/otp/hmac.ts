/**
 * HMAC (RFC 2104) under a key that serves several messages: what the hash function makes of the key is half of the work for a short
 * message, and can be kept.
 */
import type { Hash } from "../primitives.ts";

/** A key made ready, and as secret as the key itself: `wipeHmacKey` after use. */
export interface HmacKey {
  readonly hash: Hash;
  readonly states: Uint8Array[];
}

/** @param key any length, not kept; one longer than a block is hashed first */
export function hmacKey(hash: Hash, key: Uint8Array): HmacKey {
  return { hash, states: hash.hmacStates(key) };
}

/**
 * @param message any length
 * @returns a fresh array of `hash.outputLen` bytes
 */
export function hmacWith(key: HmacKey, message: Uint8Array): Uint8Array {
  return key.hash.hmac(key.states, message, 1);
}

export function wipeHmacKey(key: HmacKey): void {
  for (let i = 0; i < key.states.length; i++) key.states[i].fill(0);
}

/**
 * @param key any length; one longer than a block is hashed first
 * @param message any length
 * @returns a fresh array of `hash.outputLen` bytes
 */
export function hmac(hash: Hash, key: Uint8Array, message: Uint8Array): Uint8Array {
  const states = hash.hmacStates(key);
  const mac = hash.hmac(states, message, 1);
  wipeHmacKey({ hash, states });
  return mac;
}
