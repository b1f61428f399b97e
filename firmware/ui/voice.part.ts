/**
 * The accessible mode on a board with a buzzer: a click at each key, and digits that can be counted. A digit is as many short beeps, a
 * breath after every third; zero is one long one. Nothing is said unless its customer asks for it: whoever is near can count, too.
 */
import type { Sound, Timers } from "../hal/board.ts";

const HERTZ = 2000;
const BEEP_MS = 80;
const ZERO_MS = 600;
const PAUSE_MS = 120;
/** Between threes; between digits; between groups of digits. */
const BREATH_MS = 250;
const DIGIT_MS = 700;
const GROUP_MS = 1400;

export interface Voice {
  /** Begins and ends the click of a key, which ends what is being said. */
  click(on: boolean): void;
  /** Says digits and the spaces between them. */
  say(digits: string): void;
  stop(): void;
}

export function voice(sound: Sound, timers: Timers): Voice {
  /** What is still to be said; of its first digit so many beeps were. */
  let left = "";
  let beeps = 0;
  let timer: number | undefined;

  const wait = function (ms: number, call: () => void): void {
    timer = timers.after(ms, function () {
      timer = undefined;
      call();
    });
  };
  const next = function (): void {
    const digit = left.charCodeAt(0) - 48;
    if (left === "") return;
    if (digit < 0) {
      left = left.substr(1);
      wait(GROUP_MS, next);
      return;
    }
    beeps++;
    const last = beeps >= digit;
    const breath = beeps % 3 === 0;
    if (last) {
      left = left.substr(1);
      beeps = 0;
    }
    sound.tone(HERTZ);
    wait(digit === 0 ? ZERO_MS : BEEP_MS, function () {
      sound.tone(0);
      wait(last ? DIGIT_MS : breath ? BREATH_MS : PAUSE_MS, next);
    });
  };
  const stop = function (): void {
    if (timer !== undefined) timers.cancel(timer);
    timer = undefined;
    left = "";
    beeps = 0;
    sound.tone(0);
  };

  return {
    click: function (on) {
      if (on) {
        stop();
        sound.tone(HERTZ);
      } else if (left === "") sound.tone(0);
    },
    say: function (digits) {
      left = digits;
      sound.tone(0);
      wait(DIGIT_MS, next);
    },
    stop: stop,
  };
}
