/**
 * Espruino's `require("Storage")`: files in flash, in the interpreter's own layout, so that a dump can be read by either.
 *
 * A file is a header of 32 bytes (size in the lower 24 bits of a little-endian word, flags in the upper 8, then a name of up to 28
 * bytes padded with zeros) and its data, padded to a multiple of four. Files follow each other through the pages. A file is erased
 * by setting the first four bytes of its name to zero; its space comes back only by a compaction, which loses data when the power is
 * cut, and is refused here.
 */
import { isArrayBuffer } from "./array-arguments.ts";
import { bytesOf, latin1, latin1Bytes } from "./byte-arguments.ts";
import type { Flash } from "./flash.ts";

const HEADER = 32;
const NAME = 28;
const ALIGNMENT = 4;
const SIZE_MASK = 0xffffff;
const UNSET = 0xffffffff;

interface File {
  /** Address of the header. */
  header: number;
  /** Address of the data. */
  data: number;
  size: number;
  /** Empty for a file that was erased. */
  name: string;
}

const aligned = (size: number) => (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);

export class Storage {
  readonly #flash: Flash;
  /** What was installed with the bundle, which is not in this flash either: contents by name. */
  readonly #installed: ReadonlyMap<string, string>;
  /** The string that `read` gave last, and where in flash its characters are: strings here have no address of their own. */
  #lastRead: { text: string; address: number } | undefined;

  constructor(flash: Flash, installed: ReadonlyMap<string, string> = new Map()) {
    this.#flash = flash;
    this.#installed = installed;
  }

  reset(): void {
    this.#lastRead = undefined;
  }

  /** What `E.getAddressOf(text, true)` gives: the address of the string that was read last, 0 for a string in RAM. */
  addressOf(text: unknown): number {
    return this.#lastRead !== undefined && text === this.#lastRead.text ? this.#lastRead.address : 0;
  }

  /** Where the bytes of a file lie, if it is in this flash. */
  place(name: string): { address: number; size: number } | undefined {
    const file = this.#find(name);
    return file && { address: file.data, size: file.size };
  }

  /** The file's bytes as characters, or undefined. On the real thing the string is the flash itself and changes with it. */
  read(name: unknown, offset: unknown = 0, length: unknown = 0): string | undefined {
    const file = this.#find(String(name));
    const installed = this.#installed.get(String(name));
    const size = file?.size ?? installed?.length;
    if (size === undefined) return undefined;
    const from = Math.min(Math.max(Number(offset), 0), size);
    const count = Math.min(Number(length) > 0 ? Number(length) : size, size - from);
    if (count <= 0) return "";
    if (file === undefined) return installed!.slice(from, from + count);
    const text = latin1(this.#flash.read(count, file.data + from)!);
    this.#lastRead = { text, address: file.data + from };
    return text;
  }

  /**
   * Creates a file (`offset` 0) of `size` bytes, or of the data's length, that begins with the data; or writes into bytes of an
   * existing file that are still FF.
   * @throws Error with Espruino's words; where the genuine Storage would compact, with words of its own
   */
  write(name: unknown, data: unknown, offset: unknown = 0, size: unknown = 0): boolean {
    const at = Number(offset);
    if (at < 0 || Number(size) < 0) return false;
    const plain = typeof data === "object" && data !== null && !Array.isArray(data) && !ArrayBuffer.isView(data);
    const bytes = plain && !isArrayBuffer(data) ? latin1Bytes(JSON.stringify(data)) : bytesOf(data);
    const wanted = Number(size) || bytes.length;
    if (wanted === 0) throw new Error("Can't create zero length file");
    let file = this.#find(String(name));
    if (at === 0 && file !== undefined) {
      const contents = this.#flash.read(file.size, file.data)!;
      const same = file.size === wanted && bytes.length === wanted && bytes.every((byte, i) => byte === contents[i]);
      if (same) return true;
      if (file.size !== wanted || contents.some((byte) => byte !== 0xff)) {
        this.#erase(file);
        file = undefined;
      }
    }
    if (at === 0 && file === undefined) file = this.#create(String(name), wanted);
    if (file === undefined) throw new Error("Unable to find or create file");
    if (at + bytes.length > file.size) throw new Error("Too much data for file size");
    if (this.#flash.read(bytes.length, file.data + at)?.some((byte) => byte !== 0xff)) {
      throw new Error("File already written with different data");
    }
    this.#program(bytes, file.data + at);
    return true;
  }

  erase(name: unknown): void {
    const file = this.#find(String(name));
    if (file !== undefined) this.#erase(file);
  }

  /** Names of the files, in the order of the flash. */
  list(pattern?: unknown): string[] {
    const names = [...this.#files()].map((file) => file.name).filter((name) => name !== "");
    return pattern instanceof RegExp ? names.filter((name) => name.match(pattern)) : names;
  }

  /** Bytes behind the last file. */
  getFree(): number {
    return this.#flash.end - this.#firstFree();
  }

  /** Every file, the erased ones too. */
  *#files(): Generator<File> {
    for (let at = this.#flash.start; at + HEADER <= this.#flash.end; ) {
      const header = this.#flash.read(HEADER, at)!;
      const word = new DataView(header.buffer).getUint32(0, true);
      const size = word & SIZE_MASK;
      if (word === UNSET || word === 0 || at + HEADER + size > this.#flash.end) return;
      const name = latin1(header.subarray(4));
      const end = name.indexOf("\0");
      yield { header: at, data: at + HEADER, size, name: end < 0 ? name : name.slice(0, end) };
      at = aligned(at + HEADER + size);
    }
  }

  #find(name: string): File | undefined {
    if (name === "") return undefined;
    for (const file of this.#files()) if (file.name === name.slice(0, NAME)) return file;
    return undefined;
  }

  #firstFree(): number {
    let free = this.#flash.start;
    for (const file of this.#files()) free = aligned(file.data + file.size);
    return free;
  }

  #create(name: string, size: number): File | undefined {
    const at = this.#firstFree();
    const required = HEADER + aligned(size);
    if (required > this.#flash.end - at) {
      const trash = [...this.#files()].some((file) => file.name === "");
      if (trash)
        throw new Error(
          "Storage is full of erased files: the genuine Storage would compact here, and lose them at a power cut",
        );
      return undefined;
    }
    const header = new Uint8Array(HEADER);
    new DataView(header.buffer).setUint32(0, size, true);
    header.set(latin1Bytes(name.slice(0, NAME)), 4);
    this.#flash.program(header, at);
    return { header: at, data: at + HEADER, size, name };
  }

  #erase(file: File): void {
    this.#flash.program(new Uint8Array(4), file.header + 4);
  }

  /** Writes whole words: the bytes beside the data are written as they are. */
  #program(bytes: Uint8Array, address: number): void {
    const start = address - (address % ALIGNMENT);
    const end = aligned(address + bytes.length);
    const words = this.#flash.read(end - start, start);
    if (words === undefined) return;
    words.set(bytes, address - start);
    this.#flash.program(words, start);
  }
}
