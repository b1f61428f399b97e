import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { bootRom, ERASE_BREAKPOINT, PROGRAM_BREAKPOINT } from "./boot-rom.ts";
import { CHIP_SIZE } from "./flash-chip.ts";
import { boot2Crc, flashOfImage } from "./flash-image.ts";

const FLASH_START = 0x10000000;

/** What the boot ROM starts: a second stage with its CRC-32, and a vector table. Bytes that are given follow. */
function program(bytes = new Uint8Array(300), { stack = 0x20042000, start = FLASH_START + 0x1f7 } = {}): Uint8Array {
  const image = new Uint8Array(264 + bytes.length);
  const view = new DataView(image.buffer);
  image.fill(0xb5, 0, 252);
  view.setUint32(252, boot2Crc(image.subarray(0, 252)), true);
  view.setUint32(256, stack, true);
  view.setUint32(260, start, true);
  image.set(bytes, 264);
  return image;
}

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
      const image = program(bytes);
      const raw = flashOfImage(image);
      expect(Buffer.compare(flashOfImage(uf2Of(image)), raw)).toBe(0);
      expect(Buffer.compare(raw.subarray(0, image.length), image)).toBe(0);
      expect(raw.subarray(image.length).every((byte) => byte === 0xff)).toBe(true);
    }),
    { numRuns: runs(10) },
  );
});

test("the CRC-32 of the second stage is that of CRC-32/MPEG-2", () => {
  expect(boot2Crc(Buffer.from("123456789"))).toBe(0x0376e6e7);
});

test("what is no image for this chip is refused", () => {
  const uf2 = uf2Of(program());
  const word = (at: number, value: number) => {
    const changed = uf2.slice();
    new DataView(changed.buffer).setUint32(at, value, true);
    return changed;
  };
  expect(() => flashOfImage(new Uint8Array(10))).toThrow(RangeError);
  expect(() => flashOfImage(new Uint8Array(CHIP_SIZE + 1))).toThrow(RangeError);
  expect(() => flashOfImage(uf2.subarray(0, 700))).toThrow(/middle of a block/);
  expect(() => flashOfImage(word(12, FLASH_START + CHIP_SIZE))).toThrow(/outside/);
  expect(() => flashOfImage(word(508, 0))).toThrow(/block 0 does not begin and end as one/);
  expect(() => flashOfImage(word(512 + 28, 0xe48bff59))).toThrow(/block 1 .*0xe48bff59.* RP2040's is 0xe48bff56/);
  expect(() => flashOfImage(uf2.subarray(512))).toThrow(/none that an RP2040 boots/);
});

test("a file that no RP2040 would start is no image, and is told what was expected", () => {
  const text = Buffer.from("root:x:0:0:root:/root:/bin/bash\n".repeat(40));
  for (const other of [text, new Uint8Array(4096), new Uint8Array(4096).fill(0xff)])
    expect(() => flashOfImage(other)).toThrow(/none that an RP2040 boots.*Espruino for the Pico/);
  const image = program();
  for (let bit = 0; bit < 256 * 8; bit += 61) {
    const flipped = image.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    expect(() => flashOfImage(flipped)).toThrow(/CRC-32/);
  }
  for (const vectors of [{ stack: 0x20042004 }, { stack: 0 }, { start: FLASH_START + 0x1f6 }, { start: 0x20000001 }])
    expect(() => flashOfImage(program(undefined, vectors))).toThrow(/vector table/);
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
