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

/**
 * The clock's time where it may be believed, in Unix seconds: it kept its power and does not read below the mark. Else undefined.
 *
 * It is read once: what is compared with the mark is what becomes the mark and the code, whatever a second reading would say.
 */
export function soundTime(board: Board, journal: Journal): number | undefined {
  const mark = journal.get(CLOCK_MARK);
  if (mark === undefined) return undefined;
  const now = board.clock.soundNow();
  return now !== undefined && now >= decodeUnixTime(mark) ? now : undefined;
}
