/**
 * The journal: what the token remembers, in NOR flash, whole at any power cut.
 *
 * DEFINITIONS. The flash is two *banks* of equally many pages. A bank is a *header* of 16 bytes followed by *records*. A record is a list
 * of *entries* (identifier, value); the *state* of a bank is what its entries say when read in order, the later one winning. An empty
 * value removes an entry.
 *
 *     header  = scrubbed (4) | "OCJ2" | generation (4) | sum (4)
 *     record  = begun (4): 00 00 00 00 | payload length (2) | payload | 00 up to a multiple of 4 | sum (4)
 *     payload = n x (identifier (1), below 40 | length (1) | value)
 *
 * Numbers are big-endian. A *sum* is the four bytes that make 0 of the CRC-32 of its record, or of its header without `scrubbed`. So the
 * CRC-32 of any run of whole records is 0 too, and one native call judges a bank. The *current* bank is the one with a whole header of
 * the highest generation; but for a change of banks and until the next `mount` there is no other whole header.
 *
 * OPERATIONS. `commit` appends one record: `begun` is programmed first and alone, then the whole. When the bank is full, or an append was
 * begun there and not completed, the state with the changes goes to the other bank as one record: erase, record, header; then the magic
 * of the old header is zeroed. `rewrite` does that always and then erases the bank left behind, for values that must not stay readable;
 * `scrubbed` is zeroed when that is done, or at once where nothing is to be erased. To remove an entry takes an append of 12 bytes; its
 * value is gone from the flash after the next `rewrite`.
 *
 * `mount` makes what it found final. It programs the current header and the last record again, zeroes an append that was begun and not
 * completed, and zeroes the other bank's magic, or erases that bank where `scrubbed` is not zero.
 *
 * ATOMIC means: after a cut at any flash operation, `mount` finds the state before or the state after, further cuts in `mount` itself
 * change nothing about that, and once it has returned, that state stays until the next change. (Before `format` that is no journal, and
 * only having found one is final.) A cut operation may have done any part of its work. It may also leave cells *between* zero and one,
 * which read now so, now otherwise: those that a write should have cleared, and any of a page that was being erased (chips program a page
 * to zeros before they erase it). Why it holds:
 *
 * - A change is decided by one sum, a record's or a header's, and touches nothing that was complete before it.
 * - Cells between zero and one are only where an operation was cut. A bank is erased before it is written. Nothing is appended where an
 *   append was begun, and `begun` tells of one even when all behind it reads as blank; of a `begun` that was itself cut only zeros are
 *   wanted, so the next one completes it. What is current is programmed again before anything relies on it, and what is not can no
 *   longer become so.
 * - A sum is right by accident once in 2^32 cuts.
 *
 * One case is left out: a cut that leaves cells between zero and one where a sum would decide, and, before `mount` has returned, a second
 * cut that does the same to the very word which `mount` zeroes there. No write can make such a one whole again, only an erase.
 *
 * After `rewrite`, or after the `mount` that follows a cut in it and finds its changes, no superseded value can be read.
 *
 * PRECONDITIONS. A complete erase sets each bit of a page, a complete write clears bits and sets none, whatever a cell was before, and
 * both for good. What is clear may be cleared again: NOR flash without an error correction of its own. Bytes that are not written stay as
 * they are, at a cut too. Nobody else writes these pages. Cells keep what they hold; where a bit of the current bank changes by itself
 * all the same, `mount` says that there is no journal rather than go back to an older state, except for a bit of the last record, which
 * is then as good as torn.
 *
 * WORN CELLS. All that is written is read back. An append that does not read back moves the state to the other bank; if that does not
 * hold it either, a JournalError is thrown, what was durable stays so and can be read, and `mount` finds the state before or after. Cells
 * that wear out in the same bytes and at the same time as a cut are not provided for.
 *
 * CAPACITY. A state fits when its payload, n x (2 + length of the value), has at most 4,070 bytes in a bank of 4,096. Eight credentials
 * of the largest size and all else take 1,380.
 *
 * LIFETIME. A code takes three records, 52 bytes: a PIN try counted (16), taken back (16), the mark of the clock (20); a counter of
 * events would be 20 more. A bank gets 64 commits, of which the first brings its state, so 21 codes go between two changes of banks: at
 * 20 codes a day for five years 1,710 changes, 855 erasures of each page, and chips bear 100,000. What ends a bank is not its room but
 * `mount`, which a customer waits for: 35 ms on the reference token, and 2 ms for each record. journal-lifetime.test.ts counts all but
 * the milliseconds on the code as it is.
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

/** "OCJ2" */
const MAGIC = 0x4f434a32;
const HEADER_LENGTH = 16;
/** Of the record that removes an entry. */
const SHORTEST_RECORD = 12;
/** Records of a bank, its first included, which is the state. */
const MOST_RECORDS = 64;
/** The four bytes, lowest first, whose CRC-32 is 0. */
const SUM_OF_NOTHING = 0x6dd90a9d;
const ZERO: Uint8Array = new Uint8Array(4);
/** Identifiers are below. */
const IDENTIFIERS = 40;

