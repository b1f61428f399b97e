/**
 * The clock is a secret's guard: whoever sets it forward harvests tomorrow's codes. The token keeps a high-water mark of time in its
 * journal, written before a code is shown, and gives no code when its clock reads below the mark or has lost power.
 */
import { decodeUnixTime, encodeUnixTime } from "../../protocol/apdu/unix-time.ts";
import type { Board } from "../hal/board.ts";
import { CLOCK_MARK } from "./entries.ts";
import type { Entry, Journal } from "./journal.ts";

/** The entry that makes `unixSeconds` the mark. */
export function clockMark(unixSeconds: number): Entry {
  return { id: CLOCK_MARK, value: encodeUnixTime(unixSeconds) };
}

/** True when the clock may be believed: it kept its power and does not read below the mark. */
export function clockIsSound(board: Board, journal: Journal): boolean {
  const mark = journal.get(CLOCK_MARK);
  if (mark === undefined || board.clock.lostPower()) return false;
  return board.clock.now() >= decodeUnixTime(mark);
}
