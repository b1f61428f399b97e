import { expect, test } from "vitest";
import { ScreenReader } from "./screen-reader.ts";
import { keyHint, keypadKey, terminalPicture } from "./terminal.ts";
import { smallMachine, smallManifest } from "./testing/small-bundle.ts";

const keypad = smallManifest.keypad.legend.flat();

test.each([
  [{ name: "1", sequence: "1" }, "1"],
  [{ name: "return", sequence: "\r" }, "OK"],
  [{ name: "enter", sequence: "\n" }, "OK"],
  [{ name: "backspace", sequence: "\x7f" }, "CLEAR"],
  [{ name: "up", sequence: "\x1b[A" }, "UP"],
  [{ name: "down", sequence: "\x1b[B" }, "DOWN"],
  [{ name: "m", sequence: "m" }, "MENU"],
  [{ name: "o", sequence: "o" }, "OFF"],
  [{ name: "x", sequence: "x" }, undefined],
  [{ sequence: "+" }, undefined],
])("on the keyboard %j is %s on the keypad", (typed, key) => {
  expect(keypadKey(typed, keypad)).toBe(key);
});

test("a key that the board does not have is none on the keyboard either", () => {
  expect(keypadKey({ name: "m", sequence: "m" }, ["OK", "UP"])).toBeUndefined();
});

test("a wide terminal shows the pixels, a narrow one the text", () => {
  const machine = smallMachine({});
  const reader = new ScreenReader(machine.manifest);
  const wide = terminalPicture(machine, reader, 130, 40).split("\n");
  expect([wide.length, wide[0].length]).toEqual([34, 130]);
  const narrow = terminalPicture(machine, reader, 80, 24).split("\n");
  expect([narrow.length, narrow[0].length]).toEqual([6, 24]);
});

test("what to press fits a narrow terminal, and says so where the display is dark", () => {
  const dark = keyHint(new Uint8Array(1024));
  const lit = keyHint(new Uint8Array(1024).fill(1, 5, 6));
  for (const hint of [dark, lit])
    expect(Math.max(...hint.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect([dark, lit].map((hint) => hint.includes("any key wakes"))).toEqual([true, false]);
});