export class Journal {
  private readonly flash: Flash;
  private readonly wire: Wire;
  private readonly bankLength: number;
  /** First byte of the current bank, or -1 before `mount` or `format` found one. */
  private bank = -1;
  private generation = 0;
  /** Where the next record goes, relative to the bank. */
  private tail = 0;
  /** Records in the bank. */
  private records = 0;
  /** True when an append was begun behind the last record and not completed: nothing may be appended there. */
  private begun = false;
  /** Where the value of each identifier stands: address << 8 | length, or 0. Values stay in flash: RAM holds no key longer than it works. */
  private places = new Uint32Array(IDENTIFIERS);

  constructor(flash: Flash, wire: Wire) {
    this.flash = flash;
    this.wire = wire;
    this.bankLength = (flash.pages >> 1) * flash.pageSize;
  }

  /**
   * Finds the current bank, reads its records and makes them final. False when the flash holds no journal, or one that changed by itself:
   * then only `format` may follow.
   */
  mount(): boolean {
    this.bank = -1;
    this.generation = 0;
    this.places.fill(0);
    let header = ZERO;
    for (let at = 0; at <= this.bankLength; at += this.bankLength) {
      const found = this.flash.read(at, HEADER_LENGTH);
      const view = new DataView(found.buffer, found.byteOffset);
      const generation = view.getUint32(8);
      if (view.getUint32(4) === MAGIC && generation > this.generation && this.wire.crc32(found.subarray(4)) === 0) {
        header = found;
        this.bank = at;
        this.generation = generation;
      }
    }
    if (this.bank < 0) return false;
    const left = this.bankLength - this.bank;
    const bytes = this.flash.read(this.bank, this.bankLength);
    // As it was judged, in case that it reads otherwise the second time.
    bytes.set(header);
    const last = this.readRecords(bytes, false);
    if (last < 0) this.bank = -1;
    else {
      // First of all: what follows takes the other bank's header away.
      this.flash.write(this.bank, header);
      if (this.begun) this.flash.write(this.bank + this.tail, new Uint8Array(8));
      else if (last > 0) this.flash.write(this.bank + last, bytes.subarray(last, this.tail));
      if ((header[0] | header[1] | header[2] | header[3]) === 0) this.flash.write(left + 4, ZERO);
      else this.scrub(left);
    }
    wipe(bytes);
    return last >= 0;
  }

  /** Starts a journal with these entries on flash where `mount` found none. */
  format(entries: Entry[]): void {
    this.places.fill(0);
    this.bank = this.bankLength;
    this.generation = 0;
    this.erase(this.bankLength);
    this.changeBank(entries, false);
  }

  /** A copy of the entry's value, or undefined when there is none. The caller overwrites it when it is secret. */
  get(id: number): Uint8Array | undefined {
    const place = this.places[id];
    return place > 0 ? this.flash.read(place >> 8, place & 255) : undefined;
  }

  /**
   * Makes the changes, all or none; they are durable and read back when this returns.
   * @throws JournalError when they do not fit, and nothing was done, or when the flash does not hold them
   */
  commit(changes: Entry[]): void {
    const record = this.encodeRecord(changes);
    const length = record.length;
    if (this.begun || this.records >= MOST_RECORDS || this.tail + length > this.bankLength) wipe(record);
    else {
      const at = this.bank + this.tail;
      // Until it is whole: whatever stops this, a fault of the driver too, nothing is appended behind it.
      this.begun = true;
      this.flash.write(at, ZERO);
      if (this.write(at, record)) {
        this.note(at + 6, changes);
        this.tail += length;
        this.records++;
        this.begun = false;
        return;
      }
      // A worn cell: the other bank decides whether this flash is still usable.
    }
    this.changeBank(changes, false);
  }

  /** As `commit`, and no superseded value can be read from the flash afterwards. */
  rewrite(changes: Entry[]): void {
    const left = this.bank;
    this.changeBank(changes, true);
    this.scrub(left);
  }

  /**
   * Reads the records of the current bank.
   *
   * @param careful judges each record for itself, which takes longer than all at once
   * @returns where the last one begins, 0 where there is none, -1 where one is broken that others follow
   */
  private readRecords(bytes: Uint8Array, careful: boolean): number {
    const places = new Uint32Array(IDENTIFIERS);
    let records = 0;
    let last = 0;
    let tail = 0;
    let at = HEADER_LENGTH;
    while (at + SHORTEST_RECORD <= this.bankLength) {
      const length = (bytes[at + 4] << 8) | bytes[at + 5];
      const next = at + ((length + 13) & ~3);
      let whole = bytes[at] === 0 && length > 0 && next <= this.bankLength;
      if (whole && careful) whole = this.wire.crc32(bytes.subarray(at, next)) === 0;
      if (whole) {
        if (tail > 0) return -1;
        const end = at + 6 + length;
        for (let i = at + 8; i <= end; ) {
          const size = bytes[i - 1];
          places[bytes[i - 2]] = size === 0 ? 0 : ((this.bank + i) << 8) | size;
          i += size + 2;
        }
        records++;
        last = at;
        at = next;
      } else {
        if (!careful) break;
        if (tail === 0) tail = at;
        at += 4;
      }
    }
    if (tail === 0) tail = at;
    const fits = tail + SHORTEST_RECORD <= this.bankLength;
    const begun = fits && (bytes[tail] & bytes[tail + 1] & bytes[tail + 2] & bytes[tail + 3]) !== 255;
    if (!careful && (begun || this.wire.crc32(bytes.subarray(4, tail)) !== 0)) return this.readRecords(bytes, true);
    this.places = places;
    this.records = records;
    this.tail = tail;
    this.begun = begun;
    return last;
  }

