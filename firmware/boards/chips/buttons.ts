/**
 * A few buttons, each between a pin and ground, with pull-ups, or between a pin and the supply, with pull-downs. While none is down the
 * board may sleep: a press moves its pin, and that edge starts the looking. A button is down, and up again, once it was seen so in two
 * looks.
 *
 * OK is told when it is released, because held down for most of a second it is MENU.
 */
import type { Key, Keypad } from "../../hal/board.ts";

declare const pinMode: (pin: number, mode: string) => void;
declare const digitalRead: (pins: number[]) => number;
declare const setWatch: (call: () => void, pin: number, options: { repeat: boolean; edge: string }) => number;
declare const setTimeout: (call: () => void, ms: number) => number;

const LOOK_MS = 20;
/** Looks that OK is held for to be MENU. */
const HELD = 40;
const NONE = -1;

/**
 * @param legend what the button of each pin does, with spaces between; OK is among them, MENU is not
 * @param high whether a pin is high while its button is down
 */
export function buttons(pins: number[], legend: string, high: boolean): Keypad {
  const noneDown = high ? 0 : (1 << pins.length) - 1;
  const ok = legend.split(" ").indexOf("OK");
  let looking = false;
  /** Index of the button in the last look, and of the one that is down. */
  let seen = NONE;
  let down = NONE;
  let held = 0;

  return {
    keyForEach: false,
    start: function (pressed) {
      const look = function () {
        // Espruino reads an array of pins as a binary number, the first pin its highest bit.
        const moved = digitalRead(pins) ^ noneDown;
        let now = NONE;
        for (let i = 0; i < pins.length && now < 0; i++) if (moved & (1 << (pins.length - 1 - i))) now = i;
        let left: Key | undefined;
        let come: Key | undefined;
        if (now !== seen) seen = now;
        else if (now !== down) {
          if (down === ok && held < HELD) left = "OK";
          if (now !== NONE && now !== ok) come = legend.split(" ")[now] as Key;
          down = now;
          held = 0;
        } else if (down === ok && held < HELD && ++held === HELD) come = "MENU";
        looking = seen !== NONE || down !== NONE;
        try {
          if (left !== undefined) pressed(left);
          if (come !== undefined) pressed(come);
        } finally {
          // Whatever the press did, the keys go on; a look that was due meanwhile would delay what the press has begun.
          if (looking) setTimeout(look, LOOK_MS);
        }
      };
      const wake = function () {
        if (looking) return;
        looking = true;
        setTimeout(look, LOOK_MS);
      };
      for (let i = 0; i < pins.length; i++) {
        pinMode(pins[i], high ? "input_pulldown" : "input_pullup");
        setWatch(wake, pins[i], { repeat: true, edge: high ? "rising" : "falling" });
      }
    },
  };
}
