import fc from "fast-check";
import { expect, test } from "vitest";
import { bootRom, ERASE_BREAKPOINT, PROGRAM_BREAKPOINT } from "./boot-rom.ts";
import { CHIP_SIZE } from "./flash-chip.ts";
import { flashOfImage } from "./flash-image.ts";

const FLASH_START = 0x10000000;

/** The blocks of a UF2 file that puts bytes at the beginning of the flash. */
function uf2Of(bytes: Uint8Array): Uint8Array {
  const blocks = Math.ceil(bytes.length / 256);
  const file = new Uint8Array(blocks * 512);
  const view = new DataView(file.buffer);
  for (let block = 0; block < blocks; block++) {
    const payload = bytes.subarray(block * 256, (block + 1) * 256);
    const words = [
      0x0a324655,
      0x9e5d5157,
      0x2000,
      FLASH_START + block * 256,
      payload.length,
      block,
      blocks,
      0xe48bff56,
    ];
    words.forEach((word, i) => {
      view.setUint32(block * 512 + i * 4, word, true);
    });
    file.set(payload, block * 512 + 32);
    view.setUint32(block * 512 + 508, 0x0ab16f30, true);
  }
  return file;
}

test("an image is the same as raw bytes and as UF2", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 512, maxLength: 4000 }), (bytes) => {
      // Raw bytes that begin as a UF2 file would be taken for one.
      bytes[0] = 0x00;
      const raw = flashOfImage(bytes);
      expect(Buffer.compare(flashOfImage(uf2Of(bytes)), raw)).toBe(0);
      expect([...raw.subarray(0, bytes.length)]).toEqual([...bytes]);
      expect(raw.subarray(bytes.length).every((byte) => byte === 0xff)).toBe(true);
    }),
    { numRuns: 10 },
  );
});

test("what is no image for this chip is refused", () => {
  const uf2 = uf2Of(new Uint8Array(1000));
  const outside = uf2.slice();
  new DataView(outside.buffer).setUint32(12, FLASH_START + CHIP_SIZE, true);
  expect(() => flashOfImage(new Uint8Array(10))).toThrow(RangeError);
  expect(() => flashOfImage(new Uint8Array(CHIP_SIZE + 1))).toThrow(RangeError);
  expect(() => flashOfImage(uf2.subarray(0, 700))).toThrow(/middle of a block/);
  expect(() => flashOfImage(outside)).toThrow(/outside/);
});

/** A ROM with a table of two functions in it, at the places that are given. */
function romWith(functions: Record<string, number>): Uint8Array {
  const rom = new Uint8Array(16 * 1024);
  const view = new DataView(rom.buffer);
  rom.set([0x4d, 0x75, 0x01], 0x10);
  view.setUint16(0x14, 0x100, true);
  Object.entries(functions).forEach(([code, address], i) => {
    rom.set(Buffer.from(code, "latin1"), 0x100 + i * 4);
    view.setUint16(0x102 + i * 4, address | 1, true);
  });
  return rom;
}

test("the boot ROM's routines for the flash become breakpoints, wherever they stand", () => {
  const rom = bootRom(romWith({ IF: 0x200, RE: 0x302, RP: 0x400 }));
  const halfwords = new Uint16Array(rom.buffer);
  expect([halfwords[0x302 / 2], halfwords[0x304 / 2]]).toEqual([0xbe00 | ERASE_BREAKPOINT, 0x4770]);
  expect([halfwords[0x400 / 2], halfwords[0x402 / 2]]).toEqual([0xbe00 | PROGRAM_BREAKPOINT, 0x4770]);
  expect(halfwords[0x200 / 2]).toBe(0);
});

test("what is no boot ROM of an RP2040 is refused", () => {
  expect(() => bootRom(new Uint8Array(16 * 1024))).toThrow(/boot ROM/);
  expect(() => bootRom(romWith({ RE: 0x300 }))).toThrow(/no function RP/);
});
