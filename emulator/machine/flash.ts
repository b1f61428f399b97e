/**
 * The part of the flash that Espruino keeps for Storage, as `require("Flash")` has it: NOR memory, where an erase sets a page of 4096
 * bytes to FF and a write can only clear bits. It survives the loss of power. The rest of the chip, with the interpreter in it, is not
 * modelled.
 */
import { bytesOf } from "./byte-arguments.ts";
import type { Manifest } from "./manifest.ts";
import type { Random } from "./random.ts";
import { tear } from "./torn.ts";

/** A Pico's whole chip, as the processor sees it; on a microcontroller with flash of its own, that begins at 0. */
const CHIP_START = 0x10000000;
const CHIP_LENGTH = 2 * 1024 * 1024;
export const PAGE_SIZE = 4096;
/** A Pico's, and the most that a board here has. */
export const PAGES = 64;
/** Where Espruino's board file for the Pico puts the saved-code bank: the last 256 KB of 2 MB. */
const PICO_STORAGE = { address: 0x101c0000, bytes: PAGES * PAGE_SIZE };
/** The chip programs this many bytes at a time. */
const PROGRAM_SIZE = 256;
/** Writes through `require("Flash")` begin and end at multiples of it. */
const ALIGNMENT = 4;

/** One thing the chip does. A loss of power falls before, after or into one. */
export interface FlashOperation {
  kind: "erase" | "program";
  address: number;
  /** What it leaves there, where nothing stops it. */
  after: Uint8Array;
  /** How many operations went before it in the life of this chip. */
  index: number;
}

/** A loss of power that waits for its operation. */
export interface FlashCut {
  /** `index` of the operation. */
  index: number;
  /** The operation is done in part: each bit that should change does so with this probability, from 0 to 1. */
  tear: number;
  random: Random;
  /** Takes the power away. */
  lost: () => never;
}

/** Pages that are not blank, by number. */
export type FlashPages = [page: number, bytes: Uint8Array][];

/** Where a board's Storage lies, and how many bytes it has. */
export function storageRegion({ interpreter }: Pick<Manifest, "interpreter">): { address: number; bytes: number } {
  return interpreter?.storage ?? PICO_STORAGE;
}

export class Flash {
  readonly start: number;
  readonly end: number;
  readonly chipLength = CHIP_LENGTH;
  readonly #length: number;
  /** Of the chip. */
  readonly #first: number;
  /** Operations so far. */
  operations = 0;
  /** Called before each operation takes effect; what it throws stops the operation. */
  onOperation: ((operation: FlashOperation) => void) | undefined;
  cut: FlashCut | undefined;
  /** True while what is done is told by a file that others may have written: nothing of it counts as written here. */
  retold = false;
  /** Pages that are not all FF, by number: most of a token's flash is never written. */
  readonly #pages = new Map<number, Uint8Array>();
  /** Pages that operations of this chip alone have filled, from blank on. */
  readonly #written = new Set<number>();

  /** @param contents what an earlier `dump` gave; blank without it @param region the part that is Storage's */
  constructor(contents?: Uint8Array, region = PICO_STORAGE) {
    this.start = region.address;
    this.end = region.address + region.bytes;
    this.#length = region.bytes;
    this.#first = region.address < CHIP_START ? 0 : CHIP_START;
    if (contents !== undefined) this.load(contents);
  }

