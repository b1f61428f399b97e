/** The Storage file with fonts and sentences, as `ui/` looks characters and messages up in them, and where each part of it stands. */
import type { BuiltFont } from "./fonts.ts";
import type { Messages } from "./message-file.ts";

/** Offset and bytes in the file. */
type Part = [at: number, length: number];

/** What the bundle knows of a font. */
export interface FontParts {
  name: string;
  width: number;
  height: number;
  /** In a wide font: the two cells of each code from 0, a byte each. */
  halves: Part;
  /** The two elements of each cell, two bytes each, little-endian. */
  index: Part;
  /** As `BuiltFont` has them. */
  glyphs: Part;
}

/**
 * What the bundle knows of the messages: where the table of their places begins, less those of a message 0. The table has where each text
 * begins in the file, and where the last one ends: two bytes each, little-endian. So it does not depend on how many messages there are.
 */
export interface TextParts {
  table: number;
}

/** Columns of a cell and of an element. */
const CELL = 6;
const ELEMENT = 3;

/**
 * All fonts and messages in one file, each part on a multiple of four bytes.
 * @throws RangeError for a font that is neither 6 nor 12 columns wide, or has more cells than a byte can name
 */
export function fontFile(
  fonts: readonly BuiltFont[],
  messages: Messages,
): { file: Buffer; parts: FontParts[]; texts: TextParts } {
  const pieces: Buffer[] = [];
  let length = 0;
  const append = (bytes: Buffer): Part => {
    const part: Part = [length, bytes.length];
    pieces.push(bytes, Buffer.alloc(-bytes.length & 3));
    length += (bytes.length + 3) & ~3;
    return part;
  };
  const parts = fonts.map((font): FontParts => {
    const { name, width, height, first } = font;
    const cells = width / CELL;
    if (cells !== 1 && cells !== 2) throw new RangeError(`${name} has ${width} columns: 6 or 12 can be drawn`);
    const glyphs = Buffer.from(font.glyphs, "base64");
    const count = glyphs.length / ((width * height) / 8);
    /** A narrow font's cell is the code itself. */
    const offset = cells === 1 ? first : 0;
    if (offset + count * cells > 256) throw new RangeError(`${name} has more cells than 256`);
    const { stored, places } = different(glyphs, (width * height) / 8);
    const halves = Buffer.alloc(cells === 1 ? 0 : 2 * (first + count));
    const index = Buffer.alloc(4 * (cells === 1 ? offset + count : 2 * stored.length));
    for (const [glyph, place] of places.entries()) {
      for (let cell = 0; cell < cells; cell++) {
        const number = cells === 1 ? offset + glyph : 2 * place + cell;
        if (cells === 2) halves[2 * (first + glyph) + cell] = number;
        const element = (place * width * (height / 8)) / ELEMENT + cell * (CELL / ELEMENT);
        index.writeUInt16LE(element, 4 * number);
        index.writeUInt16LE(element + 1, 4 * number + 2);
      }
    }
    return { name, width, height, halves: append(halves), index: append(index), glyphs: append(Buffer.concat(stored)) };
  });
  const table = Buffer.alloc(2 * messages.texts.length + 2);
  const [at] = append(table);
  append(Buffer.concat(messages.texts));
  let end = at + ((table.length + 3) & ~3);
  for (const [i, text] of [...messages.texts, ""].entries()) {
    table.writeUInt16LE(end, 2 * i);
    end += text.length;
  }
  return { file: Buffer.concat(pieces), parts, texts: { table: at - 4 } };
}

/** Those of the glyphs that differ, and for each glyph its place among them: many codes have the same blank one. */
function different(glyphs: Buffer, size: number): { stored: Buffer[]; places: number[] } {
  const known = new Map<string, number>();
  const stored: Buffer[] = [];
  const places = Array.from({ length: glyphs.length / size }, (_, glyph) => {
    const bytes = glyphs.subarray(glyph * size, (glyph + 1) * size);
    const key = bytes.toString("latin1");
    const place = known.get(key) ?? stored.push(bytes) - 1;
    known.set(key, place);
    return place;
  });
  return { stored, places };
}
