/**
 * Reads the display back as text: pixels against the glyphs of the bundle's own fonts. What no glyph explains reads as `?`, so a test
 * sees that something is there that should not be.
 */
import type { FontDescription, Manifest } from "./machine/manifest.ts";

/** A line of text is two pages high. */
const LINE_PAGES = 2;
/** A column without light costs little, one that no glyph explains a lot: the reading that costs least wins. */
const BLANK_COST = 1;
const UNKNOWN_COST = 1000;
const UNKNOWN = "?";

/** Columns of a progress bar: its two edges, and what is filled. */
const BAR_EMPTY = 0x42;
const BAR_FILLED = 0x7e;
const BAR_CHARACTERS = 21;

/** Rows of the line on the upper edge. */
const EDGE = 0x03;
/** A tenth of the width, in whole words of four columns: no glyph is so wide. */
const SHORTEST_EDGE = 12;

interface Font {
  width: number;
  pages: number;
  /** Characters by their columns, each column a string of one character a page. */
  glyphs: Map<string, string>;
}

interface Reading {
  text: string;
  /** How much of it no glyph explains. */
  unknown: number;
}

/** What stands in a line of the display. */
export interface ScreenLine {
  text: string;
  /** Dark on light: the chosen line of a menu. */
  inverted: boolean;
}

export class ScreenReader {
  readonly #width: number;
  readonly #pages: number;
  readonly #fonts: Font[];

  constructor(manifest: Manifest) {
    this.#width = manifest.display.width;
    this.#pages = manifest.display.height / 8;
    this.#fonts = manifest.fonts.map((font) => glyphsOf(font, manifest.codePage));
  }