  /** Puts other contents in, past every operation. @throws RangeError for another number of bytes than the bank has */
  load(contents: Uint8Array): void {
    if (contents.length !== this.#length)
      throw new RangeError(`a flash has ${this.#length} bytes, not ${contents.length}`);
    this.#clear();
    for (let page = 0; page < this.#length / PAGE_SIZE; page++) {
      const bytes = contents.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
      if (bytes.some((byte) => byte !== 0xff)) this.#pages.set(page, bytes);
    }
  }

  get blank(): boolean {
    return this.#pages.size === 0;
  }

  /** Copies of the pages that are not blank. */
  get pages(): FlashPages {
    return [...this.#pages].map(([page, bytes]) => [page, bytes.slice()]);
  }

  set pages(pages: FlashPages) {
    this.#clear();
    for (const [page, bytes] of pages) this.#pages.set(page, bytes.slice());
  }

  /** Turns bits over, as radiation would. @param bits numbered from bit 0 of the first byte @throws RangeError for one that there is not */
  flip(bits: readonly number[]): void {
    for (const bit of bits)
      if (!(Number.isInteger(bit) && bit >= 0 && bit < this.#length * 8))
        throw new RangeError(`the flash has bits 0 to ${this.#length * 8 - 1}, and none of number ${bit}`);
    for (const bit of bits) {
      const page = Math.floor(bit / 8 / PAGE_SIZE);
      this.#page(page)[(bit >> 3) % PAGE_SIZE] ^= 1 << (bit & 7);
      this.#written.delete(page);
    }
  }

  /** Whether this chip's own operations filled these pages, each from an erase on, and nothing else has changed them since. */
  written(address: number, length: number): boolean {
    const last = Math.floor((address + length - 1 - this.start) / PAGE_SIZE);
    for (let page = Math.floor((address - this.start) / PAGE_SIZE); page <= last; page++)
      if (!this.#written.has(page)) return false;
    return true;
  }

  /** All bytes of the bank. */
  dump(): Uint8Array {
    return this.#bytes(this.start, this.#length);
  }

  /** The page of any address of the chip. */
  getPage(address: unknown): { addr: number; length: number } | undefined {
    const at = Number(address);
    if (!(at >= this.#first && at < this.#first + CHIP_LENGTH)) return undefined;
    return { addr: at - (at % PAGE_SIZE), length: PAGE_SIZE };
  }

  /** @throws Error outside the bank: there the real chip holds the interpreter */
  read(length: unknown, address: unknown): Uint8Array | undefined {
    const count = Number(length);
    if (!(count > 0)) return undefined;
    if (!this.#holds(Number(address), count))
      throw new Error(`flash read of ${count} bytes at ${hex(address)} leaves the saved flash`);
    return this.#bytes(Number(address), count);
  }

  /** @throws Error outside the bank */
  erasePage(address: unknown): void {
    const page = this.getPage(address);
    if (page === undefined || !this.#holds(page.addr, PAGE_SIZE))
      throw new Error(`jshFlashErasePage: address ${hex(address)} outside saved flash`);
    const number = (page.addr - this.start) / PAGE_SIZE;
    this.#operation("erase", page.addr, new Uint8Array(PAGE_SIZE).fill(0xff));
    this.#pages.delete(number);
    if (!this.retold) this.#written.add(number);
  }

  /**
   * Writes whole words. Stricter than the RP2040, whose interpreter fills words up itself: other chips do not.
   * @throws Error outside the bank, off the words, or where a bit would have to be set
   */
  write(data: unknown, address: unknown): void {
    if (data === undefined) throw new Error("Data is not defined");
    const bytes = bytesOf(data);
    const at = Number(address);
    if (at % ALIGNMENT !== 0 || bytes.length % ALIGNMENT !== 0) {
      throw new Error(
        `flash write of ${bytes.length} bytes at ${hex(at)}: address and length must be multiples of ${ALIGNMENT}`,
      );
    }
    this.program(bytes, at);
  }

  /** Writes bytes at any address, as Storage does. */
  program(bytes: Uint8Array, address: number): void {
    if (!this.#holds(address, bytes.length))
      throw new Error(`jshFlashWrite: range ${hex(address)}+${bytes.length} outside saved flash`);
    for (let done = 0; done < bytes.length; ) {
      const at = address + done;
      const length = Math.min(bytes.length - done, PROGRAM_SIZE - (at % PROGRAM_SIZE));
      const after = this.#bytes(at, length);
      let verified = true;
      for (let i = 0; i < length; i++) {
        after[i] &= bytes[done + i];
        verified &&= after[i] === bytes[done + i];
      }
      this.#operation("program", at, after);
      if (!verified) throw new Error(`jshFlashWrite: verification failed at ${hex(at - (at % PROGRAM_SIZE))}`);
      done += length;
    }
  }

  /** What an operation leaves is written, or as much of it as a loss of power allows. */
  #operation(kind: FlashOperation["kind"], address: number, after: Uint8Array): void {
    this.onOperation?.({ kind, address, after, index: this.operations });
    const { cut } = this;
    const cutNow = cut !== undefined && this.operations >= cut.index;
    const number = Math.floor((address - this.start) / PAGE_SIZE);
    const first = (address - this.start) % PAGE_SIZE;
    if (this.retold) this.#written.delete(number);
    if (!cutNow) this.#page(number).set(after, first);
    else if (cut.tear > 0) tear(this.#page(number).subarray(first, first + after.length), after, cut.tear, cut.random);
    this.operations++;
    if (!cutNow) return;
    this.cut = undefined;
    cut.lost();
  }

  #clear(): void {
    this.#pages.clear();
    this.#written.clear();
  }

  #page(number: number): Uint8Array {
    let page = this.#pages.get(number);
    if (page === undefined) this.#pages.set(number, (page = new Uint8Array(PAGE_SIZE).fill(0xff)));
    return page;
  }

  #holds(address: number, length: number): boolean {
    return address >= this.start && address + length <= this.end;
  }

  #bytes(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length).fill(0xff);
    const from = address - this.start;
    for (let number = Math.floor(from / PAGE_SIZE); number * PAGE_SIZE < from + length; number++) {
      const page = this.#pages.get(number);
      if (page === undefined) continue;
      const skip = Math.max(0, from - number * PAGE_SIZE);
      const place = Math.max(0, number * PAGE_SIZE - from);
      bytes.set(page.subarray(skip, Math.min(PAGE_SIZE, skip + length - place)), place);
    }
    return bytes;
  }
}

const hex = (address: unknown) => `0x${Number(address).toString(16).padStart(8, "0")}`;