  /** Notes where values stand that were written at `at`. */
  private note(at: number, entries: Entry[]): void {
    for (const entry of entries) {
      const length = entry.value.length;
      this.places[entry.id] = length === 0 ? 0 : ((at + 2) << 8) | length;
      at += 2 + length;
    }
  }

  private encodeRecord(entries: Entry[]): Uint8Array {
    let length = 0;
    for (const entry of entries) {
      if (entry.value.length > 255) throw new JournalError("an entry of the journal holds at most 255 bytes");
      if (entry.id >= IDENTIFIERS) throw new JournalError("an identifier of the journal is below 40");
      length += 2 + entry.value.length;
    }
    const record = new Uint8Array((length + 13) & ~3);
    record[4] = length >> 8;
    record[5] = length;
    let at = 6;
    for (const entry of entries) {
      record[at] = entry.id;
      record[at + 1] = entry.value.length;
      record.set(entry.value, at + 2);
      at += 2 + entry.value.length;
    }
    at = record.length - 4;
    // Processors that are meant here have the lowest byte first.
    new Uint32Array(record.buffer)[at >> 2] = this.wire.crc32(record.subarray(0, at)) ^ SUM_OF_NOTHING;
    return record;
  }

  /** Writes a record, reads it back, and overwrites both copies: records hold keys. False when the flash does not hold it. */
  private write(at: number, record: Uint8Array): boolean {
    try {
      this.flash.write(at, record);
    } finally {
      wipe(record);
    }
    const back = this.flash.read(at, record.length);
    const whole = this.wire.crc32(back) === 0;
    wipe(back);
    return whole;
  }

  private erase(bank: number): void {
    for (let at = 0; at < this.bankLength; at += this.flash.pageSize) this.flash.erase(bank + at);
  }

  /** Erases the bank left behind and says so in the current one. */
  private scrub(left: number): void {
    this.erase(left);
    this.flash.write(this.bank, ZERO);
  }

  /** Writes the whole state with the changes to the other bank and makes it the current one. */
  private changeBank(changes: Entry[], scrub: boolean): void {
    if (this.bank < 0) throw new JournalError("there is no journal");
    const left = this.bank;
    const target = this.bankLength - left;
    const entries: Entry[] = [];
    const replaced = new Uint8Array(IDENTIFIERS);
    for (const change of changes) replaced[change.id] = 1;
    for (let id = 0; id < IDENTIFIERS; id++) {
      const value = replaced[id] === 0 ? this.get(id) : undefined;
      if (value !== undefined) entries.push({ id: id, value: value });
    }
    const kept = entries.length;
    for (const change of changes) entries.push(change);
    const record = this.encodeRecord(entries);
    for (let i = 0; i < kept; i++) entries[i].value.fill(0);
    const length = record.length;
    if (HEADER_LENGTH + length > this.bankLength) {
      wipe(record);
      throw new JournalError("the token's memory is full");
    }

    // Until the other bank is whole, whose header may by then read as it likes, nothing may be added to this one.
    this.begun = true;
    this.erase(target);
    const at = target + HEADER_LENGTH;
    let whole = entries.length === 0 || this.write(at, record);
    if (whole) {
      const header = new Uint8Array(HEADER_LENGTH);
      const view = new DataView(header.buffer);
      if (scrub) header.fill(0xff, 0, 4);
      view.setUint32(4, MAGIC);
      view.setUint32(8, this.generation + 1);
      view.setUint32(12, (this.wire.crc32(header.subarray(4, 12)) ^ SUM_OF_NOTHING) >>> 0, true);
      this.flash.write(target, header);
      const back = this.flash.read(target, HEADER_LENGTH);
      whole = this.wire.crc32(back) === this.wire.crc32(header);
    }
    if (!whole) throw new JournalError("the flash does not hold what was written");
    this.bank = target;
    this.generation++;
    this.places.fill(0);
    this.note(at + 6, entries);
    this.records = entries.length === 0 ? 0 : 1;
    this.tail = entries.length === 0 ? HEADER_LENGTH : HEADER_LENGTH + length;
    this.begun = false;
    this.flash.write(left + 4, ZERO);
  }
}

/** Overwrites an array of whole words. Four bytes at a time is faster on the interpreter, where there are many. */
function wipe(bytes: Uint8Array): void {
  if (bytes.length < 64) bytes.fill(0);
  else new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2).fill(0);
}
