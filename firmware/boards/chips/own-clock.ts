/**
 * The time on a board without a clock chip: what a host said, and how long the microcontroller runs since then. It is lost with the power.
 *
 * Espruino's own `setTime` is left alone: nothing that goes by `getTime` leaps with the token's clock.
 */
import type { Clock } from "../../hal/board.ts";

declare const getTime: () => number;

/** The clock of a board that has just got its power: it does not know the time. */
export function ownClock(): Clock {
  /** Unix time when the microcontroller's clock was at 0; undefined while nobody has said it. */
  let start: number | undefined;
  const now = function (): number {
    return Math.floor(getTime() + (start === undefined ? 0 : start));
  };
  return {
    now: now,
    soundNow: function () {
      return start === undefined ? undefined : now();
    },
    set: function (unixSeconds) {
      start = unixSeconds - getTime();
    },
    lostPower: function () {
      return start === undefined;
    },
    volatile: true,
  };
}
