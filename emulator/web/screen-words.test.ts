import { expect, test } from "vitest";
import type { Screen } from "../engine.ts";
import { screenWords } from "./screen-words.ts";

const screen = (lines: string[], inverted = -1, on = true): Screen => ({
  on,
  width: 128,
  height: 64,
  lines: lines.map((text, index) => ({ text, inverted: index === inverted })),
  pixels: new Uint8Array(1024),
  frame: 1,
});

test("the lines are said one after the other, without the bar that shrinks", () => {
  const shown = screen(["      Time code", "1234  5678", "", "█████░░░░░"]);
  expect(screenWords(shown, "en")).toBe("Time code. 1234 5678");
});

test("the chosen line of a menu is named in the page's language", () => {
  expect(screenWords(screen(["One", "Two"], 1), "en")).toBe("One. Two, chosen");
  expect(screenWords(screen(["One", "Two"], 1), "vi")).toBe("One. Two, đang chọn");
});

test("a dark display is said to be dark", () => {
  expect(screenWords(screen(["left over"], -1, false), "en")).toBe("The display is dark.");
});
