import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { bootRomCopy } from "./boot-rom-model.ts";
import { FlashError } from "./flash-error.ts";
import { type FlashPages, imageThatErases, readUf2, writeUf2 } from "./uf2.ts";

const RP2040 = 0xe48bff56;
const START = 0x10000000;
const PAGE = 256;
const SECTOR = 4096;
/** A small chip, and a Storage at its end. */
const CHIP = 16 * SECTOR;
const STORAGE = { address: START + 12 * SECTOR, bytes: 4 * SECTOR };

const page = fc.uint8Array({ minLength: PAGE, maxLength: PAGE });
const somePages = fc
  .array(fc.tuple(fc.nat(STORAGE.address / PAGE - START / PAGE - 1), page), { maxLength: 20 })
  .map((list): FlashPages => new Map(list.map(([number, bytes]) => [START + number * PAGE, bytes])));
const imagePages = fc.tuple(page, somePages).map(([first, others]): FlashPages => new Map([...others, [START, first]]));

/** As tools of others write it: one block after the other, with no regard to sectors. */
function plainUf2(pages: FlashPages, family = RP2040): Uint8Array {
  const file = new Uint8Array(pages.size * 512);
  const view = new DataView(file.buffer);
  for (const [block, [address, bytes]] of [...pages].entries()) {
    const words = [0x0a324655, 0x9e5d5157, 0x2000, address, PAGE, block, pages.size, family];
    for (const [i, word] of words.entries()) view.setUint32(block * 512 + 4 * i, word, true);
    file.set(bytes, block * 512 + 32);
    view.setUint32(block * 512 + 508, 0x0ab16f30, true);
  }
  return file;
}

describe("a UF2 file", () => {
  it("is read as what it puts into the flash", () => {
    fc.assert(
      fc.property(imagePages, (pages) => {
        expect(readUf2(plainUf2(pages), RP2040)).toEqual(pages);
      }),
    );
  });

  it("is written so that the boot ROM erases and programs what is meant, whatever was there, and nothing else", () => {
    fc.assert(
      fc.property(somePages, fc.uint8Array({ minLength: CHIP, maxLength: CHIP }), (pages, before) => {
        const after = bootRomCopy(before, writeUf2(pages, RP2040));
        for (let sector = 0; sector < CHIP; sector += SECTOR) {
          const inside = [...pages].filter(([address]) => Math.floor((address - START) / SECTOR) === sector / SECTOR);
          const expected = before.slice(sector, sector + SECTOR);
          if (inside.length > 0) expected.fill(0xff);
          for (const [address, bytes] of inside) expected.set(bytes, address - START - sector);
          expect(Buffer.compare(after.subarray(sector, sector + SECTOR), expected)).toBe(0);
        }
      }),
      { numRuns: runs(30) },
    );
  });

  it("with an image becomes one that also erases the interpreter's Storage", () => {
    fc.assert(
      fc.property(imagePages, (pages) => {
        const used = new Uint8Array(CHIP).fill(0x5a);
        const after = bootRomCopy(used, imageThatErases(plainUf2(pages), RP2040, STORAGE));
        expect(after.subarray(STORAGE.address - START).every((byte) => byte === 0xff)).toBe(true);
        for (const [address, bytes] of pages)
          expect(after.subarray(address - START, address - START + PAGE)).toEqual(bytes);
      }),
      { numRuns: runs(30) },
    );
  });

  const one = plainUf2(
    new Map([
      [START, new Uint8Array(PAGE).fill(1)],
      [START + PAGE, new Uint8Array(PAGE).fill(2)],
    ]),
  );
  const changed = (at: number, value: number) => {
    const file = one.slice();
    new DataView(file.buffer).setUint32(at, value, true);
    return file;
  };

  it.each<[string, Uint8Array, RegExp]>([
    ["empty", new Uint8Array(0), /no UF2 file/],
    ["raw bytes of the flash", new Uint8Array(2048).fill(0x20), /no UF2 file/],
    ["text", Buffer.from("UF2\n<html>not found</html>".padEnd(1024)), /no UF2 file/],
    ["cut off in a block", one.subarray(0, 700), /cut off/],
    ["cut off behind a block", one.subarray(0, 512), /block 0 calls itself 0 of 2, in a file of 1/],
    ["without its second magic word", changed(516, 0), /block 1 is none of UF2/],
    ["without its last magic word", changed(508, 0), /block 0 is none of UF2/],
    ["for an RP2350", changed(28, 0xe48bff59), /block 0 is for RP2350.*RP2040 \(0xe48bff56\) is expected/],
    ["in part for something unknown", changed(512 + 28, 0xada52840), /block 1 is for the family 0xada52840/],
    ["without a family", changed(8, 0), /does not say what it is for/],
    ["not for the main flash", changed(8, 0x2001), /no 256 bytes for the flash/],
    ["of other block sizes", changed(16, 476), /no 256 bytes for the flash/],
    ["for RAM", changed(12, 0x20000000), /address 0x20000000/],
    ["off the pages", changed(12, START + 4), /address 0x10000004/],
    ["with one page twice", changed(512 + 12, START), /as another before it/],
  ])("that is %s is refused, and says why", (_, file, why) => {
    expect(() => readUf2(file, RP2040)).toThrow(FlashError);
    expect(() => readUf2(file, RP2040)).toThrow(why);
  });

  it("that reaches into Storage, or begins elsewhere than the chip, is no interpreter's image", () => {
    const at = (address: number) => plainUf2(new Map([[address, new Uint8Array(PAGE)]]));
    expect(() => imageThatErases(at(START + PAGE), RP2040, STORAGE)).toThrow(/does not begin where the chip starts/);
    const both = plainUf2(
      new Map([
        [START, new Uint8Array(PAGE)],
        [STORAGE.address, new Uint8Array(PAGE)],
      ]),
    );
    expect(() => imageThatErases(both, RP2040, STORAGE)).toThrow(/reaches into the interpreter's Storage/);
  });
});
