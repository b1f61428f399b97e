import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { Random } from "./random.ts";
import { Ssd1306 } from "./ssd1306.ts";

/** The usual start: charge pump, horizontal addressing, upright, on. */
const upright = [
  0x00, 0xae, 0xd5, 0x80, 0xa8, 0x3f, 0xd3, 0x00, 0x40, 0x8d, 0x14, 0x20, 0x00, 0xa1, 0xc8, 0xda, 0x12, 0x81, 0xcf,
  0xd9, 0xf1, 0xdb, 0x40, 0xa4, 0xa6, 0xaf,
];

function panel(...commands: number[]) {
  const faults: string[] = [];
  const display = new Ssd1306((text) => faults.push(text));
  display.powerOn(new Random(1, 2));
  display.write(new Uint8Array(upright));
  if (commands.length > 0) display.write(new Uint8Array([0x00, ...commands]));
  const send = (...bytes: number[]) => display.write(new Uint8Array(bytes));
  return { display, faults, send };
}
const picture = fc.uint8Array({ minLength: 1024, maxLength: 1024 });

test("a picture that is sent whole is the picture that is seen", () => {
  fc.assert(
    fc.property(picture, (bytes) => {
      const { display, faults, send } = panel(0x21, 0, 127, 0x22, 0, 7);
      send(0x40, ...bytes);
      expect(display.frame()).toEqual(bytes);
      expect(faults).toEqual([]);
    }),
    { numRuns: runs(30) },
  );
});

test("a window of columns and pages takes its bytes and leaves the rest", () => {
  const range = (max: number) =>
    fc
      .tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max }))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
  fc.assert(
    fc.property(picture, range(127), range(7), fc.boolean(), (bytes, [left, right], [top, bottom], vertical) => {
      const { display, faults, send } = panel();
      const before = display.frame();
      send(0x00, 0x20, vertical ? 1 : 0, 0x21, left, right, 0x22, top, bottom);
      const places: number[] = [];
      if (vertical)
        for (let x = left; x <= right; x++) for (let page = top; page <= bottom; page++) places.push(page * 128 + x);
      else for (let page = top; page <= bottom; page++) for (let x = left; x <= right; x++) places.push(page * 128 + x);
      send(0x40, ...bytes.subarray(0, places.length));
      for (const [i, place] of places.entries()) before[place] = bytes[i];
      expect(display.frame()).toEqual(before);
      // One byte more begins the window anew.
      send(0x40, bytes[0] ^ 0xff);
      expect(display.frame()[places[0]]).toBe(bytes[0] ^ 0xff);
      expect(faults).toEqual([]);
    }),
    { numRuns: runs(60) },
  );
});

test("page addressing begins where it is told and stays in its page", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 127 }), (page, column) => {
      const { display, faults, send } = panel(0x20, 0x02, 0xb0 | page, column & 15, 0x10 | (column >> 4));
      const before = display.frame();
      send(0x40, ...Array.from({ length: 130 }, (_, i) => i));
      for (let i = 0; i < 130; i++) before[page * 128 + ((column + i) % 128)] = i;
      expect(display.frame()).toEqual(before);
      expect(faults).toEqual([]);
    }),
  );
});

test("a pixel is a bit of the frame", () => {
  const { display, send } = panel(0x21, 0, 127, 0x22, 0, 7);
  send(0x40, ...new Uint8Array(1024));
  send(0x00, 0x21, 5, 127, 0x22, 2, 7);
  send(0x40, 0b0000_1000);
  expect(display.pixel(5, 19)).toBe(true);
  expect(display.frame().reduce((sum, byte) => sum + byte, 0)).toBe(8);
});

test("one reversal mirrors the picture, and both turn it upright", () => {
  const { display, send } = panel(0x21, 0, 127, 0x22, 0, 7);
  send(0x40, 1, ...new Uint8Array(1023));
  expect(display.pixel(0, 0)).toBe(true);
  send(0x00, 0xc0);
  expect(display.pixel(0, 63)).toBe(true);
  send(0x00, 0xc8, 0xa0, 0x21, 0, 127, 0x22, 0, 7);
  expect(display.pixel(0, 0)).toBe(true); // what is there stays where it is
  send(0x40, 1, 0);
  expect(display.pixel(127, 0)).toBe(true);
});

