/**
 * PINs that are too easy to guess: what people choose first, and what a thief tries first.
 *
 * That is a small share of all: of six digits 10.3 %, all but 1.6 % of them dates; of seven 2.9 %, of eight 1.1 %.
 */

import { PIN_MAX_LENGTH, PIN_MIN_LENGTH } from "./vault.ts";

/** As many neighbours in a row, up or down, make a run of a PIN. */
const RUN = 5;
/** Fewer digits than these are no line. */
const LINE = 3;
const ZERO = 0x30;

/** Some of the digits as a number. */
const number = function (pin: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = 10 * value + pin[i] - ZERO;
  return value;
};

const isMonth = function (month: number): boolean {
  return month >= 1 && month <= 12;
};

/** One of them is the day, the other one the month. */
const isDay = function (one: number, other: number): boolean {
  return (isMonth(other) && one >= 1 && one <= 31) || (isMonth(one) && other >= 1 && other <= 31);
};

/** Of the years 1900 to 2099 and what stands beside them: a month, or a day and a month of one or two digits each. */
const isDated = function (pin: Uint8Array, from: number, year: number): boolean {
  const century = number(pin, year, year + 2);
  if (century !== 19 && century !== 20) return false;
  const to = from + pin.length - 4;
  if (to - from === 2) return isMonth(number(pin, from, to));
  for (let middle = to - 2; middle <= from + 2; middle++)
    if (isDay(number(pin, from, middle), number(pin, middle, to))) return true;
  return false;
};

/** Lines of three digits or more, the steps of each equal, and at most two digits that are left over. */
const isLines = function (pin: Uint8Array, from: number): boolean {
  if (pin.length - from < LINE) return true;
  for (let end = from + 2; end < pin.length && pin[end] - pin[end - 1] === pin[from + 1] - pin[from]; end++)
    if (isLines(pin, end + 1)) return true;
  return false;
};

/** From key to key on the pad, up, down, left or right; 0 lies below 8. */
const isWalk = function (pin: Uint8Array): boolean {
  let column = 0;
  let row = 0;
  for (let i = 0; i < pin.length; i++) {
    const key = pin[i] === ZERO ? 10 : pin[i] - ZERO - 1;
    const across = (key % 3) - column;
    const down = ((key / 3) | 0) - row;
    if (i > 0 && across * across + down * down !== 1) return false;
    column += across;
    row += down;
  }
  return true;
};

/**
 * Why a PIN is too easy to guess, or "" when it may be used.
 *
 * - `repeat`: one or two digits alone (111222), or a shorter piece over and over (123123, 12341234)
 * - `run`: five neighbours in a row, up or down, 0 after 9 (8901237); equal steps, each or every second one (135791, 445566, 142536); three
 *   numbers of two digits in equal steps (102030); lines, with at most two digits left over (123321, 654123, 147258, 159753, 246810)
 * - `keypad`: a walk over neighbouring keys (147896)
 * - `date`: a day of any month and year, as DDMMYY, MMDDYY or YYMMDD; with a year from 1900 to 2099 before or after it, and also with one
 *   digit for the day or the month; a month with such a year
 *
 * @param pin ASCII digits
 */
export function weakPin(pin: Uint8Array): "" | "length" | "repeat" | "run" | "keypad" | "date" {
  const length = pin.length;
  if (length < PIN_MIN_LENGTH || length > PIN_MAX_LENGTH) return "length";

  let distinct = 0;
  for (let i = 0; i < length; i++) if (pin.indexOf(pin[i]) === i) distinct++;
  if (distinct < 3) return "repeat";
  for (let piece = 2; piece <= length >> 1; piece++) {
    let same = piece;
    while (same < length && pin[same] === pin[same - piece]) same++;
    if (same === length) return "repeat";
  }

  let row = 1;
  let equal = 0;
  let before = -1;
  let beforeThat = -1;
  for (let i = 1; i < length; i++) {
    const step = (pin[i] - pin[i - 1] + 10) % 10;
    row = step === 1 || step === 9 ? (step === before ? row + 1 : 2) : 1;
    if (row === RUN) return "run";
    if (step === beforeThat) equal++;
    beforeThat = before;
    before = step;
  }
  const first = number(pin, 0, 2);
  const second = number(pin, 2, 4);
  const third = number(pin, 4, 6);
  if (equal === length - 3 || first + third === 2 * second || isLines(pin, 0)) return "run";
  if (isWalk(pin)) return "keypad";

  if (length === 6 && (isDay(first, second) || (isMonth(second) && third >= 1 && third <= 31))) return "date";
  return isDated(pin, 0, length - 4) || isDated(pin, 4, 0) ? "date" : "";
}
