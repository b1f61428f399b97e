/**
 * How far the token's clock is from the server's, in whole steps, learned from accepted codes alone.
 *
 * A code can't be older than the clock that made it, but it can be typed late: an offset seen is the token's true offset or less.
 * So the best estimate is the largest offset seen lately. A larger one is believed at once; a smaller one only after a time in which
 * even a plain crystal (2 s a day) loses a step, and only at the far edge of the window, so that a customer who types slowly does
 * not drag the window away from a customer who types at once.
 */
import type { Window } from "./policy.ts";

export interface Drift {
  /** Steps of the token's clock ahead of the server's; negative when it is behind. */
  steps: number;
  /** Unix milliseconds at which an accepted code last confirmed it. */
  at: number;
}

/** Further than this no code teaches: the token's clock is to be set. */
export const MAX_DRIFT_SECONDS = 600;

/** Seconds that a plain crystal may lose in a day. */
const SECONDS_A_DAY = 2;

/** The drift after a code of the step `seen` steps ahead of the server's clock was accepted at `now` (Unix milliseconds). */
export function learnDrift(drift: Drift, seen: number, now: number, period: number, window: Window): Drift {
  const highest = Math.floor(MAX_DRIFT_SECONDS / period);
  if (seen >= drift.steps) return { steps: Math.min(seen, highest), at: now };
  const patience = (period / SECONDS_A_DAY) * 86_400_000;
  // Without a step forward, a window moved back would refuse the very customer who types at once.
  const atTheEdge = seen - drift.steps <= -window.back && window.forward > 0;
  if (!atTheEdge || now - drift.at < patience || drift.steps <= -highest) return drift;
  return { steps: drift.steps - 1, at: now };
}
