/**
 * The picture: a page buffer in RAM, drawn into by copying glyphs. What is sent are the pages that changed.
 *
 * A *line* is sixteen rows, two pages, the height of a text cell: four lines of 21 characters on 128 x 64.
 */
import type { Display } from "../hal/board.ts";

/** Elements of three bytes, little-endian, at any offset of a buffer. */
export interface Uint24Array {
  readonly length: number;
}
declare const Uint24Array: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => Uint24Array;
type Elements = Uint8Array | Uint16Array | Uint24Array | Uint32Array;
declare const E: {
  toUint8Array(text: string): Uint8Array;
  /** Looks each element of `from` up in `map` and writes it into `to`. */
  mapInPlace(from: Elements, to: Elements, map: Elements): void;
};

/**
 * A font of equal glyphs, made of *cells* of six columns: one a character, or two beside each other in a wide font. A character becomes
 * pixels by the interpreter's own table look-ups, from code to cells, to elements, to columns: in a loop each would cost ten times as
 * much.
 */
export interface Font {
  /** Columns of a character: 6, or 12 of a wide font. */
  readonly width: number;
  /** In a wide font, by code: the character's two cells, the left one in the lower byte. */
  readonly halves: Uint16Array | undefined;
  /** By cell, which is the code in a narrow font: the numbers of its two elements, the left one in the lower half. */
  readonly index: Uint32Array;
  /** For each page of eight rows, from the top: elements of three columns. Bit 0 of a column is the top row. */
  readonly columns: Uint24Array[];
}

/** @param glyphs of `pages` runs of `width` columns each, the upper page first; they are read where they are */
export function fontOf(
  width: number,
  pages: number,
  halves: Uint16Array | undefined,
  index: Uint32Array,
  glyphs: ArrayBuffer,
): Font {
  const columns: Uint24Array[] = [];
  for (let page = 0; page < pages; page++) {
    // An element's number is that of its glyph's first page: on the next page it stands so much further on.
    const skipped = page * width;
    columns.push(new Uint24Array(glyphs, skipped, Math.floor((glyphs.byteLength - skipped) / 3)));
  }
  return { width: width, halves: halves, index: index, columns: columns };
}

export class Canvas {
  private readonly display: Display;
  private readonly buffer: Uint8Array;
  /** The same bytes, for what is done to many of them. */
  private readonly words: Uint32Array;
  /** By bits, page 0 the lowest: those that something stands on, and those that the display has otherwise. */
  private inked = 0;
  private changed: number;

  constructor(display: Display) {
    this.display = display;
    this.buffer = new Uint8Array((display.width * display.height) >> 3);
    this.words = new Uint32Array(this.buffer.buffer);
    // What the display's own memory holds at power on is anything.
    this.changed = (1 << (display.height >> 3)) - 1;
  }

  clear(): void {
    this.words.fill(0);
    this.changed |= this.inked;
    this.inked = 0;
  }

  /** Makes whole pages dark, `first` to `last`. */
  clearPages(first: number, last: number): void {
    const words = this.display.width >> 2;
    // A range of its own: `fill` from here to there walks over the whole array.
    this.words.subarray(first * words, (last + 1) * words).fill(0);
    const pages = this.inked & ((2 << last) - (1 << first));
    this.changed |= pages;
    this.inked ^= pages;
  }

  /**
   * Draws `text`, one code of the font a character, with its left edge at column `x` and its top at `page`. What does not fit on the
   * right is cut off. The pages' other columns stay.
   */
  text(font: Font, page: number, x: number, text: string): void {
    const width = this.display.width;
    let cells = E.toUint8Array(text.substr(0, Math.floor((width - x) / font.width)));
    if (cells.length === 0) return;
    if (font.halves !== undefined) {
      const both = new Uint16Array(cells.length);
      E.mapInPlace(cells, both, font.halves);
      cells = new Uint8Array(both.buffer);
    }
    const pairs = new Uint32Array(cells.length);
    E.mapInPlace(cells, pairs, font.index);
    const elements = new Uint16Array(pairs.buffer);
    const buffer = this.buffer.buffer;
    let place = page * width + x;
    for (const columns of font.columns) {
      E.mapInPlace(elements, new Uint24Array(buffer, place, elements.length), columns);
      place += width;
    }
    this.ink(page, page + font.columns.length - 1);
  }

  /** Draws `text` in the middle of the display's width. */
  centred(font: Font, page: number, text: string): void {
    const room = this.display.width - text.length * font.width;
    if (room >= 0) this.text(font, page, room >> 1, text);
    else this.squeezed(font, page, 0, text);
  }

  /** Draws `text` to the right edge from column `x` on at most, its spaces as narrow as that makes them. */
  squeezed(font: Font, page: number, x: number, text: string): void {
    const groups = text.split(" ");
    const gaps = groups.length - 1;
    const room = this.display.width - x - (text.length - gaps) * font.width;
    const gap = gaps > 0 ? Math.max(0, Math.min(font.width, Math.floor(room / gaps))) : 0;
    x += Math.max(0, room - gap * gaps);
    for (let i = 0; i <= gaps; i++) {
      this.text(font, page, x, groups[i]);
      x += groups[i].length * font.width + gap;
    }
  }

  /** Turns light into dark and back on whole pages: a chosen line of a menu. */
  invert(first: number, last: number): void {
    const words = this.words;
    const end = ((last + 1) * this.display.width) >> 2;
    for (let i = (first * this.display.width) >> 2; i < end; i++) words[i] = ~words[i];
    this.ink(first, last);
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
    this.ink(page, page);
  }

  /** A line along the upper edge, on `part` of `whole` of its length: over all text, which begins two rows below. */
  edge(part: number, whole: number): void {
    const width = this.display.width >> 2;
    const lit = Math.floor((width * part) / whole);
    for (let i = 0; i < width; i++) this.words[i] = (this.words[i] & ~0x03030303) | (i < lit ? 0x03030303 : 0);
    this.ink(0, 0);
  }

  /** Sends the pages that changed since the last call, those beside each other at once. */
  flush(): void {
    let page = 0;
    for (let left = this.changed; left !== 0; left >>= 1) {
      const first = page;
      for (; (left & 1) !== 0; left >>= 1) page++;
      if (page > first) this.display.show(this.buffer, first, page - 1);
      page++;
    }
    this.changed = 0;
  }

  private ink(first: number, last: number): void {
    const pages = (2 << last) - (1 << first);
    this.inked |= pages;
    this.changed |= pages;
  }
}
