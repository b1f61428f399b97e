/**
 * The picture: a page buffer in RAM, drawn into by copying glyph rows, and sent page by page where it changed.
 *
 * A *line* is sixteen rows, two pages, the height of a text cell: four lines of 21 characters on 128 x 64.
 */
import type { Display } from "../hal/board.ts";

/** A font of equal cells. A glyph is `pages` runs of `width` columns, the upper page first; bit 0 of a column is its top row. */
export interface Font {
  readonly width: number;
  /** Height in pages of eight rows. */
  readonly pages: number;
  /** Code of the first glyph; the others follow without gaps. */
  readonly first: number;
  readonly glyphs: Uint8Array;
}

export class Canvas {
  private readonly display: Display;
  private readonly buffer: Uint8Array;
  private readonly blank: Uint8Array;
  /** The range of changed pages; nothing changed when `firstChanged` > `lastChanged`. */
  private firstChanged: number;
  private lastChanged = -1;

  constructor(display: Display) {
    this.display = display;
    this.buffer = new Uint8Array((display.width * display.height) >> 3);
    this.blank = new Uint8Array(display.width);
    this.firstChanged = display.height >> 3;
  }

  clear(): void {
    for (let page = 0; page < this.display.height >> 3; page++) this.clearPage(page);
  }

  /**
   * Draws `text`, one code of the font a character, with its left edge at column `x` and its top at `page`. What does not fit on the
   * right is cut off. The pages' other columns stay.
   */
  text(font: Font, page: number, x: number, text: string): void {
    const width = font.width;
    const size = width * font.pages;
    for (let i = 0; i < text.length && x + width <= this.display.width; i++) {
      const glyph = (text.charCodeAt(i) - font.first) * size;
      for (let p = 0; p < font.pages; p++) {
        const from = glyph + p * width;
        this.buffer.set(font.glyphs.subarray(from, from + width), (page + p) * this.display.width + x);
      }
      x += width;
    }
    this.changed(page, page + font.pages - 1);
  }

  /** Draws `text` in the middle of the display's width. */
  centred(font: Font, page: number, text: string): void {
    this.text(font, page, Math.max(0, (this.display.width - text.length * font.width) >> 1), text);
  }

  /** Turns light into dark and back on whole pages: a chosen line of a menu. */
  invert(first: number, last: number): void {
    const end = (last + 1) * this.display.width;
    for (let i = first * this.display.width; i < end; i++) this.buffer[i] ^= 0xff;
    this.changed(first, last);
  }

  /** A bar over the display's width on one page, of which the left `part` of `whole` is filled. */
  bar(page: number, part: number, whole: number): void {
    const width = this.display.width;
    const filled = Math.floor(((width - 2) * part) / whole);
    const row = new Uint8Array(width).fill(0x42);
    row.fill(0x7e, 0, filled + 1);
    row[0] = 0x7e;
    row[width - 1] = 0x7e;
    this.buffer.set(row, page * width);
    this.changed(page, page);
  }

  /** Sends what changed since the last call. */
  flush(): void {
    if (this.firstChanged > this.lastChanged) return;
    this.display.show(this.buffer, this.firstChanged, this.lastChanged);
    this.firstChanged = this.display.height >> 3;
    this.lastChanged = -1;
  }

  private clearPage(page: number): void {
    this.buffer.set(this.blank, page * this.display.width);
    this.changed(page, page);
  }

  private changed(first: number, last: number): void {
    this.firstChanged = Math.min(this.firstChanged, first);
    this.lastChanged = Math.max(this.lastChanged, last);
  }
}
