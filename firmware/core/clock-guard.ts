/**
 * The clock is a secret's guard: whoever sets it forward harvests tomorrow's codes. The token keeps a high-water mark of time in its
 * journal, written before a code is shown, and gives no code when its clock reads below the mark, has lost power, or stands further from
 * the last session that set it than the issuer's policy lets it. That session, and no other, is what counts: only there a bank has said
 * what time it is.
 */
import { decodeUnixTime, encodeUnixTime } from "../../protocol/apdu/unix-time.ts";
import type { Board } from "../hal/board.ts";
import { CLOCK_END, CLOCK_MARK } from "./entries.ts";
import type { Entry, Journal } from "./journal.ts";

/**
 * Whether this board can't tell the time and was not built to: no battery keeps its clock, and no session has set it since the power
 * came. Never so on a board with a battery: there a clock that lost its power is a clock that was tampered with.
 */
export function timeless(board: Board): boolean {
  return board.clock.volatile && board.clock.lostPower();
}

/** The entry that makes `unixSeconds` the mark. */
export function clockMark(unixSeconds: number): Entry {
  return { id: CLOCK_MARK, value: encodeUnixTime(unixSeconds) };
}

/**
 * The clock's time where it may be believed, in Unix seconds: it kept its power, does not read below the mark, and has
 * not come to the policy's end. Else undefined.
 *
 * It is read once: what is compared with the mark is what becomes the mark and the code, whatever a second reading would say.
 */
export function soundTime(board: Board, journal: Journal): number | undefined {
  const mark = journal.get(CLOCK_MARK);
  if (mark === undefined) return undefined;
  const now = board.clock.soundNow();
  if (now === undefined || now < decodeUnixTime(mark)) return undefined;
  const end = journal.get(CLOCK_END);
  return end === undefined || now < decodeUnixTime(end) ? now : undefined;
}
