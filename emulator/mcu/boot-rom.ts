/**
 * The RP2040's boot ROM, of which two routines are replaced: those that erase and program the flash drive the flash chip's own commands,
 * which the simulator does not have. Each becomes a breakpoint, at which the board does the work, and a return.
 */

const ROM_SIZE = 16 * 1024;
/** `M`, `u`, 1 at 0x10 (RP2040 data sheet, 2.8.2.1). */
const MAGIC = [0x4d, 0x75, 0x01];
const MAGIC_AT = 0x10;
/** Pointer to the table of public functions: code (2) and address (2), ended by a code of 0 (data sheet, 2.8.3). */
const FUNCTION_TABLE = 0x14;

const BKPT = 0xbe00;
const BX_LR = 0x4770;

/** Numbers of the breakpoints. */
export const ERASE_BREAKPOINT = 0xe0;
export const PROGRAM_BREAKPOINT = 0xe1;

const REPLACED = [
  ["RE", ERASE_BREAKPOINT],
  ["RP", PROGRAM_BREAKPOINT],
] as const;

/**
 * The ROM with the two routines replaced, in the words that the simulator takes.
 * @throws RangeError for what is no boot ROM of an RP2040
 */
export function bootRom(bytes: Uint8Array): Uint32Array {
  if (bytes.length !== ROM_SIZE || MAGIC.some((value, i) => bytes[MAGIC_AT + i] !== value))
    throw new RangeError(`a boot ROM of an RP2040 was expected: ${ROM_SIZE} raw bytes`);
  const rom = new DataView(new Uint8Array(bytes).buffer);
  for (const [code, breakpoint] of REPLACED) {
    const routine = addressOf(rom, code);
    rom.setUint16(routine, BKPT | breakpoint, true);
    rom.setUint16(routine + 2, BX_LR, true);
  }
  return new Uint32Array(rom.buffer);
}

function addressOf(rom: DataView, code: string): number {
  const wanted = code.charCodeAt(0) | (code.charCodeAt(1) << 8);
  for (let at = rom.getUint16(FUNCTION_TABLE, true); at + 4 <= rom.byteLength; at += 4) {
    const found = rom.getUint16(at, true);
    // The lowest bit says that it is Thumb code.
    if (found === wanted) return rom.getUint16(at + 2, true) & ~1;
    if (found === 0) break;
  }
  throw new RangeError(`the boot ROM has no function ${code}`);
}
