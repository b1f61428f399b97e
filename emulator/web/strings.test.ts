import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { pageLanguage, say, sayStatus } from "./strings.ts";

const here = new URL("./", import.meta.url);
const source = readFileSync(new URL("strings.ts", here), "utf8");
const entries = [...source.matchAll(/^ {2}(\w+): \{\s*en: "(.*?)",\s*vi: "(.*?)",?\s*\},?$/gm)];
const rest = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.ts$/.test(name) && !/\.test\.ts$/.test(name) && name !== "strings.ts")
  .map((name) => readFileSync(new URL(name, here), "utf8"))
  .join("\n");

test("every string says something in both languages, with the same values in it", () => {
  expect(entries.length).toBeGreaterThan(100);
  const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const [, key, en, vi] of entries) {
    expect(en.trim() && vi.trim(), key).not.toBe("");
    expect(holes(vi), key).toEqual(holes(en));
    expect(vi, key).toBe(vi.normalize("NFC"));
  }
});

test("every string is said somewhere", () => {
  for (const [, key] of entries.filter(([, name]) => !/^sw([0-9A-F]{4}|Other)$/.test(name)))
    expect(rest.includes(`"${key}"`), key).toBe(true);
});

test("values stand where they belong", () => {
  expect(say("en", "timesFaster", { n: 60 })).toBe("60 times");
  expect(say("vi", "timesFaster", { n: 60 })).toBe("Nhanh 60 lần");
});

test("what the display may say is quoted as it stands there: the token's language need not be the visitor's", () => {
  for (const language of ["en", "vi"] as const)
    expect(say(language, "guideUnknown")).toMatch(
      /“Not personalised”.*“Chưa kích hoạt”|“Chưa kích hoạt”.*“Not personalised”/,
    );
});

test("any status word is said, with its number", () => {
  expect(sayStatus("en", 0x9000)).toBe("done (9000)");
  expect(sayStatus("vi", 0x6a80)).toBe("dữ liệu không đúng (6A80)");
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff }), (statusWord) => {
      expect(sayStatus("en", statusWord)).toMatch(/^[\w .-]+ \([0-9A-F]{4}\)$/);
    }),
  );
});

test("the first language that the page speaks decides, and English where none is", () => {
  expect(pageLanguage(["fr-FR", "vi", "en"])).toBe("vi");
  expect(pageLanguage(["en-GB", "vi-VN"])).toBe("en");
  expect(pageLanguage(["fr"])).toBe("en");
});
