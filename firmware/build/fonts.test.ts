import { describe, expect, test } from "vitest";
import { codePage } from "../ui/viscii.ts";
import { type BuiltFont, buildFonts, parseFont } from "./fonts.ts";

const [text, digits, tallText, tallDigits] = buildFonts();

/** A glyph of a built font as rows of `#` and `.`, read as a display would show it. */
function picture(font: BuiltFont, code: number): string[] {
  const bytes = Buffer.from(font.glyphs, "base64");
  const glyph = (code - font.first) * ((font.width * font.height) / 8);
  return Array.from({ length: font.height }, (_, y) =>
    Array.from({ length: font.width }, (_, x) =>
      (bytes[glyph + (y >> 3) * font.width + x] >> (y & 7)) & 1 ? "#" : ".",
    ).join(""),
  );
}

const codesOf = (font: BuiltFont) => {
  const count = Buffer.from(font.glyphs, "base64").length / ((font.width * font.height) / 8);
  return Array.from({ length: count }, (_, i) => font.first + i);
};

describe("the font of the text", () => {
  test("fills cells of 6 x 16 for the whole code page, in whole pages", () => {
    expect(text).toMatchObject({ name: "6x13", width: 6, height: 16, first: 0 });
    expect(codesOf(text)).toHaveLength(256);
  });

  test("shows every character of the code page, and no two alike", () => {
    const seen = new Map<string, string>();
    for (const [code, character] of codePage.entries()) {
      if (character === "") continue;
      const drawn = picture(text, code).join("\n");
      expect(drawn.includes("#"), `${character} is drawn`).toBe(character !== " ");
      expect(seen.get(drawn), `${character} looks like another`).toBeUndefined();
      seen.set(drawn, character);
    }
    expect(seen.size).toBe(codePage.filter((character) => character !== "").length);
  });

  test("shows nothing for a code without a character", () => {
    for (const [code, character] of codePage.entries()) {
      if (character === "") expect(picture(text, code).join("")).not.toContain("#");
    }
  });

  test("cuts no diacritic and no descender: the outermost rows of a line are free", () => {
    for (const [code, character] of codePage.entries()) {
      if ("█▌░".includes(character)) continue;
      const rows = picture(text, code);
      expect(rows[0] + rows[15], character).not.toContain("#");
    }
  });

  test("shows A with circumflex and acute as the font has it", () => {
    expect(picture(text, codePage.indexOf("Ấ"))).toEqual([
      "......",
      "......",
      "......",
      ".#...#",
      "#.#.#.",
      "......",
      "..#...",
      ".#.#..",
      "#...#.",
      "#...#.",
      "#####.",
      "#...#.",
      "#...#.",
      "......",
      "......",
      "......",
    ]);
  });
});

describe("the font of the digits", () => {
  test("has cells of 12 x 24 for the digits, space and hyphen", () => {
    expect(digits).toMatchObject({ name: "digits", width: 12, height: 24, first: 0x20 });
    const drawn = codesOf(digits).filter((code) => picture(digits, code).join("").includes("#"));
    expect(drawn.map((code) => String.fromCharCode(code)).join("")).toBe("-0123456789");
    expect(new Set(drawn.map((code) => picture(digits, code).join())).size).toBe(11);
  });

  test("leaves a dot of room on each side, so that digits side by side stay apart", () => {
    for (const code of codesOf(digits)) {
      for (const row of picture(digits, code)) expect(row).toMatch(/^\.\.?.*\.$/);
    }
  });
});

test.each([
  [tallText, text],
  [tallDigits, digits],
])("a font of double height has each row of the other twice, and cuts none", (tall, plain) => {
  expect(tall).toMatchObject({ width: plain.width, height: 32 });
  const light = (rows: string[]) => rows.filter((row) => row.includes("#"));
  for (const code of codesOf(tall)) {
    const twice = light(picture(plain, code)).flatMap((row) => [row, row]);
    expect(light(picture(tall, code)), String.fromCharCode(code)).toEqual(twice);
  }
  expect(
    codesOf(tall)
      .map((code) => String.fromCharCode(code))
      .join(""),
  ).toContain("0123456789");
});

describe("parseFont", () => {
  test("reads bands of characters side by side", () => {
    const glyphs = parseFont("# A comment\n\n= SPACE #\n.. #.\n.. .#\n\n= ấ\n##\n..\n", 2, 2);
    expect([...glyphs]).toEqual([
      [" ", ["..", ".."]],
      ["#", ["#.", ".#"]],
      ["ấ", ["##", ".."]],
    ]);
  });

  test.each([
    ["a row that is too short", "= A\n..\n.\n", "line 3: not 1 times 2"],
    ["a band that is too low", "= A B\n.. ..\n", "line 3: not 2 times 2"],
    ["a glyph too few", "= A B\n..\n..\n", "line 2: not 2 times 2"],
    ["anything but dots", "= A\n.x\n..\n", "line 2: not 1 times 2"],
    ["a character that comes twice", "= A A\n.. ..\n.. ..\n", "line 1: A stands here a second time"],
    ["what is neither band nor comment", "A\n", "line 1: neither a band nor a comment"],
  ])("refuses %s", (_, source, message) => {
    expect(() => parseFont(source, 2, 2)).toThrow(message);
  });
});
