/** The two fonts of the face. Their tables and glyphs stay in flash, in a Storage file of their own. */
import { type Font, fontOf } from "./canvas.ts";
import { font as text } from "./fonts/6x13.font";
import { font as digits } from "./fonts/digits.font";

declare const espruinoRequire: (module: "Storage") => {
  read(name: string, at: number, length: number): string | undefined;
};
declare const E: { toArrayBuffer(text: string): ArrayBuffer };

export interface Typefaces {
  /** Text in cells of 6 x 16: VISCII. */
  readonly text: Font;
  /** Digits of 12 x 24. */
  readonly digits: Font;
}

function load(file: string, font: typeof text): Font {
  const read = function (part: number[]): ArrayBuffer {
    const bytes = espruinoRequire("Storage").read(file, part[0], part[1]);
    if (bytes === undefined) throw new Error("the fonts are not installed: " + file);
    return E.toArrayBuffer(bytes);
  };
  const halves = font.halves[1] > 0 ? new Uint16Array(read(font.halves)) : undefined;
  return fontOf(font.width, font.height >> 3, halves, new Uint32Array(read(font.index)), read(font.glyphs));
}

/** @param file the Storage file @throws Error where there is none */
export function typefaces(file: string): Typefaces {
  return { text: load(file, text), digits: load(file, digits) };
}
