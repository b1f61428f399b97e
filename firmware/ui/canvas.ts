/**
 * The picture: a page buffer in RAM, drawn into by copying glyphs, and sent from the first changed page to the last.
 *
 * A *line* is sixteen rows, two pages, the height of a text cell: four lines of 21 characters on 128 x 64.
 */
import type { Display } from "../hal/board.ts";

/** Elements of three bytes, little-endian, at any offset of a buffer. */
export interface Uint24Array {
  readonly length: number;
}
declare const Uint24Array: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => Uint24Array;
declare const E: {
  toUint8Array(text: string): Uint8Array;
  /** Looks each element of `from` up in `map` and writes it into `to`. */
  mapInPlace(from: Uint16Array, to: Uint24Array, map: Uint24Array): void;
};

/**
 * A font of equal cells. A glyph is `pages` runs of `width` columns, the upper page first; bit 0 of a column is its top row. Glyphs are
 * copied by the interpreter's own table look-up, three columns at a time: in a loop, each would cost a hundred times as much.
 */
export interface Font {
  /** Columns, 6 or 12. */
  readonly width: number;
  /** Height in pages of eight rows. */
  readonly pages: number;
  /** Code of the first glyph; the others follow without gaps. */
  readonly first: number;
  /** Three columns an element; in the second table, which begins with the glyphs' second page, the same number finds the page below. */
  readonly tables: Uint24Array[];
}

/** Columns of a narrow font; a wide one has twice as many. */
const NARROW = 6;
const SPACE = 0x20;
/** One more in both halves of a word of 32 bits. */
const ONE_EACH = 0x10001;

/** The font of glyphs that lie one after the other. They are read where they are. */
export function fontOf(width: number, pages: number, first: number, glyphs: ArrayBuffer): Font {
  const tables: Uint24Array[] = [];
  for (let page = 0; page < pages; page++) {
    const skipped = page * width;
    tables.push(new Uint24Array(glyphs, skipped, Math.floor((glyphs.byteLength - skipped) / 3)));
  }
  return { width: width, pages: pages, first: first, tables: tables };
}

export class Canvas {
  private readonly display: Display;
  private readonly buffer: Uint8Array;
  /** The same bytes, for what is done to many of them. */
  private readonly words: Uint32Array;
  /** The range of changed pages; nothing changed when `firstChanged` > `lastChanged`. */
  private firstChanged: number;
  private lastChanged = -1;

  constructor(display: Display) {
    this.display = display;
    this.buffer = new Uint8Array((display.width * display.height) >> 3);
    this.words = new Uint32Array(this.buffer.buffer);
    this.firstChanged = display.height >> 3;
  }

  clear(): void {
    this.clearPages(0, (this.display.height >> 3) - 1);
  }

  /** Makes whole pages dark, `first` to `last`. */
  clearPages(first: number, last: number): void {
    const words = this.display.width >> 2;
    // A range of its own: `fill` from here to there walks over the whole array.
    this.words.subarray(first * words, (last + 1) * words).fill(0);
    this.changed(first, last);
  }

  /**
   * Draws `text`, one code of the font a character, with its left edge at column `x` and its top at `page`. What does not fit on the
   * right is cut off. The pages' other columns stay. In a wide font a space is half as wide as a character.
   */
  text(font: Font, page: number, x: number, text: string): void {
    const width = this.display.width;
    const codes = E.toUint8Array(text.substr(0, Math.floor((width - x) / font.width)));
    if (codes.length === 0) return;
    // A glyph's elements have numbers that follow each other, so two are written at a time: six columns.
    const pairs = new Uint32Array(codes.length * 2);
    const wide = font.width > NARROW;
    const scale = (wide ? 4 : 2) * font.pages * ONE_EACH;
    const base = 0x10000 - font.first * scale;
    let at = 0;
    if (wide) {
      for (const code of codes) {
        const pair = code * scale + base;
        pairs[at++] = pair;
        if (code !== SPACE) pairs[at++] = pair + 2 * ONE_EACH;
      }
    } else for (const code of codes) pairs[at++] = code * scale + base;
    const numbers = new Uint16Array(pairs.buffer, 0, 2 * at);
    const buffer = this.buffer.buffer;
    let place = page * width + x;
    for (const table of font.tables) {
      E.mapInPlace(numbers, new Uint24Array(buffer, place, 2 * at), table);
      place += width;
    }
    this.changed(page, page + font.pages - 1);
  }

  /** Draws `text` in the middle of the display's width. */
  centred(font: Font, page: number, text: string): void {
    this.text(font, page, Math.max(0, (this.display.width - text.length * font.width) >> 1), text);
  }

  /** Turns light into dark and back on whole pages: a chosen line of a menu. */
  invert(first: number, last: number): void {
    const words = this.words;
    const end = ((last + 1) * this.display.width) >> 2;
    for (let i = (first * this.display.width) >> 2; i < end; i++) words[i] = ~words[i];
    this.changed(first, last);
  }

  /** A bar over the display's width on one page, of which the left `part` of `whole` is filled. */
  bar(page: number, part: number, whole: number): void {
    const start = page * this.display.width;
    const end = start + this.display.width;
    const filled = start + 1 + Math.floor(((this.display.width - 2) * part) / whole);
    this.words.subarray(start >> 2, filled >> 2).fill(0x7e7e7e7e);
    this.words.subarray(filled >> 2, end >> 2).fill(0x42424242);
    for (let i = filled & ~3; i < filled; i++) this.buffer[i] = 0x7e;
    this.buffer[start] = 0x7e;
    this.buffer[end - 1] = 0x7e;
    this.changed(page, page);
  }

  /** Sends what changed since the last call. */
  flush(): void {
    if (this.firstChanged > this.lastChanged) return;
    this.display.show(this.buffer, this.firstChanged, this.lastChanged);
    this.firstChanged = this.display.height >> 3;
    this.lastChanged = -1;
  }

  private changed(first: number, last: number): void {
    if (first < this.firstChanged) this.firstChanged = first;
    if (last > this.lastChanged) this.lastChanged = last;
  }
}
