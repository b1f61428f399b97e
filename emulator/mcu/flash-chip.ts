/**
 * The flash of a Pico: 2 MB of NOR memory, where an erase sets sectors of 4096 bytes to FF and a program clears bits in pages of 256.
 * It keeps what it has without power, and power can be lost at any of its operations.
 */
import type { Random } from "../machine/random.ts";
import { tear } from "../machine/torn.ts";

export const CHIP_SIZE = 2 * 1024 * 1024;
export const SECTOR_SIZE = 4096;
export const PAGE_SIZE = 256;

/** Where Espruino keeps Storage: the last 256 KB. Offsets from the beginning of the chip. */
export const STORAGE_START = 0x1c0000;
export const STORAGE_SIZE = 256 * 1024;

/** Typical times of the Pico's W25Q16JV (Winbond data sheet, AC characteristics), in milliseconds. */
const SECTOR_ERASE_MS = 45;
const PAGE_PROGRAM_MS = 0.4;

/** Power was lost at an operation. */
export class PowerCut extends Error {
  override name = "PowerCut";
}

interface Cut {
  /** Operation that loses its power, by its number. */
  at: number;
  /** The share of the bits that it still changes. */
  tear: number;
}

export class FlashChip {
  /** Erased sectors and programmed pages so far. */
  operations = 0;
  /** Where power will be lost next. */
  cut: Cut | undefined;
  /** Told of each operation before it takes effect: where it begins on the chip, and what it leaves there where nothing stops it. */
  onOperation: ((operation: { address: number; after: Uint8Array }) => void) | undefined;
  /** Told of the milliseconds that each operation takes. */
  onBusy: (ms: number) => void = () => {};
  #bytes: Uint8Array;
  readonly #random: Pick<Random, "chance">;

  /** @param random decides about each bit of a torn operation */
  constructor(contents: Uint8Array, random: Pick<Random, "chance">) {
    if (contents.length !== CHIP_SIZE) throw new RangeError(`the flash has ${CHIP_SIZE} bytes, not ${contents.length}`);
    this.#bytes = new Uint8Array(contents);
    this.#random = random;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The bank that Espruino keeps Storage in. */
  get storage(): Uint8Array {
    return this.#bytes.subarray(STORAGE_START, STORAGE_START + STORAGE_SIZE);
  }

  /** Replaces all contents, as somebody with a programmer would. */
  load(contents: Uint8Array): void {
    this.#bytes.set(contents);
  }

  /** From now on the contents stand in `memory`, where a processor reads them. */
  moveInto(memory: Uint8Array): void {
    memory.set(this.#bytes);
    this.#bytes = memory.subarray(0, CHIP_SIZE);
  }

  /** @throws PowerCut */
  erase(address: number, length: number): void {
    for (let at = address; at < address + length; at += SECTOR_SIZE)
      this.#operation(SECTOR_ERASE_MS, at, new Uint8Array(SECTOR_SIZE).fill(0xff));
  }

  /** @throws PowerCut */
  program(address: number, data: Uint8Array): void {
    for (let at = 0; at < data.length; at += PAGE_SIZE) {
      const page = data.slice(at, at + PAGE_SIZE);
      for (let i = 0; i < page.length; i++) page[i] &= this.#bytes[address + at + i];
      this.#operation(PAGE_PROGRAM_MS, address + at, page);
    }
  }

  /** What an operation would leave is written, or as much of it as a loss of power allows. */
  #operation(ms: number, address: number, after: Uint8Array): void {
    this.onOperation?.({ address, after });
    this.operations++;
    if (this.cut?.at === this.operations) {
      const share = this.cut.tear;
      this.cut = undefined;
      tear(this.#bytes.subarray(address, address + after.length), after, share, this.#random);
      throw new PowerCut(`power was lost at flash operation ${this.operations}`);
    }
    this.#bytes.set(after, address);
    this.onBusy(ms);
  }
}
