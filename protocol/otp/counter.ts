/**
 * Counters and time steps: 8 bytes, big-endian (RFC 4226 5.1, RFC 6287 5.1), so that bytes compare in numeric order. The whole range
 * to 2^64 - 1 is used, which no Number holds and which the token, without BigInt, must handle as well.
 */
import { OtpError } from "./errors.ts";

/** Bytes of a counter. */
export const COUNTER_LENGTH = 8;

const MAX_SAFE = 9007199254740991;
const TWO_32 = 4294967296;

/**
 * @param value an integer, 0 to 2^53 - 1
 * @throws OtpError `counter`
 */
export function counterFromNumber(value: number): Uint8Array {
  if (!(value >= 0 && value <= MAX_SAFE && Math.floor(value) === value)) {
    throw new OtpError("counter", `a counter is an integer from 0 to 2^53 - 1, not ${value}`);
  }
  const counter = new Uint8Array(COUNTER_LENGTH);
  const view = new DataView(counter.buffer);
  // Divided, not shifted: shifts see 32 bits only.
  const high = Math.floor(value / TWO_32);
  view.setUint32(0, high);
  view.setUint32(4, value - high * TWO_32);
  return counter;
}

/** @throws OtpError `counter` unless there are 8 bytes */
export function checkCounter(counter: Uint8Array): void {
  if (counter.length !== COUNTER_LENGTH) {
    throw new OtpError("counter", `a counter has ${COUNTER_LENGTH} bytes, not ${counter.length}`);
  }
}

/**
 * The counter that follows; after 2^64 - 1 comes 0 (RFC 6287 5.1).
 *
 * @returns a fresh array; the argument stays as it is
 * @throws OtpError `counter`
 */
export function incrementCounter(counter: Uint8Array): Uint8Array {
  checkCounter(counter);
  const next = new Uint8Array(counter);
  for (let i = COUNTER_LENGTH - 1; i >= 0; i--) {
    next[i] = next[i] + 1;
    if (next[i] !== 0) break;
  }
  return next;
}

/**
 * Not in constant time: a counter is no secret.
 *
 * @returns -1, 0 or 1 as `a` is less than, equal to or greater than `b`
 * @throws OtpError `counter`
 */
export function compareCounters(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
  checkCounter(a);
  checkCounter(b);
  for (let i = 0; i < COUNTER_LENGTH; i++) {
    if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}
