import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { displayOf } from "./displays.ts";
import { Random } from "./random.ts";
import { Sh1106 } from "./sh1106.ts";

/** The usual start: upright, on. The converter is on after a reset. */
const UPRIGHT = [0x00, 0xae, 0xa1, 0xc8, 0xaf];

function panel(...commands: number[]) {
  const faults: string[] = [];
  const display = new Sh1106((text) => faults.push(text));
  display.powerOn(new Random(1, 2));
  display.write(new Uint8Array([...UPRIGHT, ...commands]));
  const send = (...bytes: number[]) => display.write(new Uint8Array(bytes));
  return { display, faults, send };
}

test("a picture that is sent page by page, from column 2, is the picture that is seen", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1024, maxLength: 1024 }), (bytes) => {
      const { display, faults, send } = panel();
      for (let page = 0; page < 8; page++)
        send(0x80, 0xb0 | page, 0x80, 0x02, 0x80, 0x10, 0x40, ...bytes.subarray(page * 128, (page + 1) * 128));
      expect(display.frame()).toEqual(bytes);
      expect(faults).toEqual([]);
    }),
    { numRuns: runs(30) },
  );
});

test("data stay in their page: behind the last column, each overwrites the one before", () => {
  const { display, send } = panel(0xb3, 0x02, 0x10);
  const before = display.frame();
  send(0x40, ...new Array(200).fill(0x55));
  const after = display.frame();
  expect(after.subarray(3 * 128, 4 * 128)).toEqual(new Uint8Array(128).fill(0x55));
  before.fill(0x55, 3 * 128, 4 * 128);
  expect(after).toEqual(before);
});

test("two columns at each side are memory that no panel shows", () => {
  for (const [low, high] of [
    [0x00, 0x10],
    [0x02, 0x18],
  ]) {
    const { display, faults, send } = panel(0xb0, low, high);
    const { frames } = display;
    const before = display.frame();
    send(0x40, 0x12, 0x34);
    expect(display.frame()).toEqual(before);
    expect(display.frames).toBe(frames);
    expect(faults).toEqual([]);
  }
});

test.each([
  ["memory addressing, which an SSD1306 has", [0x20, 0x00]],
  ["a window of columns", [0x21, 0, 127]],
  ["an SSD1306's charge pump", [0x8d, 0x14]],
  ["a column beyond 131", [0x0f, 0x18]],
  ["a converter that is neither on nor off", [0xad, 0x14]],
])("%s is a fault", (_, commands) => {
  expect(panel(...commands).faults).not.toEqual([]);
});

test("the panel is dark without its converter, and lit by the AF after it is on again", () => {
  const { display, send } = panel(0xad, 0x8a);
  expect(display.on).toBe(false);
  send(0x00, 0xad, 0x8b);
  expect(display.on).toBe(false);
  send(0x00, 0xaf);
  expect(display.on).toBe(true);
});

test("a display that is not modelled is refused with those that are", () => {
  const display = { controller: "uc1701", width: 128, height: 64, address: 0x3c };
  expect(() => displayOf({ display }, () => {})).toThrow(
    /no uc1701 of 128 x 64 is modelled, but sh1106, ssd1306, st7567 of/,
  );
  expect(() => displayOf({ display: { ...display, controller: "sh1106", height: 32 } }, () => {})).toThrow(RangeError);
});
