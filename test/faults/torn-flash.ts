/**
 * NOR flash as it fails: a model for tests of what is kept in it.
 *
 * Power can be lost at any operation, and the operation is then done in part: each bit that it should have changed is changed, or not, or
 * left *between* zero and one, where every reading of it may give another answer until it is programmed or its page erased. A torn erase
 * may also have cleared bits, because chips program a page to zeros before they erase it. Cells wear out: after so many erases of a page
 * some of its bits stay what they are. After a loss of power every operation throws until `restart`.
 *
 * What is no flash at all is refused with a RangeError: writes off the words, erases off the pages, either off the chip.
 */
import type { Flash } from "../../firmware/hal/board.ts";

/** Thrown by the operation that loses its power, and by all that follow. */
export class PowerCut extends Error {
  override name = "PowerCut";
}

/** A loss of power at the operation of this number, counted from 0 in the flash's life. */
export interface Cut {
  readonly operation: number;
  /** Of the bits that should change, the share that does: 0 is a cut before the operation, 1 one after it. */
  readonly done: number;
  /** Of all the bits that the operation reaches, the share that is left between zero and one. */
  readonly between: number;
  /** Of a torn erase, the share of the bits that it had only cleared so far. */
  readonly cleared: number;
  /** Which bits those are. */
  readonly seed: number;
}

export interface TornFlashOptions {
  pageSize?: number;
  pages?: number;
  /** Which way each reading of a bit between zero and one goes, and which cells wear out. */
  seed?: number;
  /** Erases that a page bears. */
  endurance?: number;
  /**
   * Bytes that a write programs at once, as an RP2040's Espruino does: it reads them, puts what is written in their place, and programs
   * them all. 0: only the written bytes are programmed.
   */
  programSize?: number;
}

export class TornFlash implements Flash {
  readonly pageSize: number;
  readonly pages: number;
  /** Operations so far. */
  operations = 0;
  /** How often each page was erased, and written to. */
  readonly erases: number[];
  readonly writes: number[];
  cut: Cut | undefined;
  /** What the cells hold. Bits that are between zero and one count as they last were. */
  readonly #cells: Uint8Array;
  /** The bits that are between zero and one. */
  readonly #between: Uint8Array;
  /** The bits that are worn: they stay as `#cells` has them. */
  readonly #worn: Uint8Array;
  /** 1 for each byte that was written since the last complete erase: until the next one it may still be read in some way. */
  readonly #written: Uint8Array;
  readonly #endurance: number;
  readonly #programSize: number;
  readonly #random: () => number;
  #powered = true;

  constructor(options: TornFlashOptions = {}) {
    const { pageSize = 512, pages = 2, seed = 1, endurance = Number.POSITIVE_INFINITY, programSize = 0 } = options;
    this.pageSize = pageSize;
    this.pages = pages;
    this.#cells = new Uint8Array(pageSize * pages).fill(0xff);
    this.#between = new Uint8Array(pageSize * pages);
    this.#worn = new Uint8Array(pageSize * pages);
    this.#written = new Uint8Array(pageSize * pages);
    this.#endurance = endurance;
    this.#programSize = programSize;
    this.#random = generator(seed);
    this.erases = new Array<number>(pages).fill(0);
    this.writes = new Array<number>(pages).fill(0);
  }

  /** Brings the power back; no cut is planned any more. */
  restart(): void {
    this.#powered = true;
    this.cut = undefined;
  }

