import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../test/fuzz/runs.ts";
import { timeRegisters, unixTime } from "./ds3231.ts";

const bcd = (value: number) => Number.parseInt(String(value), 16);
const first = Date.UTC(2000, 0, 1) / 1000;
const last = Date.UTC(2099, 11, 31, 23, 59, 59) / 1000;

/** What the registers must hold, by JavaScript's own calendar. */
const oracle = (unixSeconds: number) => {
  const date = new Date(unixSeconds * 1000);
  return [
    bcd(date.getUTCSeconds()),
    bcd(date.getUTCMinutes()),
    bcd(date.getUTCHours()),
    date.getUTCDay() + 1,
    bcd(date.getUTCDate()),
    bcd(date.getUTCMonth() + 1),
    bcd(date.getUTCFullYear() - 2000),
  ];
};

test("every second of the century is written to the chip as the calendar has it, and read back the same", () => {
  fc.assert(
    fc.property(fc.integer({ min: first, max: last }), (unixSeconds) => {
      const registers = timeRegisters(unixSeconds);
      expect(registers).toEqual(oracle(unixSeconds));
      expect(unixTime(new Uint8Array(registers))).toBe(unixSeconds);
    }),
    { numRuns: runs(5000) },
  );
});

test("each day of the century, leap days and year ends among them, goes to the chip and back", () => {
  for (let day = first; day <= last; day += 86400) {
    const registers = timeRegisters(day);
    expect(registers).toEqual(oracle(day));
    expect(unixTime(new Uint8Array(registers))).toBe(day);
  }
});
