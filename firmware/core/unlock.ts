/**
 * How a locked token is opened: with the PIN that it has or, on a board with a device root, with a new one. It makes a challenge of eight random digits, which its customer reads to the
 * bank; the bank makes sure who is calling, and tells the answer: OCRA over the challenge, under a key that the PIN does not mask.
 *
 * A challenge is eight digits, no multiple of 16 (QN forgets zeros behind it), and begins with what it asks for: 1 to keep the PIN, 2
 * for a new one, on boards of the classes P and S. (On class O there is no such thing: without the PIN there are no seeds.) The other
 * seven are the same for both, so that whoever goes from one to the other draws no second challenge. It dies when one of them was
 * answered, and after a day; then the next one is made.
 *
 * Order of an answer: waits first; count durably; read back; compare, in constant time; spend the challenge durably; read back; then give
 * the tries back. For a new PIN, recover the vault's K (vault.ts) in their place: the tries come back in the step that stores the PIN, and
 * whoever leaves before needs another answer. From the fifth wrong answer on each begins a wait, of an hour and then of twice the one before. Waits are told from the
 * count and the time of the last answer, which a loss of power does not change; each answer moves the clock's mark, so that a clock that
 * was set forward over a wait and back again is not believed.
 *
 * A board without a battery for its clock knows no time after a loss of power (`timeless`). There a challenge lives until it was answered
 * or a session has set the clock, and five wrong answers are all there are: then the desk. The count is the same one, so that no
 * change between the two ways gives more of them.
 */
import { UNLOCK_SUITE } from "../../protocol/apdu/credential-kind.ts";
import { decodeUnixTime, encodeUnixTime } from "../../protocol/apdu/unix-time.ts";
import { hmacKey, wipeHmacKey } from "../../protocol/otp/hmac.ts";
import { clockMark, soundTime, timeless } from "./clock-guard.ts";
import { TRIES, UNLOCK, UNLOCK_KEY } from "./entries.ts";
import type { Entry } from "./journal.ts";
import type { Recovery } from "./recovery.ts";
import type { Token } from "./token.ts";

export const ANSWER_LENGTH = 8;
const CHALLENGE_LENGTH = 8;
const KEEP_PIN = 10000000;
const CHALLENGE_SECONDS = 86400;
const FREE_ANSWERS = 5;
/** The time that a timeless board writes: before any that a session sets. */
const NO_TIME = 0;
const FIRST_WAIT_SECONDS = 3600;
/** A wait is doubled so often and no more: six weeks. */
const MOST_DOUBLINGS = 10;
/** Where the parts of the journal's value begin: wrong answers (1) | last answer (8) | made (8) | challenge (8). */
const LAST = 1;
const MADE = 9;
const CHALLENGE = 17;
const WHOLE = CHALLENGE + CHALLENGE_LENGTH;

function time(value: Uint8Array, at: number): number {
  return decodeUnixTime(new Uint8Array(value.subarray(at, at + 8)));
}

/** What the journal says, or, of a token that is locked for the first time, would say. */
function stateOf(token: Token): Uint8Array {
  const value = token.journal.get(UNLOCK);
  return value === undefined ? new Uint8Array(MADE) : value;
}

/** The time, NO_TIME on a board that can't know it. Undefined when the clock is not to be believed. */
function timeOf(token: Token): number | undefined {
  return timeless(token.board) ? NO_TIME : soundTime(token.board, token.journal);
}

/** What is written, and the mark of time where there is one. */
function entries(state: Uint8Array, now: number): Entry[] {
  const changes: Entry[] = [{ id: UNLOCK, value: state }];
  if (now !== NO_TIME) changes.push(clockMark(now));
  return changes;
}

function isLive(state: Uint8Array, now: number): boolean {
  if (state.length !== WHOLE) return false;
  if (now === NO_TIME) return true;
  const age = now - time(state, MADE);
  return age >= 0 && age < CHALLENGE_SECONDS;
}

