/** Fonts as pictures in text files, in; glyphs as the token copies them to its display, out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../ui/viscii.ts";
import { root } from "./sources.ts";

/** A font as the bundle has it: cells of equal size, one for each code from `first` without gaps. */
export interface BuiltFont {
  name: string;
  width: number;
  /** A multiple of eight. */
  height: number;
  first: number;
  /** Base64. A glyph is `height / 8` runs of `width` columns, the upper run first; bit 0 of a column is its top row. */
  glyphs: string;
}

interface Cell {
  name: string;
  /** File in ui/fonts/. */
  file: string;
  /** Size of a glyph in the file. */
  columns: number;
  rows: number;
  /** Size of the cell, whole pages high. */
  width: number;
  height: number;
  /** Where the glyph's top left corner stands in its cell: no glyph is cut, and no page has rows of two lines. */
  left: number;
  top: number;
  first: number;
  last: number;
  /** How often each row of the file stands in the cell, where that is more than once. */
  stretch?: number;
}

const cells: readonly Cell[] = [
  { name: "6x13", file: "6x13.txt", columns: 6, rows: 13, width: 6, height: 16, left: 0, top: 2, first: 0, last: 255 },
  {
    name: "digits",
    file: "10x20.txt",
    columns: 10,
    rows: 20,
    width: 12,
    height: 24,
    left: 1,
    top: 2,
    first: 0x20,
    last: 0x39,
  },
  // The accessible ones, of which both fill the room between a title and a hint: what is typed, and digits to be read.
  {
    name: "6x13-tall",
    file: "6x13.txt",
    columns: 6,
    rows: 13,
    width: 6,
    height: 32,
    left: 0,
    top: 3,
    first: 0x20,
    last: 0x5f,
    stretch: 2,
  },
  {
    name: "digits-tall",
    file: "10x20.txt",
    columns: 10,
    rows: 20,
    width: 12,
    height: 32,
    left: 1,
    top: -3,
    first: 0x20,
    last: 0x39,
    stretch: 2,
  },
];

/**
 * Reads a font's text: bands of a line `= A B C` that names characters and `rows` lines that show them side by side, `#` for a lit dot and
 * `.` for a dark one. Lines that start with `#` and a space, and empty lines, are between the bands.
 *
 * @returns the rows of each character
 * @throws Error with the line for a band that has not `columns` x `rows` dots for each of its characters, or shows one twice
 */
export function parseFont(text: string, columns: number, rows: number): Map<string, string[]> {
  const glyphs = new Map<string, string[]>();
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    if (lines[at] === "" || lines[at].startsWith("# ")) continue;
    if (!lines[at].startsWith("= ")) throw new Error(`line ${at + 1}: neither a band nor a comment`);
    const characters = lines[at]
      .slice(2)
      .split(" ")
      .map((name) => (name === "SPACE" ? " " : name));
    for (const character of characters) {
      if (glyphs.has(character)) throw new Error(`line ${at + 1}: ${character} stands here a second time`);
      glyphs.set(character, []);
    }
    for (let row = 0; row < rows; row++) {
      at++;
      const fields = (lines[at] ?? "").split(" ");
      if (fields.length !== characters.length || !fields.every((f) => f.length === columns && /^[.#]*$/.test(f))) {
        throw new Error(`line ${at + 1}: not ${characters.length} times ${columns} of "." and "#"`);
      }
      for (const [i, character] of characters.entries()) glyphs.get(character)!.push(fields[i]);
    }
  }
  return glyphs;
}

/** The columns of one glyph in its cell. */
function toColumns(cell: Cell, rows: readonly string[]): Uint8Array {
  const bytes = new Uint8Array((cell.width * cell.height) / 8);
  const { stretch = 1 } = cell;
  for (let y = 0; y < rows.length * stretch; y++) {
    const row = rows[Math.floor(y / stretch)];
    const line = y + cell.top;
    for (let x = 0; x < row.length; x++) {
      if (row[x] === "#") bytes[(line >> 3) * cell.width + x + cell.left] |= 1 << (line & 7);
    }
  }
  return bytes;
}

/**
 * The fonts of the bundle.
 * @throws Error for a file that does not parse, or has a character that the code page lacks
 */
export function buildFonts(): BuiltFont[] {
  return cells.map((cell) => {
    const text = readFileSync(join(root, "firmware/ui/fonts", cell.file), "utf8");
    const glyphs = new Map<number, string[]>();
    for (const [character, rows] of parseFont(text, cell.columns, cell.rows)) {
      const code = codeOf(character);
      if (code < 0) throw new Error(`${cell.file}: the code page has no ${character}`);
      glyphs.set(code, rows);
    }
    const parts: Uint8Array[] = [];
    for (let code = cell.first; code <= cell.last; code++) parts.push(toColumns(cell, glyphs.get(code) ?? []));
    const { name, width, height, first } = cell;
    return { name, width, height, first, glyphs: Buffer.concat(parts).toString("base64") };
  });
}
