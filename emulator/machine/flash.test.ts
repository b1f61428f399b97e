import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { evaluated } from "../testing/small-bundle.ts";
import { Flash, type FlashOperation } from "./flash.ts";

const PAGE = 4096;
const words = (max: number) => fc.integer({ min: 0, max: max / 4 }).map((n) => n * 4);
const operation = fc.oneof(
  fc.record({ kind: fc.constant("erase" as const), at: fc.integer({ min: 0, max: 3 * PAGE - 1 }) }),
  fc.record({
    kind: fc.constant("write" as const),
    at: words(3 * PAGE - 600),
    bytes: fc
      .uint8Array({ minLength: 1, maxLength: 150 })
      .map((bytes) => new Uint8Array([...bytes, ...bytes, ...bytes, ...bytes])),
  }),
);

test("a write clears bits and never sets one; an erase sets the page; nothing else changes", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
      const flash = new Flash();
      const model = new Uint8Array(flash.end - flash.start).fill(0xff);
      for (const step of operations) {
        if (step.kind === "erase") {
          flash.erasePage(flash.start + step.at);
          const page = step.at - (step.at % PAGE);
          model.fill(0xff, page, page + PAGE);
          continue;
        }
        const settable = step.bytes.map((byte, i) => byte & model[step.at + i]);
        if (Buffer.compare(settable, step.bytes) !== 0) {
          // The chip clears what it can, and the interpreter sees that it is not what was asked for.
          const copy = new Flash(flash.dump());
          expect(() => copy.write(step.bytes, flash.start + step.at)).toThrow(/verification failed/);
        }
        flash.write(settable, flash.start + step.at);
        model.set(settable, step.at);
      }
      expect(Buffer.compare(flash.dump(), model)).toBe(0);
      expect(Buffer.compare(new Flash(flash.dump()).dump(), model)).toBe(0);
    }),
    { numRuns: runs(30) },
  );
});

test("a hook sees each operation before it happens, and can stop it", () => {
  const flash = new Flash();
  const seen: FlashOperation[] = [];
  flash.onOperation = (step) => seen.push(step);
  flash.write(new Uint8Array(300), flash.start + 128);
  flash.erasePage(flash.start);
  expect(seen.map(({ kind, address, after, index }) => [kind, address - flash.start, after.length, index])).toEqual([
    ["program", 128, 128, 0],
    ["program", 256, 172, 1],
    ["erase", 0, PAGE, 2],
  ]);
  expect(flash.operations).toBe(3);
  flash.onOperation = ({ index }) => {
    if (index === 4) throw new Error("power cut");
  };
  expect(() => flash.write(new Uint8Array(512), flash.start)).toThrow("power cut");
  expect([...flash.read(1, flash.start + 255)!, ...flash.read(1, flash.start + 256)!]).toEqual([0, 0xff]);
});

test("a blank flash is all FF and keeps no page", () => {
  const flash = new Flash();
  expect(flash.blank).toBe(true);
  expect(flash.dump().every((byte) => byte === 0xff)).toBe(true);
  flash.write(new Uint8Array(4), flash.start);
  expect(flash.blank).toBe(false);
  flash.erasePage(flash.start);
  expect(flash.blank).toBe(true);
});

test("firmware reaches the saved flash and nothing else, in whole words", () => {
  expect(evaluated('require("Flash").getPage(0x101c1234)')).toEqual({ addr: 0x101c1000, length: PAGE });
  expect(evaluated('require("Flash").getPage(0x10000123)')).toEqual({ addr: 0x10000000, length: PAGE });
  expect(evaluated('require("Flash").getPage(0x20000000)')).toBeUndefined();
  expect(evaluated('require("Flash").read(2, 0x101c0000)')).toEqual(new Uint8Array([0xff, 0xff]));
  expect(() => evaluated('require("Flash").read(8, 0x101ffffc)')).toThrow(/leaves the saved flash/);
  expect(() => evaluated('require("Flash").erasePage(0x10000000)')).toThrow(/outside saved flash/);
  expect(() => evaluated('require("Flash").write("abcd", 0x10000000)')).toThrow(/outside saved flash/);
  expect(() => evaluated('require("Flash").write("abc", 0x101c0000)')).toThrow(/multiples of 4/);
  expect(() => evaluated('require("Flash").write("abcd", 0x101c0002)')).toThrow(/multiples of 4/);
});
