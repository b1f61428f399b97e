import fc from "fast-check";
import { expect, test } from "vitest";
import type { Capture } from "./capture.ts";
import { goldenText, parseGolden, pixelsApart } from "./golden.ts";

const WIDTH = 24;
const HEIGHT = 32;
const captures = fc
  .record({
    on: fc.boolean(),
    pixels: fc.uint8Array({ minLength: (WIDTH * HEIGHT) / 8, maxLength: (WIDTH * HEIGHT) / 8 }),
    lines: fc.array(fc.record({ text: fc.stringMatching(/^[A-Za-z0-9 ]{0,12}$/), inverted: fc.boolean() }), {
      minLength: 2,
      maxLength: 2,
    }),
  })
  .map((shown): Capture => ({ ...shown, width: WIDTH, height: HEIGHT }));
/** Every column and row. */
const places = Array.from({ length: WIDTH * HEIGHT }, (_, i) => [i % WIDTH, Math.floor(i / WIDTH)]);
const bit = ({ pixels }: Capture, x: number, y: number) => ((pixels[(y >> 3) * WIDTH + x] >> (y & 7)) & 1) === 1;

test("a golden holds every pixel and every line", () => {
  fc.assert(
    fc.property(captures, (capture) => {
      const golden = parseGolden(goldenText(capture))!;
      expect(golden).toMatchObject({ on: capture.on, width: WIDTH, height: HEIGHT });
      expect(places.filter(([x, y]) => golden.pixel(x, y) !== bit(capture, x, y))).toEqual([]);
      expect(golden.lines).toEqual(
        capture.lines.map(({ text, inverted }) => (inverted ? `> ${text}` : text).trimEnd()),
      );
    }),
  );
});

test("as many pixels differ as were turned, in the smallest area that has them all", () => {
  const turns = fc.uniqueArray(fc.nat(WIDTH * HEIGHT - 1), { maxLength: 40 });
  fc.assert(
    fc.property(captures, turns, (capture, turned) => {
      const pixels = new Uint8Array(capture.pixels);
      for (const place of turned) {
        const [x, y] = places[place];
        pixels[(y >> 3) * WIDTH + x] ^= 1 << (y & 7);
      }
      const [before, after] = [capture, { ...capture, pixels }].map((shown) => parseGolden(goldenText(shown))!);
      const { wentDark, litUp, area } = pixelsApart(before, after);
      expect(wentDark + litUp).toBe(turned.length);
      expect(pixelsApart(after, before)).toEqual({ wentDark: litUp, litUp: wentDark, area });
      const ends = (along: number[]) => [Math.min(...along), Math.max(...along) + 1];
      const [columns, rows] = [0, 1].map((axis) => ends(turned.map((place) => places[place][axis])));
      if (area === undefined) expect(turned).toEqual([]);
      else expect([area.x, area.x + area.width, area.y, area.y + area.height]).toEqual([...columns, ...rows]);
    }),
  );
});

test("what is masked does not count, and nothing else is lost", () => {
  const areas = fc.record({ x: fc.nat(30), y: fc.nat(40), width: fc.nat(30), height: fc.nat(40) });
  fc.assert(
    fc.property(captures, areas, (capture, area) => {
      const golden = parseGolden(goldenText(capture, { mask: [area] }))!;
      const inside = (x: number, y: number) =>
        x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height;
      const wrong = places.filter(([x, y]) => {
        const masked = inside(x, y) || inside(x, y ^ 1);
        return golden.pixel(x, y) !== (masked ? undefined : bit(capture, x, y));
      });
      expect(wrong).toEqual([]);
    }),
  );
});

test("a masked code leaves the golden the same whatever its digits are", () => {
  fc.assert(
    fc.property(captures, captures, fc.stringMatching(/^[0-9]{6,10}$/), (one, other, code) => {
      const lines = [{ text: code.slice(0, 3) + " " + code.slice(3), inverted: false }, one.lines[1]];
      const text = goldenText({ ...one, lines }, { maskCode: true });
      // The code's line and the one below are all of this display.
      expect(goldenText({ ...other, lines, on: one.on }, { maskCode: true })).toBe(text);
      expect(text).not.toContain(code.slice(3));
    }),
  );
});

test("no text but a golden's is read as one", () => {
  const golden = goldenText({ on: true, width: 8, height: 8, pixels: new Uint8Array(8), lines: [] });
  expect(parseGolden(golden)).toBeDefined();
  for (const text of ["", "8 x 8\n", golden.replace("8 x 8", "8 x 16"), golden.replace("│ ", "│"), golden.slice(0, 60)])
    expect(parseGolden(text)).toBeUndefined();
});