/** Seconds until an answer is listened to, Infinity where the desk has to come first. Undefined when the clock is not to be believed: then none is. */
export function unlockWait(token: Token): number | undefined {
  const now = timeOf(token);
  if (now === undefined) return undefined;
  const state = stateOf(token);
  if (state[0] < FREE_ANSWERS) return 0;
  if (now === NO_TIME) return Infinity;
  let wait = FIRST_WAIT_SECONDS;
  for (let i = Math.min(state[0] - FREE_ANSWERS, MOST_DOUBLINGS); i > 0; i--) wait *= 2;
  const since = now - time(state, LAST);
  // Before the last answer: the desk has set the clock back since.
  return since >= 0 && since < wait ? wait - since : 0;
}

/**
 * The challenge, made now where there is none or it has died. Undefined when the clock is not to be believed.
 * @param newPin of what it asks for: a new PIN, where the token has a recovery seal, or to keep the present one
 */
export function unlockChallenge(token: Token, newPin: boolean): string | undefined {
  const board = token.board;
  const now = timeOf(token);
  if (now === undefined) return undefined;
  const state = stateOf(token);
  if (!isLive(state, now)) {
    let number = 0;
    while (number % 16 === 0) {
      const random = new DataView(new Uint8Array(board.random(4)).buffer);
      number = KEEP_PIN + (random.getUint32(0) % KEEP_PIN);
    }
    const made = new Uint8Array(WHOLE);
    made.set(state.subarray(0, MADE));
    made.set(encodeUnixTime(now), MADE);
    made.set(board.wire.fromLatin1("" + number), CHALLENGE);
    token.journal.commit(entries(made, now));
    return asked("" + number, newPin);
  }
  return asked(board.wire.toLatin1(state.subarray(CHALLENGE)), newPin);
}

/** As it is read to the bank. */
function asked(challenge: string, newPin: boolean): string {
  // The first digit counts tens of millions, which 16 divides: the other is no multiple of it, either.
  return newPin ? "2" + challenge.substr(1) : challenge;
}

/**
 * One answer to the challenge: true when it was right, and all PIN tries are back or, for a new PIN, the vault waits for `setPin`.
 * @param digits ASCII
 * @throws JournalError when the vault can't be recovered
 */
export function unlock(token: Token, digits: Uint8Array, newPin: boolean): boolean {
  const journal = token.journal;
  const board = token.board;
  const now = timeOf(token);
  const state = stateOf(token);
  const recovery = token.recovery;
  if (newPin && (recovery === undefined || !recovery.kept(journal))) return false;
  if (!token.canUnlock() || now === undefined || !isLive(state, now) || unlockWait(token) !== 0) return false;
  state[0] = Math.min(state[0] + 1, 255);
  state.set(encodeUnixTime(now), LAST);
  journal.commit(entries(state, now));
  const counted = journal.get(UNLOCK);
  if (counted === undefined || counted[0] !== state[0]) return false;

  const otp = token.vault.codes();
  const suite = otp.parseSuite(UNLOCK_SUITE);
  const secret = journal.get(UNLOCK_KEY) as Uint8Array;
  // One that is broken is replaced by this.
  board.primitives.intact(suite.hash);
  const key = hmacKey(board.primitives.hashes[suite.hash], secret);
  secret.fill(0);
  const right = otp.ocraWith(key, suite, {
    question: asked(board.wire.toLatin1(state.subarray(CHALLENGE)), newPin),
  });
  wipeHmacKey(key);
  let difference = digits.length ^ right.length;
  for (let i = 0; i < right.length; i++) difference |= digits[i] ^ right.charCodeAt(i);
  if (difference !== 0) return false;

  const spent = new Uint8Array(state.subarray(0, MADE));
  journal.commit([{ id: UNLOCK, value: spent }]);
  const left = journal.get(UNLOCK);
  if (left === undefined || left.length !== MADE) return false;
  if (newPin) {
    token.vault.recover((recovery as Recovery).open(journal));
    return true;
  }
  journal.commit([
    { id: TRIES, value: new Uint8Array(1) },
    { id: UNLOCK, value: new Uint8Array(0) },
  ]);
  return true;
}
