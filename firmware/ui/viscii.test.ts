import { expect, test } from "vitest";
import { codeOf, codePage } from "./viscii.ts";

test("ASCII stays where it is", () => {
  for (let code = 32; code < 127; code++) expect(codePage[code]).toBe(String.fromCharCode(code));
});

test("each of the 134 letters that Vietnamese adds to ASCII has one code", () => {
  const vowels = ["a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y"];
  const tones = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"];
  const lower = [...vowels.flatMap((vowel) => tones.map((tone) => (vowel + tone).normalize("NFC"))), "đ"];
  const letters = [...lower, ...lower.map((letter) => letter.toUpperCase())].filter((letter) => letter > "\x7f");
  expect(letters).toHaveLength(134);
  const codes = letters.map(codeOf);
  expect(codes.every((code) => code > 0 && code < 256)).toBe(true);
  expect(new Set(codes).size).toBe(134);
});

test("the letters stand where RFC 1456 has them", () => {
  const expected = { 2: "Ẳ", 5: "Ẵ", 6: "Ẫ", 20: "Ỷ", 25: "Ỹ", 30: "Ỵ", 128: "Ạ", 132: "Ấ", 164: "ấ" };
  for (const [code, letter] of Object.entries(expected)) expect(codePage[Number(code)]).toBe(letter);
  expect(codePage.slice(0xd0, 0xd4).join("")).toBe("ĐứÒÓ");
  expect(codePage.slice(0xf0, 0xf4).join("")).toBe("đựòó");
  expect(codePage[0xff]).toBe("Ữ");
});

test("NUL, line feed and carriage return stand for nothing, so text never holds them", () => {
  expect([codePage[0], codePage[10], codePage[13]]).toEqual(["", "", ""]);
});

test("no character has two codes, and all are in normal form C", () => {
  const used = codePage.filter((character) => character !== "");
  expect(new Set(used).size).toBe(used.length);
  expect(used.map((character) => character.normalize("NFC"))).toEqual(used);
});

test("codeOf tells what the page lacks", () => {
  expect(codeOf("ß")).toBe(-1);
  expect(codeOf("")).toBe(-1);
  expect(codeOf("…")).toBe(21);
});
