/**
 * The journal: what the token remembers, in NOR flash, whole at any power cut.
 *
 * Definitions. The flash is two *banks* of equally many pages. A bank is a *header* of 16 bytes followed by *records*. A record is a
 * list of *entries* (identifier, value); the state of a bank is what its entries say when read in order, the later one winning. An
 * empty value removes an entry.
 *
 *     header = "OCJ1" | generation (4) | scrub: 00 yes, FF no (1) | FF FF FF | CRC-32 of the 12 bytes before
 *     record = payload length (2) | 5A | FF | payload | FF up to a multiple of 4 | CRC-32 of all before
 *     payload = n x (identifier (1) | length (1) | value)
 *
 * Numbers are big-endian. The current bank is the one with a valid header of the highest generation.
 *
 * Operations. `commit` appends one record. When it does not fit, or when the bank's tail is not blank (a cut tore the last append),
 * the state with the changes is written to the other bank: erase, records, header last. `rewrite` does that always and then erases the
 * bank left behind, for values that must not stay readable; its header says so, and `mount` finishes an erasure that a cut interrupted.
 *
 * Atomic means: after a cut at any flash operation, torn in any way that only clears bits, `mount` finds the state before or the state
 * after. An append is decided by its record's CRC, a change of banks by the header's; until the new header is whole, the old bank is
 * untouched.
 *
 * Preconditions: erasing sets a page to FF; a write changes ones to zeros and nothing else; nobody else writes these pages.
 */
import type { Wire } from "../../protocol/primitives.ts";
import type { Flash } from "../hal/board.ts";

/** Thrown when the flash does not hold what was written, or when the state outgrows a bank. */
export class JournalError extends Error {}

/** One change: `value` of 0 to 255 bytes becomes the entry `id`; an empty value removes it. */
export interface Entry {
  readonly id: number;
  readonly value: Uint8Array;
}

const HEADER_LENGTH = 16;
const RECORD_MARK = 0x5a;
/** Bytes of a blank check at once: large enough to be native work, small enough for a board's memory. */
const BLANK_CHUNK = 512;

export class Journal {
  private readonly flash: Flash;
  private readonly wire: Wire;
  private readonly bankLength: number;
  /** First byte of the current bank, or -1 before `mount` or `format` found one. */
  private bank = -1;
  private generation = 0;
  /** Where the next record goes, relative to the bank. */
  private tail = 0;
  /** False when bytes after the last record are not blank: nothing may be appended there. */
  private tailBlank = true;
  /** Where each entry's value stands: `[address, length]` by identifier. Values stay in flash: RAM holds no key longer than it works. */
  private places: { [id: number]: number[] } = {};

  constructor(flash: Flash, wire: Wire) {
    this.flash = flash;
    this.wire = wire;
    this.bankLength = (flash.pages >> 1) * flash.pageSize;
  }

  /** Finds the current bank and reads its records. False when the flash holds no journal: then only `format` may follow. */
  mount(): boolean {
    this.bank = -1;
    this.generation = 0;
    for (let at = 0; at <= this.bankLength; at += this.bankLength) {
      const generation = this.readHeader(at);
      if (generation > this.generation) {
        this.bank = at;
        this.generation = generation;
      }
    }
    if (this.bank < 0) return false;
    const left = this.bankLength - this.bank;
    if (this.flash.read(this.bank + 8, 1)[0] === 0 && !this.isBlank(left, this.bankLength)) this.eraseBank(left);
    this.readRecords();
    return true;
  }

  /** Starts a journal with these entries on flash where `mount` found none. */
  format(entries: Entry[]): void {
    this.places = {};
    this.bank = this.bankLength;
    this.generation = 0;
    this.changeBank(entries, true);
    this.eraseBank(this.bankLength);
  }

  /** A copy of the entry's value, or undefined when there is none. The caller overwrites it when it is secret. */
  get(id: number): Uint8Array | undefined {
    const place = this.places[id];
    return place === undefined ? undefined : this.flash.read(place[0], place[1]);
  }

  /** Makes the changes, all or none; they are durable and read back when this returns. */
  commit(changes: Entry[]): void {
    const record = this.encodeRecord(changes);
    if (!this.tailBlank || this.tail + record.length > this.bankLength) {
      record.fill(0);
      this.changeBank(changes, false);
      return;
    }
    const at = this.bank + this.tail;
    if (!this.write(at, record)) {
      // A worn cell, or a driver that lost bytes: the fresh bank decides whether this flash is still usable.
      this.tailBlank = false;
      this.changeBank(changes, false);
      return;
    }
    this.note(at + 4, changes);
    this.tail += record.length;
  }

  /** As `commit`, and no superseded value can be read from the flash afterwards. */
  rewrite(changes: Entry[]): void {
    const left = this.bank;
    this.changeBank(changes, true);
    this.eraseBank(left);
  }

  /** Writes a record, reads it back, and overwrites both copies: records hold keys. False when the flash does not hold it. */
  private write(at: number, record: Uint8Array): boolean {
    const length = record.length;
    const crc = this.wire.crc32(record);
    try {
      this.flash.write(at, record);
    } finally {
      record.fill(0);
    }
    const back = this.flash.read(at, length);
    const same = this.wire.crc32(back) === crc;
    back.fill(0);
    return same;
  }

