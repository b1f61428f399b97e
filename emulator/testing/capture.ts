/** What a display shows at one moment, and how it reads. */
import type { Screen } from "../engine.ts";
import { blockPicture } from "../picture.ts";

/** Any engine's `Screen` is one, and `token.capture()` gives one. */
export type Capture = Pick<Screen, "on" | "width" | "height" | "lines" | "pixels">;

/** A capture, or the token that it is to be made of. */
export type Shown = Capture | { capture(): Capture };

const CODE = /^\d{6,10}$/;

/** @throws TypeError for what has no display */
export function captureOf(shown: Shown): Capture {
  const capture = typeof shown === "object" && shown !== null && "capture" in shown ? shown.capture() : shown;
  if (!(Object(capture).pixels instanceof Uint8Array))
    throw new TypeError("a token or what its screen() or capture() gave was expected");
  return capture;
}

/** Whether the pixel in column `x` and row `y` shines. */
export function lit({ pixels, width }: Pick<Capture, "pixels" | "width">, x: number, y: number): boolean {
  return ((pixels[(y >> 3) * width + x] >> (y & 7)) & 1) === 1;
}

/** The lines of the display without spaces at their ends; the chosen line of a menu begins with "> ". */
export function linesOf({ lines }: Capture): string[] {
  return lines.map(({ text, inverted }) => (inverted ? `> ${text}` : text).trimEnd());
}

/** The display in block characters, in a frame; at half the width where the terminal's columns are too few. */
export function pictureOf(capture: Capture, columns?: number): string {
  return blockPicture(capture.width, capture.height, (x, y) => lit(capture, x, y), columns);
}

/** The number of the line with a code, 6 to 10 digits that may stand in groups; -1 for none. */
export function codeLine({ lines }: Capture): number {
  return lines.findIndex(({ text }) => CODE.test(text.replaceAll(" ", "")));
}

/** The code on the screen, its digits alone. @throws Error with the picture of a screen that shows none */
export function codeOf(shown: Shown): string {
  const capture = captureOf(shown);
  const line = codeLine(capture);
  if (line < 0) throw new Error(`A code was expected on the screen. It shows:\n${portrait(capture)}`);
  return capture.lines[line].text.replaceAll(" ", "");
}

/** Columns of a terminal that nobody has asked. */
const NARROW = 80;

/** A screen in a failing test's message: its picture, and how it reads. */
export function portrait(capture: Capture): string {
  if (!capture.on) return "(the display is off)";
  const lines = linesOf(capture).map((line) => `  ${JSON.stringify(line)}`);
  return [pictureOf(capture, process.stderr.columns ?? NARROW), ...lines].join("\n");
}
