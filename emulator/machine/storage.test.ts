import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { call, evaluated, smallMachine } from "../testing/small-bundle.ts";
import { Flash } from "./flash.ts";
import { Storage } from "./storage.ts";

const name = fc.constantFrom("ochre", ".boot0", "ochre.jnl", "a-name-of-twenty-eight-bytes");
const bytes = fc.uint8Array({ minLength: 1, maxLength: 700 });
const text = (data: Uint8Array) => Buffer.from(data).toString("latin1");

test("files read back as they were written, whatever else was written and erased", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("write" as const), name, data: bytes }),
    fc.record({ kind: fc.constant("erase" as const), name }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const flash = new Flash();
      const storage = new Storage(flash);
      const model = new Map<string, Uint8Array>();
      for (const step of steps) {
        if (step.kind === "erase") {
          storage.erase(step.name);
          model.delete(step.name);
        } else {
          storage.write(step.name, step.data);
          model.set(step.name, step.data);
        }
      }
      // Another Storage over the same flash knows no more than the flash tells it.
      const reader = new Storage(new Flash(flash.dump()));
      for (const file of ["ochre", ".boot0", "ochre.jnl", "a-name-of-twenty-eight-bytes"]) {
        const data = model.get(file);
        expect(reader.read(file)).toBe(data === undefined ? undefined : text(data));
      }
      expect(reader.list().sort()).toEqual([...model.keys()].sort());
      expect(reader.getFree()).toBe(storage.getFree());
    }),
    { numRuns: runs(50) },
  );
});

test("the layout is Espruino's own", () => {
  const flash = new Flash();
  const storage = new Storage(flash);
  storage.write("one", "abcde");
  storage.write("two", "x", 0, 6);
  storage.erase("one");
  const header = (size: number, name: string) =>
    Buffer.concat([Buffer.from([size, 0, 0, 0]), Buffer.from(name.padEnd(28, "\0"), "latin1")]);
  const expected = Buffer.concat([
    header(5, "\0\0\0\0"),
    Buffer.from("abcde\xff\xff\xff", "latin1"),
    header(6, "two"),
    Buffer.from("x\xff\xff\xff\xff\xff\xff\xff", "latin1"),
  ]);
  expect(Buffer.from(flash.dump().subarray(0, expected.length))).toEqual(expected);
});

test("a file can be allocated first and filled later, each byte once", () => {
  const storage = new Storage(new Flash());
  storage.write("a", "Hello", 0, 14);
  expect(storage.read("a")).toBe("Hello" + "\xff".repeat(9));
  storage.write("a", " ", 5);
  storage.write("a", "World!!!", 6);
  expect(storage.read("a")).toBe("Hello World!!!");
  expect(storage.read("a", 6, 5)).toBe("World");
  expect(storage.read("a", 13, 99)).toBe("!");
  expect(() => storage.write("a", "x", 5)).toThrow("File already written with different data");
  expect(() => storage.write("a", "xx", 13)).toThrow("Too much data for file size");
  expect(() => storage.write("b", "x", 5)).toThrow("Unable to find or create file");
  expect(() => storage.write("b", "")).toThrow("Can't create zero length file");
  storage.write("a", " ", 0);
  expect(storage.read("a")).toBe(" ");
});

test("writing a file again as it is touches no flash", () => {
  const flash = new Flash();
  const storage = new Storage(flash);
  storage.write("a", "same");
  const operations = flash.operations;
  expect(storage.write("a", "same")).toBe(true);
  expect(flash.operations).toBe(operations);
});

test("where the genuine Storage would compact, ours refuses and keeps what it has", () => {
  const storage = new Storage(new Flash());
  storage.write("keep", "me");
  storage.write("big", new Uint8Array(200_000));
  expect(() => storage.write("bigger", new Uint8Array(100_000))).toThrow("Unable to find or create file");
  storage.erase("big");
  expect(() => storage.write("bigger", new Uint8Array(100_000))).toThrow(/would compact/);
  expect(storage.list()).toEqual(["keep"]);
});

test("the address of a file's data leads require('Flash') to it", () => {
  const machine = smallMachine({
    members: `look: function () {
      var storage = require("Storage"), flash = require("Flash");
      storage.write("first", "something before");
      storage.write("ochre.jnl", "journal", 0, 12288);
      var address = E.getAddressOf(storage.read("ochre.jnl"), true);
      var page = Math.floor((address + 4095) / 4096) * 4096;
      flash.write("ABCD", page);
      return [E.toString(flash.read(7, address)), storage.read("ochre.jnl").indexOf("ABCD") === page - address];
    }`,
  });
  expect(call(machine, "look")).toEqual(["journal", true]);
});

test("a string that is not in flash has no address there, and RAM has none at all", () => {
  expect(evaluated('E.getAddressOf("in RAM", true)')).toBe(0);
  expect(() => evaluated('E.getAddressOf("in RAM")')).toThrow(/means nothing/);
});
