/** A native interpreter starts what certain files hold, and a flash may come from anywhere. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Flash, PAGE_SIZE, PAGES } from "../machine/flash.ts";
import { Storage } from "../machine/storage.ts";
import { withoutPrograms } from "./flash-file.ts";

const LENGTH = PAGES * PAGE_SIZE;
const started = [".boot0", ".boot1", ".boot2", ".boot3", ".bootrst", ".bootcde", ".bootPowerOn", ".varimg"];

function header(name: string, size = 4): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32LE(size);
  bytes.write(name, 4, "latin1");
  return bytes;
}

test("what the interpreter would start by itself is a file without a name, wherever in the flash it lies", () => {
  const places = fc.uniqueArray(fc.nat(LENGTH / 64 - 1), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(places, fc.infiniteStream(fc.constantFrom(...started)), fc.nat(7), (at, names, shift) => {
      const flash = Buffer.alloc(LENGTH, 0xff);
      for (const place of at) flash.set(header(names.next().value), place * 64 + 4 * shift);
      const left = Buffer.from(withoutPrograms(flash));
      for (const name of started) expect(left.indexOf(`${name}\0`, 0, "latin1")).toBe(-1);
      // Nothing else has changed.
      for (const place of at)
        left.fill(
          flash.subarray(place * 64 + 4 * shift + 4, place * 64 + 4 * shift + 8),
          place * 64 + 4 * shift + 4,
          place * 64 + 4 * shift + 8,
        );
      expect(left.equals(flash)).toBe(true);
    }),
  );
});

test("what a token keeps stays, and so does a text that speaks of such files", () => {
  const flash = new Flash();
  const storage = new Storage(flash);
  storage.write("ochre", 'require("Storage").read(".boot0") + ".varimg"', 0, 8192);
  storage.write(".boot0", "start()");
  storage.write("ochre.jnl", "OCHRE journal", 0, 8192);
  const left = new Flash(withoutPrograms(flash.dump()));
  expect(new Storage(left).list()).toEqual(["ochre", "ochre.jnl"]);
  storage.erase(".boot0");
  expect(Buffer.compare(left.dump(), flash.dump())).toBe(0);
});