test("inverting, lighting all, offset and start line act on what is seen, not on what is stored", () => {
  const { display, send } = panel(0x21, 0, 127, 0x22, 0, 7);
  send(0x40, 1, ...new Uint8Array(1023));
  const plain = display.frame();
  send(0x00, 0xa7);
  expect(display.frame()).toEqual(plain.map((byte) => byte ^ 0xff));
  send(0x00, 0xa6, 0xa5);
  expect(display.frame()).toEqual(new Uint8Array(1024).fill(0xff));
  send(0x00, 0xa4, 0xd3, 1);
  expect(display.pixel(0, 63)).toBe(true);
  send(0x00, 0xd3, 0, 0x41);
  expect(display.pixel(0, 63)).toBe(true);
  send(0x00, 0x40);
  expect(display.frame()).toEqual(plain);
});

test("nothing shines while the panel is off, or without its charge pump", () => {
  const { display, send } = panel(0xa5);
  expect(display.on).toBe(true);
  send(0x00, 0xae);
  expect([display.on, display.pixel(0, 0)]).toEqual([false, false]);
  send(0x00, 0x8d, 0x10, 0xaf);
  expect(display.on).toBe(false);
  send(0x00, 0x8d, 0x14);
  expect(display.on).toBe(false); // the pump starts with the next AF
  send(0x00, 0xaf);
  expect(display.on).toBe(true);
  expect(new Ssd1306(() => {}).frame()).toEqual(new Uint8Array(1024));
});

test("after power there is noise in the memory until something is drawn", () => {
  const { display } = panel();
  expect(new Set(display.frame()).size).toBeGreaterThan(100);
});

test("frames count what changed the picture, and nothing else", () => {
  const { display, send } = panel(0x21, 0, 127, 0x22, 0, 7);
  send(0x40, ...new Uint8Array(1024));
  const count = display.frames;
  send(0x40, ...new Uint8Array(1024));
  send(0x00, 0x21, 0, 127);
  expect(display.frames).toBe(count);
  send(0x40, 1);
  send(0x00, 0xa7);
  send(0x00, 0x81, 0x10);
  expect(display.frames).toBe(count + 3);
});

test("a command may come byte by byte, and with a control byte for each", () => {
  const { display, send, faults } = panel();
  send(0x00, 0x81);
  send(0x00, 0x33);
  expect(display.contrast).toBe(0x33);
  send(0x80, 0x81, 0x80, 0x44, 0xc0, 0xff);
  expect(display.contrast).toBe(0x44);
  expect(faults).toEqual([]);
});

test.each([
  ["an unknown command", [0x00, 0xf5]],
  ["scrolling", [0x00, 0x2f]],
  ["addressing mode 3", [0x00, 0x20, 0x03]],
  ["a window that ends before it begins", [0x00, 0x21, 9, 3]],
  ["a column beyond the last", [0x00, 0x21, 0, 128]],
  ["a page beyond the last", [0x00, 0x22, 0, 8]],
  ["a multiplex ratio below 16", [0x00, 0xa8, 14]],
  ["an offset beyond the last row", [0x00, 0xd3, 64]],
  ["COM pins of another panel", [0x00, 0xda, 0x02]],
  ["a charge pump value that means nothing", [0x00, 0x8d, 0x15]],
  ["a page start in horizontal addressing", [0x00, 0xb3]],
  ["a control byte with stray bits", [0x01, 0xae]],
])("%s is a fault", (_, bytes) => {
  const { faults, send } = panel();
  send(...bytes);
  expect(faults).toHaveLength(1);
});

test("data where a command waits for its argument is a fault", () => {
  const { faults, send } = panel();
  send(0x00, 0x81);
  send(0x40, 1);
  expect(faults).toHaveLength(1);
});
