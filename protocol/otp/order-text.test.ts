import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { OtpError } from "./errors.ts";
import { checkOrderText } from "./order-text.ts";

const isAllowed = (bytes: Uint8Array): boolean => {
  try {
    checkOrderText(bytes, "payeeName");
    return true;
  } catch (error) {
    if (error instanceof OtpError && error.part === "payeeName") return false;
    throw error;
  }
};
const isAllowedText = (text: string) => isAllowed(new Uint8Array(Buffer.from(text)));

/** Every code point but the surrogates, asked one by one; without stacks, since a million refusals come. */
const allowed: string[] = [];
const stacks = Error.stackTraceLimit;
Error.stackTraceLimit = 0;
for (let point = 0; point <= 0x10ffff; point++) {
  if (point >= 0xd800 && point <= 0xdfff) continue;
  const character = String.fromCodePoint(point);
  if (isAllowedText(character)) allowed.push(character);
}
Error.stackTraceLimit = stacks;

describe("the text of an order, by the Unicode tables of the host", () => {
  test("has all of ASCII that can be seen, and every letter of Vietnamese", () => {
    for (let point = 0x20; point < 0x7f; point++) expect(allowed).toContain(String.fromCodePoint(point));
    const vowels = ["a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y"];
    const tones = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"];
    for (const vowel of vowels) {
      for (const tone of tones) {
        const letter = (vowel + tone).normalize("NFC");
        expect(allowed).toContain(letter);
        expect(allowed).toContain(letter.toUpperCase());
      }
    }
    expect(isAllowedText("Đỗ Thị đ ₫ “—”")).toBe(true);
  });

  test("has no character that is unassigned, a control, a format, a mark, a private one or a space but U+0020", () => {
    expect(allowed.filter((character) => /[\p{C}\p{M}\p{Z}]/u.test(character))).toEqual([" "]);
  });

  test("has no invisible character and none of a script from right to left", () => {
    const rightToLeft = /[\p{scx=Hebr}\p{scx=Arab}\p{scx=Syrc}\p{scx=Thaa}\p{scx=Nkoo}\p{scx=Adlm}]/u;
    expect(allowed.filter((character) => /\p{Default_Ignorable_Code_Point}/u.test(character))).toEqual([]);
    expect(allowed.filter((character) => rightToLeft.test(character))).toEqual([]);
  });

  test("has only characters that are their own NFC", () => {
    expect(allowed.filter((character) => character.normalize("NFC") !== character)).toEqual([]);
  });

  test("has no character that composes with one before it, so that a text is in NFC when its characters are", () => {
    const composing = new Set<string>();
    for (let point = 0; point <= 0x10ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const [, ...trailing] = String.fromCodePoint(point).normalize("NFD");
      for (const character of trailing) composing.add(character);
    }
    expect(composing.size).toBeGreaterThan(100);
    expect(allowed.filter((character) => composing.has(character))).toEqual([]);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...allowed), { maxLength: 40 }), (characters) => {
        const text = characters.join("");
        expect(isAllowedText(text)).toBe(true);
        expect(text.normalize("NFC")).toBe(text);
      }),
    );
  });

  test.each([
    ["a combining acute", "e\u0301"],
    ["a decomposed Vietnamese letter", "ê\u0303"],
    ["a soft hyphen", "a\u00adb"],
    ["a no-break space", "a\u00a0b"],
    ["a zero width space", "a\u200bb"],
    ["a zero width joiner", "a\u200db"],
    ["a right-to-left mark", "a\u200f"],
    ["a right-to-left override", "a\u202eb"],
    ["an isolate", "a\u2067b"],
    ["a byte order mark", "\ufeffa"],
    ["the Kelvin sign", "\u212a"],
    ["the Greek tonos singleton", "\u1f71"],
    ["a compatibility ideograph", "\uf900"],
    ["a Hangul filler", "\u3164"],
    ["conjoining Hangul", "\u1100\u1161"],
    ["a line feed", "a\nb"],
    ["a delete", "a\u007f"],
    ["a C1 control", "a\u0085b"],
    ["an Arabic letter", "\u0627"],
    ["a variation selector", "a\ufe0f"],
    ["an emoji", "\u{1f600}"],
    ["a tag character", "\u{e0041}"],
  ])("refuses %s", (_, text) => expect(isAllowedText(text)).toBe(false));
});

describe("UTF-8", () => {
  test("accepts no bytes that a strict decoder refuses, and no others for the same text", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const pieces = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 4 }),
        fc.constantFrom(...allowed).map((character) => new Uint8Array(Buffer.from(character))),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const bytes = new Uint8Array(Buffer.concat(parts));
        if (!isAllowed(bytes)) return;
        expect(Buffer.from(decoder.decode(bytes))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: runs(2000) },
    );
  });

  test.each([
    ["a lone continuation", "80"],
    ["an overlong slash of two bytes", "c0af"],
    ["an overlong slash of three bytes", "e080af"],
    ["an overlong slash of four bytes", "f08080af"],
    ["an overlong e acute", "e083a9"],
    ["a surrogate", "eda080"],
    ["a pair of surrogates", "eda081edb080"],
    ["a character cut short", "41e1bb"],
    ["a lead after a lead", "c3c3a9"],
    ["a code point beyond the last", "f4908080"],
    ["a byte that never occurs", "ff"],
  ])("refuses %s", (_, hex) => expect(isAllowed(new Uint8Array(Buffer.from(hex, "hex")))).toBe(false));
});
