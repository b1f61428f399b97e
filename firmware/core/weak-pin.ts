/** PINs that are too easy to guess: what people choose first, and what a thief tries first. */

import { PIN_MAX_LENGTH, PIN_MIN_LENGTH } from "./vault.ts";

/** As many neighbours in a row, up or down, make a run of a PIN. */
const RUN = 5;
const ZERO = 0x30;

/** Two digits as a number. */
const pair = function (pin: Uint8Array, at: number): number {
  return 10 * (pin[at] - ZERO) + pin[at + 1] - ZERO;
};

const isDate = function (day: number, month: number): boolean {
  return day >= 1 && day <= 31 && month >= 1 && month <= 12;
};

const isCentury = function (century: number): boolean {
  return century === 19 || century === 20;
};

/**
 * Why a PIN is too easy to guess, or "" when it may be used.
 *
 * - `repeat`: one or two digits alone (111222), or a shorter piece over and over (123123, 12341234)
 * - `run`: five neighbours in a row, up or down, 0 after 9 (123456, 98765012), or steps that are all equal (135790)
 * - `date`: a day of any month and year, as DDMMYY, MMDDYY or YYMMDD, or with a year from 1900 to 2099
 *
 * @param pin ASCII digits
 */
export function weakPin(pin: Uint8Array): "" | "length" | "repeat" | "run" | "date" {
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

  let equal = 0;
  let row = 1;
  let before = -1;
  for (let i = 1; i < length; i++) {
    const step = (pin[i] - pin[i - 1] + 10) % 10;
    if (step === before) equal++;
    row = step === 1 || step === 9 ? (step === before ? row + 1 : 2) : 1;
    if (row === RUN) return "run";
    before = step;
  }
  if (equal === length - 2) return "run";

  const first = pair(pin, 0);
  const second = pair(pin, 2);
  const third = pair(pin, 4);
  if (length === 6 && (isDate(first, second) || isDate(second, first) || isDate(third, second))) return "date";
  if (length === 8) {
    const fourth = pair(pin, 6);
    if (isCentury(third) && (isDate(first, second) || isDate(second, first))) return "date";
    if (isCentury(first) && isDate(fourth, third)) return "date";
  }
  return "";
}
