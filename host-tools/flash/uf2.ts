/**
 * UF2 files (https://github.com/microsoft/uf2), as the boot ROM of an RP2040 takes them: blocks of 256 bytes each, all of one family.
 * Other blocks it passes over without a word, so they are refused here.
 */
import { FlashError } from "./flash-error.ts";

const BLOCK = 512;
const HEADER = 32;
const PAYLOAD = 256;
const MAGIC_START = [0x0a324655, 0x9e5d5157];
const MAGIC_END = 0x0ab16f30;
const MAGIC_END_AT = 508;
const NOT_MAIN_FLASH = 0x0000_0001;
const FAMILY_PRESENT = 0x0000_2000;
/** The boot ROM erases this much for every sixteen block numbers. */
const SECTOR = 4096;
const FLASH_START = 0x1000_0000;
const FLASH_END = 0x1100_0000;

/** Families that people take for each other (https://github.com/microsoft/uf2/blob/master/utils/uf2families.json). */
const FAMILIES: Record<number, string> = {
  3834380118: "RP2040",
  3834380119: "absolute addresses of an RP2350",
  3834380120: "data of an RP2350",
  3834380121: "RP2350 (Arm, secure)",
  3834380122: "RP2350 (RISC-V)",
  3834380123: "RP2350 (Arm, non-secure)",
};

/** Pages of 256 bytes by their address. */
export type FlashPages = Map<number, Uint8Array>;

/**
 * What a UF2 file puts into the flash.
 * @throws FlashError `image`
 */
export function readUf2(file: Uint8Array, family: number): FlashPages {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const word = (at: number) => view.getUint32(at, true);
  const begins = (at: number) => MAGIC_START.every((magic, i) => word(at + 4 * i) === magic);
  if (file.length < BLOCK || !begins(0)) throw refusal("It is no UF2 file.");
  if (file.length % BLOCK !== 0) throw refusal(`It is cut off: ${file.length} bytes are no whole blocks of ${BLOCK}.`);
  const blocks = file.length / BLOCK;
  const pages: FlashPages = new Map();
  for (let block = 0; block < blocks; block++) {
    const at = block * BLOCK;
    const wrong = (why: string) => refusal(`Its block ${block} ${why}.`);
    if (!begins(at) || word(at + MAGIC_END_AT) !== MAGIC_END) throw wrong("is none of UF2");
    const [flags, address, length, number, count, blockFamily] = [8, 12, 16, 20, 24, 28].map((offset) =>
      word(at + offset),
    );
    if ((flags & FAMILY_PRESENT) === 0) throw wrong("does not say what it is for");
    if (blockFamily !== family) throw wrong(`is for ${familyName(blockFamily)}, and ${familyName(family)} is expected`);
    if ((flags & NOT_MAIN_FLASH) !== 0 || length !== PAYLOAD) throw wrong(`has no ${PAYLOAD} bytes for the flash`);
    if (address % PAYLOAD !== 0 || address < FLASH_START || address >= FLASH_END)
      throw wrong(`is for the address ${hex(address)}, where no page of the flash begins`);
    if (number !== block || count !== blocks)
      throw wrong(`calls itself ${number} of ${count}, in a file of ${blocks}: it is not whole`);
    if (pages.has(address)) throw wrong(`is for the address ${hex(address)}, as another before it`);
    pages.set(address, file.slice(at + HEADER, at + HEADER + PAYLOAD));
  }
  return pages;
}

/**
 * A UF2 file of whole sectors: the boot ROM erases a sector when it gets the first of sixteen block numbers in a row, so that these must
 * all be of that sector. What the pages leave of a sector is erased.
 */
export function writeUf2(pages: FlashPages, family: number): Uint8Array {
  const sectors = [...new Set([...pages.keys()].map((address) => address - (address % SECTOR)))].sort((a, b) => a - b);
  const perSector = SECTOR / PAYLOAD;
  const count = sectors.length * perSector;
  const file = new Uint8Array(count * BLOCK);
  const view = new DataView(file.buffer);
  for (let number = 0; number < count; number++) {
    const address = sectors[Math.floor(number / perSector)] + (number % perSector) * PAYLOAD;
    const at = number * BLOCK;
    const words = [...MAGIC_START, FAMILY_PRESENT, address, PAYLOAD, number, count, family];
    for (const [i, word] of words.entries()) view.setUint32(at + 4 * i, word, true);
    file.set(pages.get(address) ?? new Uint8Array(PAYLOAD).fill(0xff), at + HEADER);
    view.setUint32(at + MAGIC_END_AT, MAGIC_END, true);
  }
  return file;
}

/**
 * The same image, which also erases the interpreter's Storage: an image alone leaves a token's files, and so the token, where they are.
 * @throws FlashError `image` when the file is not one for this chip, or lies in Storage itself
 */
export function imageThatErases(
  file: Uint8Array,
  family: number,
  storage: { address: number; bytes: number },
): Uint8Array {
  const pages = readUf2(file, family);
  if (!pages.has(FLASH_START)) throw refusal("It does not begin where the chip starts: it is no interpreter's image.");
  for (let address = storage.address; address < storage.address + storage.bytes; address += PAYLOAD) {
    if (pages.has(address)) throw refusal(`It reaches into the interpreter's Storage, at ${hex(address)}.`);
    pages.set(address, new Uint8Array(PAYLOAD).fill(0xff));
  }
  return writeUf2(pages, family);
}

const hex = (address: number) => `0x${address.toString(16)}`;

function familyName(family: number): string {
  return FAMILIES[family] === undefined ? `the family ${hex(family)}` : `${FAMILIES[family]} (${hex(family)})`;
}

function refusal(why: string): FlashError {
  return new FlashError("image", `The image can't be put on the board. ${why} Nothing was copied.`);
}
