/**
 * Whether it is the bank that answers: its code over the token's challenge and its own (RFC 6287 7.3), judged before the token gives one.
 *
 * Three wrong codes close the mode for ten minutes. They are counted durably before the comparison, with the time, so that no power cut
 * gives a guesser more of them.
 */
import { decodeUnixTime, encodeUnixTime } from "../../protocol/apdu/unix-time.ts";
import { equalBytes } from "../../protocol/scp03/constant-time.ts";
import { clockMark, soundTime } from "./clock-guard.ts";
import type { Credential } from "./credential.ts";
import { BANK_TRIES } from "./entries.ts";
import type { Token } from "./token.ts";
import { BANK_KEY } from "./vault.ts";

const TRIES = 3;
const CLOSED_SECONDS = 600;
/** Time steps before and after the token's own in which the bank's code may have been made. */
const STEPS = 1;

export type BankVerdict = "right" | "wrong" | "closed" | "clock";

/**
 * The vault is open.
 * @param ours the token's challenge, 8 digits, for this one answer
 * @param theirs the bank's, 8 digits
 * @param code the bank's, ASCII digits
 */
export function judgeBank(
  token: Token,
  credential: Credential,
  ours: string,
  theirs: string,
  code: Uint8Array,
): BankVerdict {
  const journal = token.journal;
  const now = soundTime(token.board, journal);
  if (now === undefined) return "clock";
  const before = journal.get(BANK_TRIES);
  let tries = before === undefined ? 0 : before[0];
  if (before !== undefined && tries >= TRIES) {
    if (now < decodeUnixTime(new Uint8Array(before.subarray(1))) + CLOSED_SECONDS) return "closed";
    tries = 0;
  }
  const key = token.vault.key(BANK_KEY + credential.slot);
  const counted = new Uint8Array(9);
  counted[0] = tries + 1;
  counted.set(encodeUnixTime(now), 1);
  journal.commit([{ id: BANK_TRIES, value: counted }, clockMark(now)]);
  // A bank that only sent the token's own challenge back would have it answer itself.
  let right = false;
  for (let step = -STEPS; step <= STEPS && theirs !== ours; step++) {
    const answer = token.vault
      .codes()
      .computeCode(credential, key, ours + theirs, now + step * credential.period, undefined);
    // Each step is looked at: the time taken does not tell which one was right.
    if (equalBytes(token.board.wire.fromLatin1(answer), code)) right = true;
  }
  if (!right) return "wrong";
  journal.commit([{ id: BANK_TRIES, value: new Uint8Array(0) }]);
  return "right";
}
