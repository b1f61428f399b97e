import fc from "fast-check";
import { expect, test } from "vitest";
import { smallMachine } from "../testing/small-bundle.ts";
import { Ds3231 } from "./ds3231.ts";

const bcd = (value: number) => Number.parseInt(String(value), 16);
const seconds = fc.integer({ min: Date.UTC(2000, 0, 1) / 1000, max: Date.UTC(2099, 11, 31, 23, 59, 59) / 1000 });

function chip() {
  const faults: string[] = [];
  let now = 0;
  const clock = new Ds3231(
    () => now,
    (text) => faults.push(text),
  );
  return {
    clock,
    faults,
    pass: (s: number) => (now += Math.round(s * 1e6)),
    read: (register: number, length: number) => {
      clock.write(new Uint8Array([register]));
      return [...clock.read(length)];
    },
  };
}

/** The time registers, by JavaScript's own calendar; weekday 1 is Sunday. */
function registers(unixTime: number): number[] {
  const date = new Date(unixTime * 1000);
  return [
    bcd(date.getUTCSeconds()),
    bcd(date.getUTCMinutes()),
    bcd(date.getUTCHours()),
    date.getUTCDay() + 1,
    bcd(date.getUTCDate()),
    bcd(date.getUTCMonth() + 1),
    bcd(date.getUTCFullYear() % 100),
  ];
}

test("a time that is written is read back later, later by what has passed", () => {
  fc.assert(
    fc.property(seconds, fc.integer({ min: 0, max: 5 * 365 * 86_400 }), (unixTime, elapsed) => {
      fc.pre(unixTime + elapsed < Date.UTC(2100, 0, 1) / 1000);
      const { clock, read, pass, faults } = chip();
      clock.write(new Uint8Array([0x00, ...registers(unixTime)]));
      pass(elapsed);
      expect(clock.unixTime).toBe(unixTime + elapsed);
      expect(read(0x00, 7)).toEqual(registers(unixTime + elapsed));
      expect(faults).toEqual([]);
    }),
  );
});

test("a new chip says that it was never set, until its flag is cleared; firmware cannot raise the flag", () => {
  const { clock, read } = chip();
  expect(clock.oscillatorStopped).toBe(true);
  expect(read(0x0f, 1)[0] & 0x80).toBe(0x80);
  expect(clock.unixTime).toBe(Date.UTC(2000, 0, 1) / 1000);
  clock.write(new Uint8Array([0x0f, 0x00]));
  expect(clock.oscillatorStopped).toBe(false);
  clock.write(new Uint8Array([0x0f, 0x80]));
  expect(read(0x0f, 1)[0] & 0x80).toBe(0);
  clock.removeCell();
  expect(clock.oscillatorStopped).toBe(true);
});

test("registers are read on and on, and the address wraps after the last", () => {
  const { read } = chip();
  expect(read(0x11, 3)).toEqual([25, 0, 0]);
  expect(read(0x0e, 1)).toEqual([0x1c]);
});

test("writing the seconds begins a second anew; writing the hours alone does not", () => {
  const { clock, pass } = chip();
  clock.setTime(1_800_000_000);
  pass(0.75);
  clock.write(new Uint8Array([0x02, 0x12]));
  expect(clock.unixTime % 1).toBe(0.75);
  clock.write(new Uint8Array([0x00, 0x30]));
  expect(clock.unixTime % 60).toBe(30);
});

test("the century bit rises with the year 2100", () => {
  const { clock, read, pass } = chip();
  clock.setTime(Date.UTC(2099, 11, 31, 23, 59, 59) / 1000);
  pass(1);
  expect(read(0x05, 2)).toEqual([0x81, 0x00]);
});

test("after 2199 it is 2000 again, on the weekday after the last, and the chip shows a time that it can be set to", () => {
  const { clock, read, pass } = chip();
  const last = Date.UTC(2199, 11, 31, 23, 59, 59) / 1000;
  clock.setTime(last);
  const weekday = read(0x03, 1)[0];
  pass(1.5);
  expect(read(0x00, 7)).toEqual([0, 0, 0, (weekday % 7) + 1, 1, 1, 0]);
  expect(clock.unixTime).toBe(Date.UTC(2000, 0, 1) / 1000 + 0.5);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 33 }), fc.integer({ min: 0, max: 999_999 }), (later, fraction) => {
      const { clock, pass } = chip();
      clock.setTime(last);
      pass(later + fraction / 1e6);
      const shown = clock.unixTime;
      clock.setTime(shown);
      expect(clock.unixTime).toBeCloseTo(shown, 5);
    }),
  );
});

test.each([
  ["a digit above 9", [0x5a, 0, 0, 1, 1, 1, 0]],
  ["60 seconds", [0x60, 0, 0, 1, 1, 1, 0]],
  ["12-hour mode", [0, 0, 0x52, 1, 1, 1, 0]],
  ["month 13", [0, 0, 0, 1, 1, 0x13, 0]],
  ["day 0", [0, 0, 0, 1, 0, 1, 0]],
  ["30 February", [0, 0, 0, 1, 0x30, 2, 0x24]],
  ["weekday 0", [0, 0, 0, 0, 1, 1, 0]],
])("%s is a fault and changes nothing", (_, bytes) => {
  const { clock, faults } = chip();
  clock.setTime(1_800_000_000);
  clock.write(new Uint8Array([0x00, ...bytes]));
  expect(faults).toHaveLength(1);
  expect(clock.unixTime).toBe(1_800_000_000);
});

test("the clock can be set from outside, within its calendar", () => {
  const machine = smallMachine({});
  expect(machine.clock.oscillatorStopped).toBe(true);
  machine.clock.setTime(1_900_000_000.5);
  machine.advance(500);
  expect(machine.clock.unixTime).toBe(1_900_000_001);
  expect(machine.clock.oscillatorStopped).toBe(false);
  expect(() => machine.clock.setTime(0)).toThrow(RangeError);
});