  /**
   * The lines of the display, one for each two pages. What begins on an odd page counts to the line that this page belongs to. Big
   * digits are text, and a progress bar is a row of full and light blocks. The line on the upper edge that tells how soon the token goes
   * dark is no text.
   * @param frame byte `page * width + x` is column `x` of eight rows, bit 0 on top
   */
  lines(frame: Uint8Array): ScreenLine[] {
    frame = this.#withoutEdge(frame);
    const lines: ScreenLine[] = Array.from({ length: this.#pages / LINE_PAGES }, () => ({ text: "", inverted: false }));
    for (let page = 0; page < this.#pages; ) {
      const found = this.#at(frame, page);
      if (found === undefined) {
        page++;
        continue;
      }
      const line = lines[Math.floor(page / LINE_PAGES)];
      line.text = line.text === "" ? found.text : `${line.text} ${found.text}`;
      line.inverted ||= found.inverted;
      page += found.pages;
    }
    return lines;
  }

  /** What begins at a page; undefined for a dark page that nothing begins on. */
  #at(frame: Uint8Array, page: number): (ScreenLine & { pages: number }) | undefined {
    const dark = this.#dark(frame, page);
    // Text that begins one page further down must not be taken for text whose upper half is dark.
    if (
      dark &&
      !this.#dark(frame, page + 1) &&
      !this.#dark(frame, page + 2) &&
      this.#best(frame, page + 1)?.unknown === 0
    )
      return undefined;
    const bar = dark ? undefined : this.#bar(frame, page);
    if (bar !== undefined) return { text: bar, inverted: false, pages: 1 };
    const best = this.#best(frame, page);
    if (dark && (best === undefined || best.unknown > 0)) return undefined;
    return best ?? { text: UNKNOWN, inverted: false, pages: 1 };
  }

  /** The reading with the least that is unknown, of all fonts, upright and inverted; undefined for none. */
  #best(frame: Uint8Array, page: number): (ScreenLine & Reading & { pages: number }) | undefined {
    let best: (ScreenLine & Reading & { pages: number }) | undefined;
    for (const font of this.#fonts) {
      if (page + font.pages > this.#pages) continue;
      for (const inverted of [false, true]) {
        const columns = this.#columns(frame, page, font.pages, inverted);
        const reading = read(columns, font);
        if (reading.text === "" || (best !== undefined && best.unknown <= reading.unknown)) continue;
        // The place of big digits is no matter of spaces.
        const text = font.pages > LINE_PAGES ? reading.text.trim() : reading.text;
        best = { text, inverted, unknown: reading.unknown, pages: font.pages };
      }
    }
    return best;
  }

  /** A run from the left of the two uppermost rows, which no text reaches. */
  #withoutEdge(frame: Uint8Array): Uint8Array {
    const top = frame.subarray(0, this.#width);
    const dark = top.findIndex((byte) => (byte & EDGE) !== EDGE);
    const length = dark < 0 ? this.#width : dark;
    if (length < SHORTEST_EDGE || top.subarray(length).some((byte) => (byte & EDGE) !== 0)) return frame;
    // Where the row below is light too, but for a few dots, this is the surroundings of an inverted text.
    if (top.subarray(0, length).filter((byte) => (byte & (EDGE + 1)) === EDGE + 1).length > 0.9 * length) return frame;
    return frame.map((byte, i) => (i < length ? byte & ~EDGE : byte));
  }

  #dark(frame: Uint8Array, page: number): boolean {
    return frame.subarray(page * this.#width, (page + 1) * this.#width).every((byte) => byte === 0);
  }

  /** The columns one after the other, each as many characters as it has pages. */
  #columns(frame: Uint8Array, page: number, pages: number, inverted: boolean): string {
    const turn = inverted ? 0xff : 0;
    const bytes: number[] = [];
    for (let x = 0; x < this.#width; x++)
      for (let p = page; p < page + pages; p++) bytes.push(frame[p * this.#width + x] ^ turn);
    return String.fromCharCode(...bytes);
  }

  #bar(frame: Uint8Array, page: number): string | undefined {
    const bytes = frame.subarray(page * this.#width, (page + 1) * this.#width);
    if (bytes[0] !== BAR_FILLED || bytes.at(-1) !== BAR_FILLED) return undefined;
    if (!bytes.every((byte) => byte === BAR_EMPTY || byte === BAR_FILLED)) return undefined;
    const filled = bytes.filter((byte) => byte === BAR_FILLED).length - 2;
    const full = Math.round((filled * BAR_CHARACTERS) / (this.#width - 2));
    return "█".repeat(full) + "░".repeat(BAR_CHARACTERS - full);
  }
}

function glyphsOf(font: FontDescription, codePage: string[]): Font {
  const bytes = Uint8Array.from(atob(font.glyphs), (character) => character.charCodeAt(0));
  const pages = font.height / 8;
  const size = font.width * pages;
  const glyphs = new Map<string, string>();
  const codes = Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => font.first + i);
  // ASCII first: of two characters with one shape, the plain one is meant.
  codes.sort((one, other) => Number(one < 0x20 || one > 0x7e) - Number(other < 0x20 || other > 0x7e) || one - other);
  for (const code of codes) {
    const glyph = bytes.subarray((code - font.first) * size, (code - font.first + 1) * size);
    const character = codePage[code] ?? "";
    if (character === "" || glyph.every((byte) => byte === 0)) continue;
    let columns = "";
    for (let x = 0; x < font.width; x++)
      for (let page = 0; page < pages; page++) columns += String.fromCharCode(glyph[page * font.width + x]);
    if (!glyphs.has(columns)) glyphs.set(columns, character);
  }
  return { width: font.width, pages, glyphs };
}

/** The cheapest way to explain the columns, glyphs standing anywhere. */
function read(columns: string, font: Font): Reading {
  const width = columns.length / font.pages;
  const slice = (from: number, to: number) => columns.slice(from * font.pages, to * font.pages);
  const blank = "\0".repeat(font.pages);
  const dark = Array.from({ length: width }, (_, x) => slice(x, x + 1) === blank);
  const cost = new Array<number>(width + 1).fill(0);
  const glyph = new Array<string | undefined>(width);
  for (let x = width - 1; x >= 0; x--) {
    cost[x] = cost[x + 1] + (dark[x] ? BLANK_COST : UNKNOWN_COST);
    const character = x + font.width > width ? undefined : font.glyphs.get(slice(x, x + font.width));
    if (character !== undefined && cost[x + font.width] < cost[x]) {
      cost[x] = cost[x + font.width];
      glyph[x] = character;
    }
  }
  let text = "";
  let blanks = 0;
  let strange = 0;
  let unknown = 0;
  const flush = () => {
    text += UNKNOWN.repeat(Math.ceil(strange / font.width)) + " ".repeat(Math.floor(blanks / font.width + 0.5));
    strange = 0;
    blanks = 0;
  };
  for (let x = 0; x < width; ) {
    if (glyph[x] !== undefined) {
      flush();
      text += glyph[x];
      x += font.width;
      continue;
    }
    if (dark[x]) blanks++;
    else {
      if (blanks > 0) flush();
      strange++;
      unknown++;
    }
    x++;
  }
  if (strange > 0) flush();
  return { text, unknown };
}
