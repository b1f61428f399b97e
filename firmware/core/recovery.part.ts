/**
 * The vault's second way, on boards with a device root: for a customer who has forgotten the PIN, and whose bank has said so by the right
 * answer to the token's challenge (unlock.ts).
 *
 *     W = bind(HMAC-SHA256(unlock key, "OCHRE-RECOVERY" | salt))        seal = salt (16) | K xor HMAC-SHA256(W, 00)
 *
 * The PIN's K is under W: under the device root, so that nobody opens it elsewhere, and under the unlock key, so that it is gone with that.
 * It tells nothing about the PIN. Whoever could make this board compute `bind` with a flash in hand could as well search the PINs with it.
 */
import { hmac } from "../../protocol/otp/hmac.ts";
import type { Board } from "../hal/board.ts";

const SALT_LENGTH = 16;

/** @param bind the board's */
export function recovery(board: Board, bind: (k: Uint8Array) => Uint8Array) {
  const sha256 = board.primitives.hashes.sha256;
  /** K under the salt's W, or back: 32 bytes. */
  const mask = function (unlockKey: Uint8Array, salt: Uint8Array, k: Uint8Array): Uint8Array {
    const message = new Uint8Array(14 + SALT_LENGTH);
    message.set(board.wire.fromLatin1("OCHRE-RECOVERY"));
    message.set(salt, 14);
    const derived = hmac(sha256, unlockKey, message);
    const w = bind(derived);
    const result = hmac(sha256, w, new Uint8Array(1));
    for (let i = 0; i < 32; i++) result[i] ^= k[i];
    derived.fill(0);
    w.fill(0);
    return result;
  };
  return {
    /** The seal of K. */
    seal: function (unlockKey: Uint8Array, k: Uint8Array): Uint8Array {
      const seal = new Uint8Array(SALT_LENGTH + 32);
      seal.set(board.random(SALT_LENGTH));
      const masked = mask(unlockKey, seal.subarray(0, SALT_LENGTH), k);
      seal.set(masked, SALT_LENGTH);
      return seal;
    },
    /** K, which the caller overwrites; of another key, something else. */
    open: function (unlockKey: Uint8Array, seal: Uint8Array): Uint8Array {
      return mask(unlockKey, seal.subarray(0, SALT_LENGTH), seal.subarray(SALT_LENGTH));
    },
  };
}
