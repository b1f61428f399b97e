/** What the token remembers of a session that sets its clock. Every change, of any size, goes this way. */
import { type ClockHistory, encodeClockHistory, parseClockHistory } from "../../protocol/apdu/clock-history.ts";
import { encodeUnixTime } from "../../protocol/apdu/unix-time.ts";
import { clockMark } from "./clock-guard.ts";
import { CLOCK_END, CLOCK_HISTORY } from "./entries.ts";
import type { Entry } from "./journal.ts";

const DAY_SECONDS = 86400;
/** A clock that was off by more than this part of its time was changed: that is no drift. */
const MOST_DRIFT = 100;

/**
 * @param last the journal's history; undefined when the clock is set for the first time
 * @param days of the issuer's policy, 0 for ever
 * @param before what the clock showed; not remembered where it had lost its power, because it means nothing then
 * @param time what it shows from now on
 */
export function clockSetting(
  last: Uint8Array | undefined,
  days: number,
  before: number,
  time: number,
  lostPower: boolean,
): Entry[] {
  let offset = 0;
  let span = 0;
  if (last !== undefined) {
    const known: ClockHistory = parseClockHistory(last);
    offset = known.driftSeconds;
    span = known.driftSpan;
    const since = time - known.after;
    const off = before - time;
    // Whole seconds say nothing about less than a day.
    if (!lostPower && since >= DAY_SECONDS && Math.abs(off) * MOST_DRIFT <= since) {
      offset = off;
      span = since;
    }
  }
  const history = {
    before: lostPower ? 0 : before,
    after: time,
    lostPower: lostPower,
    driftSeconds: offset,
    driftSpan: span,
  };
  return [
    clockMark(time),
    { id: CLOCK_HISTORY, value: encodeClockHistory(history) },
    { id: CLOCK_END, value: days > 0 ? encodeUnixTime(time + days * DAY_SECONDS) : new Uint8Array(0) },
  ];
}
