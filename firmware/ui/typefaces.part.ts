/** The fonts of the face. Their tables and glyphs stay in flash, in the image. */
import { type Font, fontOf } from "./canvas.ts";
import { font as text } from "./fonts/6x13.font";
import { font as tallText } from "./fonts/6x13-tall.font";
import { font as digits } from "./fonts/digits.font";
import { font as tallDigits } from "./fonts/digits-tall.font";

declare const espruinoRequire: (module: "Storage") => {
  read(name: string, at: number, length: number): string | undefined;
};
declare const E: { toArrayBuffer(text: string): ArrayBuffer };

export interface Typefaces {
  /** Text in cells of 6 x 16: VISCII. */
  readonly text: Font;
  /** What is typed: the same, or 6 x 32. */
  readonly typed: Font;
  /** Digits to be read, of 12 x 24 or 12 x 32. */
  readonly digits: Font;
  /** Where what is typed and what is to be read stands, between a title and a hint. */
  readonly page: number;
}

function load(file: string, at: number, font: typeof text): Font {
  const read = function (part: number[]): ArrayBuffer {
    const bytes = espruinoRequire("Storage").read(file, at + part[0], part[1]);
    if (bytes === undefined) throw new Error("the fonts are not installed: " + file);
    return E.toArrayBuffer(bytes);
  };
  const halves = font.halves[1] > 0 ? new Uint16Array(read(font.halves)) : undefined;
  return fontOf(font.width, font.height >> 3, halves, new Uint32Array(read(font.index)), read(font.glyphs));
}

/**
 * @param file the Storage file @param at where in it the image begins @param tall digits of double height
 * @throws Error where there is no such file
 */
export function typefaces(file: string, at: number, tall: boolean): Typefaces {
  const plain = load(file, at, text);
  return {
    text: plain,
    typed: tall ? load(file, at, tallText) : plain,
    digits: load(file, at, tall ? tallDigits : digits),
    page: tall ? 2 : 3,
  };
}
