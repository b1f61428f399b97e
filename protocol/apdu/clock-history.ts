/**
 * GET DATA of what the token remembers about its clock, inside a session only:
 *
 *     84 CA DF 22 00   ->   before (8) | after (8) | flags (1) | drift, seconds + 2^32 (8) | drift's span, seconds (8)
 *
 * Bit 1 of the flags says that the clock had lost power when it was set. The drift is what it was ahead after so many seconds without
 * being set: the last such span of a day or more, 0 before there was one.
 */
import { ApduError } from "./apdu-error.ts";
import { SW_WRONG_DATA, SW_WRONG_LENGTH } from "./status-word.ts";
import { decodeUnixTime, encodeUnixTime } from "./unix-time.ts";

const LENGTH = 33;
/** Where the times and spans begin. */
export const CLOCK_AFTER = 8;
export const CLOCK_DRIFT = 17;
export const CLOCK_DRIFT_SPAN = 25;
/** Added to a drift that is negative, so that it travels as a time does: no clock is off by so much. */
export const CLOCK_DRIFT_ZERO = 4294967296;

export interface ClockHistory {
  /** What the clock showed when it was set last, Unix time; 0 where it had lost power */
  readonly before: number;
  /** What it was set to, Unix time */
  readonly after: number;
  /** It had lost power, and showed no time: as a clock does that nobody has set before. */
  readonly lostPower: boolean;
  /** Seconds that it was ahead after `driftSpan`, negative when it was behind */
  readonly driftSeconds: number;
  /** Seconds, 0 when nothing is known */
  readonly driftSpan: number;
}

/** @throws ApduError for times and spans that are no whole seconds */
export function encodeClockHistory(history: ClockHistory): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  bytes.set(encodeUnixTime(history.before));
  bytes.set(encodeUnixTime(history.after), CLOCK_AFTER);
  bytes[16] = history.lostPower ? 1 : 0;
  bytes.set(encodeUnixTime(history.driftSeconds + CLOCK_DRIFT_ZERO), CLOCK_DRIFT);
  bytes.set(encodeUnixTime(history.driftSpan), CLOCK_DRIFT_SPAN);
  return bytes;
}

/** One of the times and spans of a history that this side has encoded, which begins at a byte. */
export function clockHistoryTime(data: Uint8Array, at: number): number {
  return decodeUnixTime(new Uint8Array(data.subarray(at, at + 8)));
}

/** @throws ApduError */
export function parseClockHistory(data: Uint8Array): ClockHistory {
  if (data.length !== LENGTH)
    throw new ApduError(SW_WRONG_LENGTH, `A clock's history has ${LENGTH} bytes, not ${data.length}`);
  if (data[16] > 1) throw new ApduError(SW_WRONG_DATA, "Unknown flags of the clock");
  return {
    before: clockHistoryTime(data, 0),
    after: clockHistoryTime(data, CLOCK_AFTER),
    lostPower: data[16] === 1,
    driftSeconds: clockHistoryTime(data, CLOCK_DRIFT) - CLOCK_DRIFT_ZERO,
    driftSpan: clockHistoryTime(data, CLOCK_DRIFT_SPAN),
  };
}
