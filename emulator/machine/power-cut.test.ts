import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { call, smallMachine } from "../testing/small-bundle.ts";

const BANK = 0x101c0000;

/** Fills a page with what it is to have, then changes it at a time. */
const writer = (change: string) => ({
  declarations: "var log = [];",
  start: `
    var flash = require('Flash');
    I2C1.setup({ bitrate: 400000 });
    setTimeout(function () {
      try { ${change} }
      catch (error) {
        log.push('caught');
        setTimeout(function () { log.push('later'); }, 1);
        flash.write(new Uint8Array([0, 0, 0, 0]), ${BANK + 4096});
      }
    }, 10);
    USB.write('ready');`,
  members: "log: log",
});
const changed = (before: Uint8Array, after: Uint8Array) => {
  let bits = 0;
  for (const [i, byte] of before.entries()) for (let x = byte ^ after[i]; x !== 0; x &= x - 1) bits++;
  return bits;
};

test("the power goes before the operation, and nothing that the firmware does then has any effect", () => {
  const machine = smallMachine(
    writer(`flash.write(new Uint8Array([1, 2, 3, 4]), ${BANK}); flash.erasePage(${BANK}); USB.write('done');`),
  );
  const { log } = machine.exports;
  machine.cut = { index: 1, tear: 0 };
  let sent = "";
  machine.onTransmit = (text) => (sent += text);
  machine.advance(100);
  expect(machine.powered).toBe(false);
  expect(machine.time).toBe(100);
  expect([...machine.flashDump().subarray(0, 4)]).toEqual([1, 2, 3, 4]);
  expect(machine.flash.operations).toBe(2);
  expect(
    machine
      .flashDump()
      .subarray(4)
      .every((byte) => byte === 0xff),
  ).toBe(true);
  expect([sent, log]).toEqual(["", ["caught"]]);
  machine.powerOn();
  expect([machine.powered, machine.cut]).toEqual([true, undefined]);
});

test("a torn operation changes each bit that it should, or not, and no other; the same seed tears the same", () => {
  const erase = fc.record({ erase: fc.constant(true), data: fc.uint8Array({ minLength: 64, maxLength: 64 }) });
  const program = fc.record({ erase: fc.constant(false), data: fc.uint8Array({ minLength: 64, maxLength: 64 }) });
  fc.assert(
    fc.property(
      fc.oneof(erase, program),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.nat(),
      (step, tear, seed) => {
        const torn = () => {
          const machine = smallMachine(
            writer(
              step.erase ? `flash.erasePage(${BANK});` : `flash.write(new Uint8Array([${step.data.join()}]), ${BANK});`,
            ),
            { seed },
          );
          if (step.erase) machine.flash.program(step.data, BANK);
          const before = machine.flashDump();
          machine.cut = { index: machine.flash.operations, tear };
          machine.advance(20);
          expect(machine.powered).toBe(false);
          const after = machine.flashDump();
          expect(Buffer.compare(before.subarray(4096), after.subarray(4096))).toBe(0);
          return [before.subarray(0, 4096), after.subarray(0, 4096)];
        };
        const [before, after] = torn();
        const goal = before.map((byte, i) => (step.erase ? 0xff : byte & (step.data[i] ?? 0xff)));
        for (const [i, byte] of after.entries()) expect((byte ^ before[i]) & ~(goal[i] ^ before[i])).toBe(0);
        const [all, done] = [changed(before, goal), changed(before, after)];
        if (tear === 1) expect(done).toBe(all);
        expect(Math.abs(done - tear * all)).toBeLessThanOrEqual(6 * Math.sqrt(tear * (1 - tear) * all) + 1);
        expect(Buffer.compare(torn()[1], after)).toBe(0);
      },
    ),
    { numRuns: runs(20) },
  );
});

test("a cut while it boots leaves it without power, and it can be booted again", () => {
  const machine = smallMachine({
    start: `require('Storage').write('a', 'b');`,
    members: "read: function () { return require('Storage').read('a'); }",
  });
  machine.powerOff();
  machine.flash.load(new Uint8Array(64 * 4096).fill(0xff));
  machine.cut = { index: machine.flash.operations, tear: 0 };
  machine.powerOn();
  expect(machine.powered).toBe(false);
  machine.powerOn();
  expect(call(machine, "read")).toBe("b");
});

test("the board reads a third of its supply, and loses its power where the regulator stops", () => {
  const machine = smallMachine({ members: "volts: function () { return analogRead(D29) * 3.3 * 3; }" });
  expect(call(machine, "volts")).toBeCloseTo(4.5);
  machine.batteryVolts = 3.2;
  expect(call(machine, "volts")).toBeCloseTo(3.2);
  expect(() => (machine.batteryVolts = 6)).toThrow(RangeError);
  machine.batteryVolts = 1.79;
  expect(machine.powered).toBe(false);
  expect(() => machine.powerOn()).toThrow(/1.8 V/);
});

test("bits turned over twice are as they were; one that there is not is refused, and turns none", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(64 * 4096 * 8 - 1), { maxLength: 20 }), (bits) => {
      const { flash } = smallMachine({});
      const before = flash.dump();
      flash.flip(bits);
      expect(changed(before, flash.dump())).toBe(bits.length);
      expect(() => flash.flip([...bits, 64 * 4096 * 8])).toThrow(RangeError);
      flash.flip(bits);
      expect(Buffer.compare(flash.dump(), before)).toBe(0);
    }),
    { numRuns: runs(10) },
  );
});
