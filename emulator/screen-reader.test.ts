import fc from "fast-check";
import { expect, test } from "vitest";
import type { Manifest } from "./machine/manifest.ts";
import { blockPicture } from "./picture.ts";
import { ScreenReader } from "./screen-reader.ts";
import { smallManifest } from "./testing/small-bundle.ts";

const codePage = Array.from({ length: 256 }, (_, code) => (code >= 0x20 ? String.fromCharCode(code) : ""));

/** A font of random shapes, each with an empty column on its right as letters have. */
function font(name: string, width: number, pages: number, first: number, count: number, seed: number) {
  const glyphs = new Uint8Array(count * width * pages);
  let state = seed;
  for (let i = 0; i < glyphs.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    if (i % width < width - 1) glyphs[i] = state >>> 16;
  }
  // The first glyph of text is the space.
  if (first === 0x20) glyphs.fill(0, 0, width * pages);
  return { name, width, height: pages * 8, first, glyphs: Buffer.from(glyphs).toString("base64"), bytes: glyphs };
}
const letters = font("6x13", 6, 2, 0x20, 96, 7);
const digits = font("digits", 12, 3, 0x30, 10, 9);
const manifest: Manifest = { ...smallManifest, codePage, fonts: [letters, digits] };
const reader = new ScreenReader(manifest);

/** Draws as firmware does. */
function draw(frame: Uint8Array, typeface: typeof letters, page: number, x: number, text: string): void {
  const pages = typeface.height / 8;
  for (const [i, character] of [...text].entries()) {
    const at = (character.charCodeAt(0) - typeface.first) * typeface.width * pages;
    for (let p = 0; p < pages; p++) {
      const from = at + p * typeface.width;
      frame.set(typeface.bytes.subarray(from, from + typeface.width), (page + p) * 128 + x + i * typeface.width);
    }
  }
}
const texts = (frame: Uint8Array) => reader.lines(frame).map((line) => line.text);

const word = fc.string({
  minLength: 1,
  maxLength: 20,
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
});
const number = fc.string({ minLength: 1, maxLength: 10, unit: fc.constantFrom(..."0123456789") });

test("text in the middle of its line is read at any column, on even and odd pages", () => {
  fc.assert(
    fc.property(word, fc.nat(127), fc.nat(6), (text, x, page) => {
      fc.pre(x + text.length * 6 <= 128);
      const frame = new Uint8Array(1024);
      draw(frame, letters, page, x, text);
      const lines = texts(frame);
      expect(lines[page >> 1].trim()).toBe(text);
      expect(lines.filter((line) => line !== "")).toHaveLength(1);
    }),
  );
});

test("four lines of 21 characters are read with their spaces", () => {
  const text = fc
    .array(
      fc.oneof(
        fc.constant(" "),
        word.map((w) => w[0]),
      ),
      { minLength: 21, maxLength: 21 },
    )
    .map((all) => all.join(""));
  fc.assert(
    fc.property(fc.tuple(text, text, text, text), (lines) => {
      const frame = new Uint8Array(1024);
      lines.forEach((line, i) => {
        draw(frame, letters, 2 * i, 0, line);
      });
      expect(texts(frame)).toEqual(lines.map((line) => line.trimEnd()));
    }),
  );
});

test("big digits are read as text, at any column and page, with the gap between their groups", () => {
  fc.assert(
    fc.property(number, fc.nat(127), fc.nat(5), (text, x, page) => {
      fc.pre(x + text.length * 12 <= 128);
      const frame = new Uint8Array(1024);
      draw(frame, digits, page, x, text);
      expect(texts(frame).filter((line) => line !== "")).toEqual([text]);
    }),
  );
  const frame = new Uint8Array(1024);
  draw(frame, letters, 0, 31, "Time");
  draw(frame, digits, 3, 13, "1234");
  draw(frame, digits, 3, 13 + 48 + 6, "5678");
  expect(texts(frame)).toEqual(["     Time", "1234 5678", "", ""]);
});

test("an inverted line is read, and told from the others", () => {
  const frame = new Uint8Array(1024);
  draw(frame, letters, 0, 0, "Menu");
  draw(frame, letters, 2, 0, "1 chosen");
  draw(frame, letters, 4, 0, "2 other");
  for (let i = 2 * 128; i < 4 * 128; i++) frame[i] ^= 0xff;
  expect(reader.lines(frame)).toEqual([
    { text: "Menu", inverted: false },
    { text: "1 chosen", inverted: true },
    { text: "2 other", inverted: false },
    { text: "", inverted: false },
  ]);
});

test("a progress bar is a row of blocks", () => {
  const frame = new Uint8Array(1024);
  frame.fill(0x42, 7 * 128);
  frame.fill(0x7e, 7 * 128, 7 * 128 + 64);
  frame[8 * 128 - 1] = 0x7e;
  expect(texts(frame)[3]).toBe("███████████░░░░░░░░░░");
});

test("what no glyph explains reads as ?", () => {
  fc.assert(
    fc.property(word, fc.nat(127), fc.integer({ min: 0, max: 7 }), (text, x, bit) => {
      fc.pre(x + text.length * 6 <= 128);
      const frame = new Uint8Array(1024);
      draw(frame, letters, 2, x, text);
      // One wrong pixel, in the column that every letter leaves empty.
      frame[2 * 128 + x + 5] ^= 1 << bit;
      expect(texts(frame)[1].trim()).toMatch(/^\?/);
    }),
  );
  expect(texts(new Uint8Array(1024).fill(0xaa)).join("")).toMatch(/\?/);
});

test("a dark display is four empty lines", () => {
  expect(texts(new Uint8Array(1024))).toEqual(["", "", "", ""]);
});

test("a picture shows two rows of pixels in a line of blocks, in a frame", () => {
  const lit = new Set(["0,0", "1,1", "2,0", "2,1", "0,2"]);
  const pixel = (x: number, y: number) => lit.has(`${x},${y}`);
  expect(blockPicture(4, 4, pixel)).toBe("┌────┐\n│▀▄█ │\n│▀   │\n└────┘");
  expect(blockPicture(4, 4, pixel, 6)).toBe("┌────┐\n│▀▄█ │\n│▀   │\n└────┘");
  expect(blockPicture(4, 4, pixel, 5)).toBe("┌──┐\n│▚▌│\n│▘ │\n└──┘");
});

test("a line on the upper edge, of whatever length, is no text, and hides none", () => {
  const top = font("6x13", 6, 2, 0x20, 96, 7);
  // As the token's fonts have it: the two uppermost rows are free.
  for (let i = 0; i < top.bytes.length; i++) if (Math.floor(i / 6) % 2 === 0) top.bytes[i] &= ~0x03;
  top.glyphs = Buffer.from(top.bytes).toString("base64");
  const lower = new ScreenReader({ ...manifest, fonts: [top, digits] });
  fc.assert(
    fc.property(word, fc.integer({ min: 3, max: 32 }), (text, words) => {
      const frame = new Uint8Array(1024);
      draw(frame, top, 0, 0, text);
      for (let x = 0; x < 4 * words; x++) frame[x] |= 0x03;
      expect(lower.lines(frame).map((line) => line.text.trim())).toEqual([text, "", "", ""]);
    }),
  );
});
