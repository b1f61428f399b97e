/** What is the same on every token on a Raspberry Pi Pico. */

/**
 * The interpreter under the bundle: Espruino's name of its build, the oldest version that the bundle was tested on, where its Storage
 * lies in the address space, and how its image comes onto the chip (the boot ROM's drive and the family of its UF2 files).
 */
export const interpreter = {
  board: "ESPR_RP2040_PICO",
  version: "2v29.277",
  storage: { address: 0x101c0000, bytes: 262144 },
  drive: { boardId: "RPI-RP2", family: 0xe48bff56 },
} as const;

/**
 * Names of the Storage files, and the bytes of the journal's two banks. `images` has two slots of `slotBytes` for firmware images. In an
 * image, `fonts` are the glyphs, `native` the machine code, without which the token runs, and far slower. `loose` (as hal/image.ts has it) is a file with one
 * image, for an interpreter whose flash has no addresses, so that there can be no slots.
 */
export const storage = {
  images: "ochre",
  // 24 pages.
  slotBytes: 98304,
  loose: "ochre.img",
  boot: ".boot0",
  fonts: "ochre.fnt",
  native: "ochre.nat",
  journal: "ochre.jnl",
  journalBytes: 8192,
} as const;
