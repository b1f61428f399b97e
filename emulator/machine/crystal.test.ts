import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { smallMachine } from "../testing/small-bundle.ts";
import { gained, temperatureAt } from "./crystal.ts";

const DAY = 86_400e6;
const curve = fc.array(fc.integer({ min: -40, max: 85 }), { maxLength: 24 });
const ppm = fc.integer({ min: -1000, max: 1000 });
const time = fc.integer({ min: 0, max: 1000 }).map((hours) => hours * 3600e6);

test("what is gained in parts is what is gained in one piece", () => {
  fc.assert(
    fc.property(ppm, curve, time, time, time, (drift, temperatures, ...times) => {
      const [a, b, c] = times.sort((one, other) => one - other);
      const part = (from: number, to: number) => gained(from, to, { ppm: drift, temperatures });
      expect(part(a, b) + part(b, c)).toBeCloseTo(part(a, c), 3);
    }),
  );
});

test("the error is the integral of the parabola over the temperature that is shown", () => {
  fc.assert(
    fc.property(ppm, curve, time, (drift, temperatures, from) => {
      const steps = 2000;
      let sum = 0;
      for (let i = 0; i < steps; i++) {
        const degrees = temperatureAt(from + ((i + 0.5) / steps) * DAY, temperatures) - 25;
        sum += (drift - (3.5 / 65 ** 2) * degrees ** 2) / steps;
      }
      // A day has 86,400 million microseconds: ppm of it.
      expect(gained(from, from + DAY, { ppm: drift, temperatures }) / 86_400).toBeCloseTo(sum, 3);
    }),
    { numRuns: runs(30) },
  );
});

test("at 25 degrees only the drift counts; at -40 all day it is the data sheet's 3.5 ppm more", () => {
  const year = 365 * DAY;
  expect(gained(0, year, { ppm: 2, temperatures: [25] }) / 1e6).toBeCloseTo(63.072, 6);
  expect(gained(0, year, { ppm: 0, temperatures: [-40] }) / year).toBeCloseTo(-3.5e-6, 12);
});

test("the chip's temperature registers follow the day, in quarters of a degree", () => {
  const machine = smallMachine({
    start: "I2C1.setup({ bitrate: 400000 });",
    members: "read: function () { I2C1.writeTo(0x68, 0x11); var t = I2C1.readFrom(0x68, 2); return [t[0], t[1]]; }",
  });
  const read = () => (machine.exports.read as () => number[])();
  expect(read()).toEqual([25, 0]);
  machine.clock.drift = { ppm: 0, temperatures: [20, 21, -10.25] };
  expect(read()).toEqual([20, 0]);
  machine.advance((DAY * 16) / 24 / 1000);
  expect(read()).toEqual([0xf5, 0xc0]);
});

test("a drift that changes counts from then on", () => {
  const machine = smallMachine({}, { unixTime: 1_800_000_000 });
  machine.clock.drift = { ppm: 10, temperatures: [] };
  machine.advance(1e9);
  machine.clock.drift = { ppm: -4, temperatures: [] };
  machine.advance(1e9);
  expect(machine.clock.unixTime).toBe(1_802_000_006);
});
