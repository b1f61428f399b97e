/**
 * TOTP (RFC 6238): HOTP whose counter is the number of time steps since T0, `T = floor((unix time - T0) / X)`.
 */
import type { Hash } from "../primitives.ts";
import { counterFromNumber } from "./counter.ts";
import { OtpError } from "./errors.ts";
import { hotp } from "./hotp.ts";

const MAX_SAFE = 9007199254740991;

/**
 * The time step of a moment (RFC 6238 4.2).
 *
 * @param unixSeconds UTC; a fraction of a second is cut off
 * @param period seconds of a step (X), an integer above 0
 * @param t0 Unix time at which step 0 begins, an integer
 * @returns 8 bytes, big-endian
 * @throws OtpError `period`, `t0`, or `time` for what is no time, lies before T0, or lies beyond 2^53 seconds
 */
export function timeStep(unixSeconds: number, period: number, t0: number): Uint8Array {
  if (!(period > 0 && period <= MAX_SAFE && Math.floor(period) === period)) {
    throw new OtpError("period", `a period is a whole number of seconds above 0, not ${period}`);
  }
  if (!(t0 >= -MAX_SAFE && t0 <= MAX_SAFE && Math.floor(t0) === t0)) {
    throw new OtpError("t0", `T0 is a whole number of seconds, not ${t0}`);
  }
  const elapsed = Math.floor(unixSeconds) - t0;
  if (!(elapsed >= 0 && elapsed <= MAX_SAFE)) {
    throw new OtpError("time", `a Unix time not before T0 = ${t0} is expected, not ${unixSeconds}`);
  }
  return counterFromNumber(Math.floor(elapsed / period));
}

/**
 * The code of a moment.
 *
 * @param unixSeconds, period, t0 as in `timeStep`
 * @param digits 6 to 10
 * @throws OtpError `key`, `digits`, `period`, `t0` or `time`
 */
export function totp(
  hash: Hash,
  key: Uint8Array,
  unixSeconds: number,
  period: number,
  t0: number,
  digits: number,
): string {
  return hotp(hash, key, timeStep(unixSeconds, period, t0), digits);
}
