import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { CHIP_SIZE, FlashChip, PAGE_SIZE, PowerCut, SECTOR_SIZE } from "./flash-chip.ts";

const blank = () => new Uint8Array(CHIP_SIZE).fill(0xff);
const never = { chance: () => false };
const page = fc.uint8Array({ minLength: PAGE_SIZE, maxLength: PAGE_SIZE });

test("a program can only clear bits, an erase sets all of its sector and nothing beside it", () => {
  fc.assert(
    fc.property(page, page, (one, other) => {
      const flash = new FlashChip(blank(), never);
      flash.program(SECTOR_SIZE, one);
      flash.program(SECTOR_SIZE, other);
      flash.program(2 * SECTOR_SIZE, one);
      expect([...flash.bytes.subarray(SECTOR_SIZE, SECTOR_SIZE + PAGE_SIZE)]).toEqual(
        [...one].map((byte, i) => byte & other[i]),
      );
      flash.erase(SECTOR_SIZE, SECTOR_SIZE);
      expect(flash.bytes.subarray(SECTOR_SIZE, 2 * SECTOR_SIZE).every((byte) => byte === 0xff)).toBe(true);
      expect([...flash.bytes.subarray(2 * SECTOR_SIZE, 2 * SECTOR_SIZE + PAGE_SIZE)]).toEqual([...one]);
      expect(flash.operations).toBe(4);
    }),
    { numRuns: runs(20) },
  );
});

test("a cut keeps an operation from beginning, and a torn one changes some of the bits that should change", () => {
  fc.assert(
    fc.property(page, fc.integer({ min: 1, max: 4 }), fc.boolean(), (data, operation, torn) => {
      const flash = new FlashChip(blank(), { chance: (share) => share > 0.4 });
      flash.cut = { at: operation, tear: torn ? 0.5 : 0 };
      const program = () => flash.program(0, new Uint8Array([...data, ...data, ...data, ...data]));
      expect(program).toThrow(PowerCut);
      for (let at = 0; at < 4; at++) {
        const done = at < operation - 1 || (at === operation - 1 && torn);
        expect([...flash.bytes.subarray(at * PAGE_SIZE, (at + 1) * PAGE_SIZE)]).toEqual(
          done ? [...data] : new Array(PAGE_SIZE).fill(0xff),
        );
      }
      expect(flash.cut).toBeUndefined();
      program();
      expect([...flash.bytes.subarray(3 * PAGE_SIZE, 4 * PAGE_SIZE)]).toEqual([...data]);
    }),
    { numRuns: runs(20) },
  );
});

test("operations take the time that the chip's data sheet gives", () => {
  const flash = new FlashChip(blank(), never);
  let ms = 0;
  flash.onBusy = (spent) => {
    ms += spent;
  };
  flash.erase(0, 2 * SECTOR_SIZE);
  flash.program(0, new Uint8Array(PAGE_SIZE));
  expect(ms).toBeCloseTo(90.4);
});
