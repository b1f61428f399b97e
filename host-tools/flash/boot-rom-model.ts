/**
 * For tests: what the boot ROM of an RP2040 (B1, `virtual_disk.c`) makes of a UF2 file that is copied to its drive. It goes by block
 * numbers: the first block of each sixteen numbers has the sector of its address erased, and every block is programmed where it says.
 */
const BLOCK = 512;
const PAGE = 256;
const SECTOR = 4096;
const FLASH_START = 0x1000_0000;
const MAGIC = [0x0a324655, 0x9e5d5157];
const RP2040 = 0xe48bff56;
const FLAG_NOT_MAIN_FLASH = 1;
const FLAG_FAMILY_PRESENT = 0x2000;

/** The chip afterwards. @param flash the whole chip before */
export function bootRomCopy(flash: Uint8Array, file: Uint8Array): Uint8Array {
  const after = new Uint8Array(flash);
  const erased = new Set<number>();
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at + BLOCK <= file.length; at += BLOCK) {
    const [first, second, flags, address, length, number, count, family] = [0, 4, 8, 12, 16, 20, 24, 28].map((offset) =>
      view.getUint32(at + offset, true),
    );
    if (first !== MAGIC[0] || second !== MAGIC[1] || view.getUint32(at + 508, true) !== 0x0ab16f30) continue;
    if ((flags & FLAG_FAMILY_PRESENT) === 0 || (flags & FLAG_NOT_MAIN_FLASH) !== 0) continue;
    if (family !== RP2040 || length !== PAGE || number >= count) continue;
    const to = address - FLASH_START;
    const numbers = Math.floor((number * PAGE) / SECTOR);
    if (!erased.has(numbers)) {
      erased.add(numbers);
      const sector = to - (to % SECTOR);
      after.fill(0xff, sector, sector + SECTOR);
    }
    for (let i = 0; i < PAGE; i++) after[to + i] &= file[at + 32 + i];
  }
  return after;
}