  private readHeader(at: number): number {
    const header = this.flash.read(at, HEADER_LENGTH);
    const view = new DataView(header.buffer, header.byteOffset);
    if (view.getUint32(0) !== 0x4f434a31) return 0;
    if (view.getUint32(12) !== this.wire.crc32(header.subarray(0, 12))) return 0;
    return view.getUint32(4);
  }

  private readRecords(): void {
    this.places = {};
    let at = HEADER_LENGTH;
    while (at + 8 <= this.bankLength) {
      const start = this.flash.read(this.bank + at, 4);
      const length = (start[0] << 8) | start[1];
      const padded = (length + 3) & ~3;
      if (start[2] !== RECORD_MARK || at + 8 + padded > this.bankLength) break;
      const record = this.flash.read(this.bank + at, 8 + padded);
      const view = new DataView(record.buffer, record.byteOffset);
      const whole = view.getUint32(4 + padded) === this.wire.crc32(record.subarray(0, 4 + padded));
      for (let i = 4; whole && i < 4 + length; i += 2 + record[i + 1]) {
        this.place(record[i], this.bank + at + i + 2, record[i + 1]);
      }
      record.fill(0);
      if (!whole) break;
      at += 8 + padded;
    }
    this.tail = at;
    this.tailBlank = this.isBlank(this.bank + at, this.bankLength - at);
  }

  private isBlank(at: number, length: number): boolean {
    const blank = new Uint8Array(BLANK_CHUNK).fill(0xff);
    let chunk = BLANK_CHUNK;
    let crc = this.wire.crc32(blank);
    for (; length > 0; length -= chunk) {
      if (length < chunk) {
        chunk = length;
        crc = this.wire.crc32(blank.subarray(0, chunk));
      }
      const cells = this.flash.read(at, chunk);
      if (this.wire.crc32(cells) !== crc) {
        // Only what is not blank may be a secret.
        cells.fill(0);
        return false;
      }
      at += chunk;
    }
    return true;
  }

  private encodeRecord(entries: Entry[]): Uint8Array {
    let length = 0;
    for (let i = 0; i < entries.length; i++) {
      if (entries[i].value.length > 255) throw new JournalError("an entry of the journal holds at most 255 bytes");
      length += 2 + entries[i].value.length;
    }
    const padded = (length + 3) & ~3;
    const record = new Uint8Array(8 + padded).fill(0xff);
    const view = new DataView(record.buffer, record.byteOffset);
    view.setUint16(0, length);
    record[2] = RECORD_MARK;
    let at = 4;
    for (let i = 0; i < entries.length; i++) {
      record[at] = entries[i].id;
      record[at + 1] = entries[i].value.length;
      record.set(entries[i].value, at + 2);
      at += 2 + entries[i].value.length;
    }
    view.setUint32(4 + padded, this.wire.crc32(record.subarray(0, 4 + padded)));
    return record;
  }

  private place(id: number, address: number, length: number): void {
    if (length === 0) delete this.places[id];
    else this.places[id] = [address, length];
  }

  private note(at: number, entries: Entry[]): void {
    for (let i = 0; i < entries.length; i++) {
      this.place(entries[i].id, at + 2, entries[i].value.length);
      at += 2 + entries[i].value.length;
    }
  }

  private eraseBank(bank: number): void {
    for (let at = 0; at < this.bankLength; at += this.flash.pageSize) this.flash.erase(bank + at);
  }

  /** Writes the whole state with the changes to the other bank and makes it the current one. */
  private changeBank(changes: Entry[], scrub: boolean): void {
    const target = this.bankLength - this.bank;
    const records: Uint8Array[] = [];
    let total = HEADER_LENGTH;
    const changed: { [id: number]: boolean } = {};
    for (let i = 0; i < changes.length; i++) changed[changes[i].id] = true;
    const kept = Object.keys(this.places);
    for (let i = 0; i < kept.length; i++) {
      const id = parseInt(kept[i], 10);
      const value = changed[id] ? undefined : this.get(id);
      if (value !== undefined) {
        records.push(this.encodeRecord([{ id: id, value: value }]));
        value.fill(0);
      }
    }
    records.push(this.encodeRecord(changes));
    for (let i = 0; i < records.length; i++) total += records[i].length;
    if (total > this.bankLength) throw new JournalError("the token's memory is full");

    this.eraseBank(target);
    let at = target + HEADER_LENGTH;
    for (let i = 0; i < records.length; i++) {
      if (!this.write(at, records[i])) throw new JournalError("the flash does not hold what was written");
      at += records[i].length;
    }
    const header = new Uint8Array(HEADER_LENGTH).fill(0xff);
    const view = new DataView(header.buffer, header.byteOffset);
    view.setUint32(0, 0x4f434a31);
    view.setUint32(4, this.generation + 1);
    if (scrub) header[8] = 0;
    view.setUint32(12, this.wire.crc32(header.subarray(0, 12)));
    this.flash.write(target, header);
    if (this.readHeader(target) !== this.generation + 1) {
      throw new JournalError("the flash does not hold what was written");
    }
    this.bank = target;
    this.generation++;
    this.readRecords();
  }
}
