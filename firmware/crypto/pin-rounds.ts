/**
 * How many rounds of PBKDF2-HMAC-SHA256 a new PIN goes through: as many as this board does in PIN_SECONDS with what it computes with now.
 * The seal keeps their number, so a PIN takes as long ever after.
 */
import type { Primitives } from "../hal/primitives.ts";

declare const getTime: () => number;

/** With them, the journal and four credentials to unmask, a PIN opens the menu of a Raspberry Pi Pico within 0.7 s, on the slower display too. */
const PIN_SECONDS = 0.36;
/** With machine code: less is no hindrance to a thief. */
const LEAST_ROUNDS = 1000;
/** Of the measurement: 0.05 s of machine code. */
const MEASURED_ROUNDS = 401;

/** One for TypeScript, which takes half a second for it. */
export const pinRounds = function (primitives: Primitives): number {
  if (primitives.providers.sha256 === "typescript") return 1;
  const sha256 = primitives.hashes.sha256;
  const zero = new Uint8Array(32);
  const states = sha256.hmacStates(zero);
  const begun = getTime();
  sha256.hmac(states, zero, 1);
  const one = getTime() - begun;
  sha256.hmac(states, zero, MEASURED_ROUNDS);
  // What one round takes beyond the way there and back, which is in both.
  const ofEach = (getTime() - begun - 2 * one) / (MEASURED_ROUNDS - 1);
  const rounds = 1 + Math.floor((PIN_SECONDS - one) / ofEach);
  const least = primitives.providers.sha256 === "thumb" ? LEAST_ROUNDS : 1;
  // Where a clock stands still, the measurement says nothing.
  return ofEach > 0 && rounds > least ? rounds : least;
};
