/** Espruino's image as it is handed out: raw bytes of the flash, or UF2 (https://github.com/microsoft/uf2). */
import { CHIP_SIZE } from "./flash-chip.ts";

/** Where the processor sees the first byte of the flash. */
const FLASH_START = 0x10000000;

const UF2_BLOCK = 512;
const UF2_MAGIC = [0x0a324655, 0x9e5d5157];
const UF2_MAGIC_END = 0x0ab16f30;
const UF2_MAGIC_END_AT = 508;
const UF2_FAMILY_PRESENT = 0x2000;
const UF2_FAMILY_RP2040 = 0xe48bff56;
/** Flag of blocks that are not meant for the main flash. */
const UF2_NOT_MAIN_FLASH = 1;
const UF2_HEADER = 32;
const UF2_LARGEST_PAYLOAD = 476;

/** The second stage of booting is the flash's first 252 bytes, with their CRC-32 after them (RP2040 data sheet, 2.8.1.3.1). */
const BOOT2_BYTES = 252;
/** The vector table that it jumps to: the stack's end, and the address of the first instruction. */
const VECTORS = 0x100;
const RAM_START = 0x20000000;
const RAM_END = 0x20042000;

const EXPECTED = "Espruino for the Pico (RP2040), .uf2 or .bin, was expected";

/**
 * The flash with an image in it, blank where the image has nothing.
 * @throws RangeError for what no RP2040 with a flash of 2 MB would start
 */
export function flashOfImage(image: Uint8Array): Uint8Array {
  const flash = contents(image);
  const view = new DataView(flash.buffer);
  const [crc, stored] = [boot2Crc(flash.subarray(0, BOOT2_BYTES)), view.getUint32(BOOT2_BYTES, true)];
  if (crc !== stored)
    throw new RangeError(
      `the image is none that an RP2040 boots: the CRC-32 of its first ${BOOT2_BYTES} bytes is ${hex(crc)}, and after them stands ${hex(stored)}. ${EXPECTED}`,
    );
  const [stack, start] = [view.getUint32(VECTORS, true), view.getUint32(VECTORS + 4, true)];
  const stackInRam = stack > RAM_START && stack <= RAM_END && stack % 4 === 0;
  const startInFlash = start > FLASH_START && start < FLASH_START + CHIP_SIZE && start % 2 === 1;
  if (!stackInRam || !startInFlash)
    throw new RangeError(
      `the image is no program of an RP2040: its vector table puts the stack at ${hex(stack)} and the start at ${hex(start)}. ${EXPECTED}`,
    );
  return flash;
}

/** CRC-32 as the boot ROM computes it: 0x04c11db7, highest bit first, from all ones, not inverted. */
export function boot2Crc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  }
  return crc >>> 0;
}

const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;

function contents(image: Uint8Array): Uint8Array {
  const flash = new Uint8Array(CHIP_SIZE).fill(0xff);
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.length < UF2_BLOCK) throw new RangeError(`an image has at least ${UF2_BLOCK} bytes, not ${image.length}`);
  if (view.getUint32(0, true) !== UF2_MAGIC[0]) {
    if (image.length > CHIP_SIZE) throw new RangeError(`the image has ${image.length} bytes, the flash ${CHIP_SIZE}`);
    flash.set(image);
    return flash;
  }
  if (image.length % UF2_BLOCK !== 0)
    throw new RangeError("the image is no UF2 file: it ends in the middle of a block");
  for (let at = 0; at < image.length; at += UF2_BLOCK) {
    const begins = UF2_MAGIC.every((magic, i) => view.getUint32(at + 4 * i, true) === magic);
    if (!begins || view.getUint32(at + UF2_MAGIC_END_AT, true) !== UF2_MAGIC_END)
      throw new RangeError(`the image is no UF2 file: block ${at / UF2_BLOCK} does not begin and end as one`);
    const family = view.getUint32(at + 28, true);
    if ((view.getUint32(at + 8, true) & UF2_FAMILY_PRESENT) === 0 || family !== UF2_FAMILY_RP2040)
      throw new RangeError(
        `block ${at / UF2_BLOCK} of the image is for chips of the family ${hex(family)}, and an RP2040's is ${hex(UF2_FAMILY_RP2040)}. ${EXPECTED}`,
      );
    if (view.getUint32(at + 8, true) & UF2_NOT_MAIN_FLASH) continue;
    const address = view.getUint32(at + 12, true) - FLASH_START;
    const length = view.getUint32(at + 16, true);
    if (length > UF2_LARGEST_PAYLOAD || address < 0 || address + length > CHIP_SIZE)
      throw new RangeError(`block ${at / UF2_BLOCK} of the image lies outside of the flash`);
    flash.set(image.subarray(at + UF2_HEADER, at + UF2_HEADER + length), address);
  }
  return flash;
}
