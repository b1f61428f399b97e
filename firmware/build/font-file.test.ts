import { describe, expect, test } from "vitest";
import { message } from "../ui/messages.ts";
import { codePage } from "../ui/viscii.ts";
import { fontFile } from "./font-file.ts";
import { buildFonts } from "./fonts.ts";
import { buildMessages } from "./message-file.ts";

const fonts = buildFonts();
const messages = buildMessages();
const { file, parts, texts } = fontFile(fonts, messages);

describe.each(parts)("in the font file, the font $name", (part) => {
  const font = fonts.find(({ name }) => name === part.name)!;
  const glyphs = Buffer.from(font.glyphs, "base64");
  const size = (font.width * font.height) / 8;
  const read = ([at, length]: [number, number]) => file.subarray(at, at + length);

  test("has for each code the elements of its glyph, from left to right, on every page", () => {
    const [halves, index, columns] = [read(part.halves), read(part.index), read(part.glyphs)];
    for (let code = font.first; code < font.first + glyphs.length / size; code++) {
      const cells = font.width === 12 ? [...halves.subarray(2 * code, 2 * code + 2)] : [code];
      const elements = cells.flatMap((cell) => [index.readUInt16LE(4 * cell), index.readUInt16LE(4 * cell + 2)]);
      for (let page = 0; page < font.height / 8; page++) {
        const drawn = elements.map((element) => columns.subarray(page * font.width + 3 * element).subarray(0, 3));
        const from = (code - font.first) * size + page * font.width;
        expect(Buffer.concat(drawn)).toEqual(glyphs.subarray(from, from + font.width));
      }
    }
  });

  test("begins each of its parts on a multiple of four bytes", () => {
    for (const [at] of [part.halves, part.index, part.glyphs]) expect(at % 4).toBe(0);
  });
});

test("a font of another width, or of more cells than a byte can name, is refused", () => {
  const font = { name: "odd", height: 8, first: 0, glyphs: Buffer.alloc(8 * 300).toString("base64") };
  expect(() => fontFile([{ ...font, width: 8 }], messages)).toThrow("8 columns");
  expect(() => fontFile([{ ...font, width: 6 }], messages)).toThrow("256");
});

test("each message stands where its number leads, in both languages", () => {
  const textOf = (place: number) => {
    const at = texts.table + 2 * place;
    const [start, end] = [file.readUInt16LE(at), file.readUInt16LE(at + 2)];
    const bytes = file.subarray(start, end);
    return [...bytes].map((code) => codePage[code]).join("");
  };
  for (const id of ["timeCode", "triesLeft", "cablePulled"] as const) {
    const number = messages.numbers.get(id)!;
    expect([textOf(2 * number), textOf(2 * number + 1)]).toEqual([message(0, id), message(1, id)]);
  }
});
