/**
 * A matrix of keys: rows and columns of wires, a key joins one of each. Columns are pulled up. While no key is down, all rows are low
 * and the board may sleep: a press pulls its column low, and that edge starts the scan. A key counts once it was seen in two scans.
 *
 * Rows are open-drain, so that two keys of one column never short a high row to a low one.
 */
import type { Key, Keypad } from "../../hal/board.ts";

declare const pinMode: (pin: number, mode: string) => void;
declare const digitalRead: (pins: number[]) => number;
declare const digitalWrite: (pin: number, value: number) => void;
declare const setWatch: (call: () => void, pin: number, options: { repeat: boolean; edge: string }) => number;
declare const setTimeout: (call: () => void, ms: number) => number;

const SCAN_MS = 20;
const NO_KEY = -1;

/** @param legend the keys, row after row, with spaces between: one text takes a tenth of the memory that a list takes */
export function keypadMatrix(rows: number[], columns: number[], legend: string): Keypad {
  const noneDown = (1 << columns.length) - 1;
  let scanning = false;
  /** Index of the key seen in the last scan, and whether it was reported. */
  let seen = NO_KEY;
  let reported = false;

  return {
    keyForEach: true,
    start: function (pressed) {
      const allRows = function (level: number) {
        for (let row = 0; row < rows.length; row++) digitalWrite(rows[row], level);
      };
      const keyDown = function (): number {
        let found = NO_KEY;
        allRows(1);
        for (let row = 0; row < rows.length && found < 0; row++) {
          digitalWrite(rows[row], 0);
          // Espruino reads an array of pins as a binary number, the first pin its highest bit.
          const low = digitalRead(columns) ^ noneDown;
          digitalWrite(rows[row], 1);
          for (let column = 0; column < columns.length && found < 0; column++) {
            if (low & (1 << (columns.length - 1 - column))) found = row * columns.length + column;
          }
        }
        allRows(0);
        return found;
      };
      const scan = function () {
        const key = keyDown();
        if (key === NO_KEY && seen === NO_KEY) {
          scanning = false;
          return;
        }
        let told = false;
        if (key !== seen) {
          seen = key;
          reported = false;
        } else if (!reported) {
          reported = true;
          told = true;
        }
        try {
          if (told) pressed(legend.split(" ")[key] as Key);
        } finally {
          // Whatever the press did, the keypad goes on; a scan that was due meanwhile would delay what the press has begun.
          setTimeout(scan, SCAN_MS);
        }
      };
      const wake = function () {
        if (scanning) return;
        scanning = true;
        setTimeout(scan, SCAN_MS);
      };
      for (let row = 0; row < rows.length; row++) pinMode(rows[row], "opendrain");
      allRows(0);
      for (let column = 0; column < columns.length; column++) {
        pinMode(columns[column], "input_pullup");
        setWatch(wake, columns[column], { repeat: true, edge: "falling" });
      }
    },
  };
}