  read(address: number, length: number): Uint8Array {
    this.#check(address, length);
    const bytes = this.#cells.slice(address, address + length);
    for (let i = 0; i < length; i++) {
      const between = this.#between[address + i];
      if (between !== 0) bytes[i] = (bytes[i] & ~between) | (this.#bits(this.#random, 0.5) & between);
    }
    return bytes;
  }

  write(address: number, bytes: Uint8Array): void {
    if (address % 4 !== 0 || bytes.length % 4 !== 0) throw new RangeError("flash is written in whole words");
    this.#check(address, bytes.length);
    this.writes[Math.floor(address / this.pageSize)]++;
    this.#written.fill(1, address, address + bytes.length);
    if (this.#programSize === 0) {
      this.#program(address, bytes);
      return;
    }
    for (let done = 0; done < bytes.length; ) {
      const start = address + done - ((address + done) % this.#programSize);
      const page = this.read(start, this.#programSize);
      const piece = bytes.subarray(done, start + this.#programSize - address);
      page.set(piece, address + done - start);
      this.#program(start, page);
      done += piece.length;
    }
  }

  erase(address: number): void {
    if (address % this.pageSize !== 0) throw new RangeError("flash is erased in whole pages");
    this.#check(address, this.pageSize);
    const page = address / this.pageSize;
    this.#operate((cut, random) => {
      for (let at = address; at < address + this.pageSize; at++) {
        const between = this.#bits(random, cut.between);
        const cleared = this.#bits(random, cut.cleared);
        const worn = this.#worn[at];
        const cells = (this.#cells[at] & ~cleared) | this.#bits(random, cut.done);
        this.#cells[at] = (this.#cells[at] & worn) | (cells & ~worn);
        this.#between[at] |= between & ~worn;
      }
    });
    this.erases[page]++;
    this.#written.fill(0, address, address + this.pageSize);
    for (let at = address; at < address + this.pageSize; at++) {
      this.#between[at] = 0;
      this.#cells[at] |= ~this.#worn[at];
    }
    if (this.erases[page] >= this.#endurance) {
      // A new worn bit with each erase. It stays zero, or one: what an erase cannot lift and what a program cannot clear.
      const at = address + Math.floor(this.#random() * this.pageSize);
      const bit = 1 << Math.floor(this.#random() * 8);
      this.#worn[at] |= bit;
      if (this.#random() < 0.5) this.#cells[at] &= ~bit;
    }
  }

  /** Whether such bytes can be found in the flash, or a part of them of at least eight; blind to cells between zero and one. */
  holds(bytes: Uint8Array): boolean {
    const cells = Buffer.from(this.#cells.buffer);
    for (let at = 0; at + 8 <= bytes.length; at++)
      if (cells.includes(Buffer.from(bytes.subarray(at, at + 8)))) return true;
    return false;
  }

  /** Whether nothing was written to a page, but for its first `except` bytes, since an erase of it was last completed. */
  unwritten(page: number, except = 0): boolean {
    return !this.#written.subarray(page * this.pageSize + except, (page + 1) * this.pageSize).includes(1);
  }

  /** Turns a bit over, as nothing here does by itself. */
  flip(address: number, bit: number): void {
    this.#cells[address] ^= 1 << bit;
  }

  #program(address: number, bytes: Uint8Array): void {
    this.#operate((cut, random) => {
      for (let i = 0; i < bytes.length; i++) {
        const at = address + i;
        const changing = (this.#cells[at] | this.#between[at]) & ~bytes[i] & ~this.#worn[at];
        const done = changing & this.#bits(random, cut.done);
        const between = changing & ~done & this.#bits(random, cut.between);
        this.#cells[at] &= ~done;
        this.#between[at] = (this.#between[at] & ~done) | between;
      }
    });
    for (let i = 0; i < bytes.length; i++) {
      const cleared = ~bytes[i] & ~this.#worn[address + i];
      this.#cells[address + i] &= ~cleared;
      this.#between[address + i] &= ~cleared;
    }
  }

  #operate(tear: (cut: Cut, random: () => number) => void): void {
    if (!this.#powered) throw new PowerCut("the power is gone");
    const { cut } = this;
    if (this.operations++ !== cut?.operation) return;
    this.#powered = false;
    tear(cut, generator(cut.seed));
    throw new PowerCut(`the power was cut at operation ${cut.operation}`);
  }

  #check(address: number, length: number): void {
    if (!this.#powered) throw new PowerCut("the power is gone");
    if (address < 0 || length < 0 || address + length > this.#cells.length)
      throw new RangeError(`the flash has no ${length} bytes at ${address}`);
  }

  /** A byte of which each bit is set with this probability. */
  #bits(random: () => number, probability: number): number {
    if (probability <= 0) return 0;
    if (probability >= 1) return 0xff;
    if (probability === 0.5) return Math.floor(random() * 256);
    let bits = 0;
    for (let bit = 1; bit < 256; bit <<= 1) if (random() < probability) bits |= bit;
    return bits;
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
