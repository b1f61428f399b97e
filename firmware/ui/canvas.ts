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
  /** Columns, a multiple of six. */
  readonly width: number;
  /** Height in pages of eight rows. */
  readonly pages: number;
  /** Code of the first glyph; the others follow without gaps. */
  readonly first: number;
  /** Three columns an element; in the second table, which begins with the glyphs' second page, the same number finds the page below. */
  readonly tables: Uint24Array[];
}

/** The font of glyphs that lie one after the other. */
export function fontOf(width: number, pages: number, first: number, glyphs: Uint8Array): Font {
  const tables: Uint24Array[] = [];
  for (let page = 0; page < pages; page++) {
    const skipped = page * width;
    tables.push(new Uint24Array(glyphs.buffer, glyphs.byteOffset + skipped, Math.floor((glyphs.length - skipped) / 3)));
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
    this.words.fill(0, first * words, (last + 1) * words);
    this.changed(first, last);
  }

  /**
   * Draws `text`, one code of the font a character, with its left edge at column `x` and its top at `page`. What does not fit on the
   * right is cut off. The pages' other columns stay.
   */
  text(font: Font, page: number, x: number, text: string): void {
    const width = this.display.width;
    const count = Math.min(text.length, Math.floor((width - x) / font.width));
    if (count <= 0) return;
    const codes = E.toUint8Array(text.substr(0, count));
    // The numbers of a glyph's elements follow each other, so that two of them are made at a time.
    const pairsEach = font.width / 6;
    const pairs = new Uint32Array(count * pairsEach);
    const scale = 2 * pairsEach * font.pages * 0x10001;
    for (let pair = 0; pair < pairsEach; pair++) {
      const base = 0x10000 + 2 * pair * 0x10001 - font.first * scale;
      let at = pair;
      for (const code of codes) {
        pairs[at] = code * scale + base;
        at += pairsEach;
      }
    }
    const numbers = new Uint16Array(pairs.buffer);
    for (let p = 0; p < font.pages; p++) {
      const place = (page + p) * width + x;
      E.mapInPlace(numbers, new Uint24Array(this.buffer.buffer, place, numbers.length), font.tables[p]);
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
    const filled = Math.floor(((this.display.width - 2) * part) / whole);
    const buffer = this.buffer;
    this.words.fill(0x42424242, start >> 2, end >> 2);
    buffer.fill(0x7e, start, start + filled + 1);
    buffer[end - 1] = 0x7e;
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
