/**
 * The vault's second way, on boards with a device root: for a customer who has forgotten the PIN, and whose bank has said so by the right
 * answer to the token's challenge (unlock.ts). A board brings it with its `bind`, so that a board without one does without it.
 *
 *     W = bind(HMAC-SHA256(unlock key, "OCHRE-RECOVERY" | salt))        seal = salt (16) | K xor HMAC-SHA256(W, 00)
 *
 * The PIN's K is under W: under the device root, so that nobody opens it elsewhere, and under the unlock key, so that it is gone with that.
 * It tells nothing about the PIN. Whoever could make this board compute `bind` with a flash in hand could as well search the PINs with it.
 */
import { hmac } from "../../protocol/otp/hmac.ts";
import type { Board } from "../hal/board.ts";
import { RECOVERY, UNLOCK_KEY } from "./entries.ts";
import { type Entry, type Journal, JournalError } from "./journal.ts";

const SALT_LENGTH = 16;

/** What a vault and its token do with the seal of K. */
export interface Recovery {
  /** Adds the seal of K, 32 bytes, to what is written; nothing where the token has no unlock key. */
  keep(journal: Journal, entries: Entry[], k: Uint8Array): void;
  /** The same K under another unlock key. */
  rekey(journal: Journal, entries: Entry[], unlockKey: Uint8Array): void;
  /** Whether there is a seal. */
  kept(journal: Journal): boolean;
  /** K, which the caller overwrites. @throws JournalError where there is no seal */
  open(journal: Journal): Uint8Array;
}

/** @param board with a device root, its primitives chosen when this is used */
export function recovery(board: Pick<Board, "primitives" | "random" | "wire">, bind: (k: Uint8Array) => Uint8Array) {
  /** K under the salt's W, or back: 32 bytes. */
  const mask = function (unlockKey: Uint8Array, salt: Uint8Array, k: Uint8Array): Uint8Array {
    const sha256 = board.primitives.hashes.sha256;
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
  const push = function (entries: Entry[], unlockKey: Uint8Array, k: Uint8Array): void {
    const seal = new Uint8Array(SALT_LENGTH + 32);
    seal.set(board.random(SALT_LENGTH));
    seal.set(mask(unlockKey, seal.subarray(0, SALT_LENGTH), k), SALT_LENGTH);
    entries.push({ id: RECOVERY, value: seal });
  };
  const whole: Recovery = {
    keep: function (journal, entries, k) {
      const unlockKey = journal.get(UNLOCK_KEY);
      if (unlockKey === undefined) return;
      push(entries, unlockKey, k);
      unlockKey.fill(0);
    },
    rekey: function (journal, entries, unlockKey) {
      if (!whole.kept(journal)) return;
      const k = whole.open(journal);
      push(entries, unlockKey, k);
      k.fill(0);
    },
    kept: function (journal) {
      return journal.get(RECOVERY) !== undefined;
    },
    open: function (journal) {
      const seal = journal.get(RECOVERY);
      const unlockKey = journal.get(UNLOCK_KEY);
      if (seal === undefined || unlockKey === undefined) throw new JournalError("nothing to recover");
      const k = mask(unlockKey, seal.subarray(0, SALT_LENGTH), seal.subarray(SALT_LENGTH));
      unlockKey.fill(0);
      return k;
    },
  };
  return whole;
}
