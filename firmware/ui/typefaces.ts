/** The two fonts of the face. Their glyphs stay in flash, in a Storage file of their own. */
import { type Font, fontOf } from "./canvas.ts";
import { font as text } from "./fonts/6x13.font";
import { font as digits } from "./fonts/digits.font";

declare const espruinoRequire: (module: "Storage") => {
  read(name: string, at: number, length: number): string | undefined;
};
declare const E: { toArrayBuffer(text: string): ArrayBuffer };

function read(file: string, font: typeof text): Font {
  const glyphs = espruinoRequire("Storage").read(file, font.at, font.length);
  if (glyphs === undefined) throw new Error("the fonts are not installed: " + file);
  return fontOf(font.width, font.height >> 3, font.first, E.toArrayBuffer(glyphs));
}

/** Text in cells of 6 x 16: VISCII. @param file the Storage file @throws Error where there is none */
export function textFont(file: string): Font {
  return read(file, text);
}

/** Digits in cells of 12 x 24. @param file the Storage file @throws Error where there is none */
export function digitFont(file: string): Font {
  return read(file, digits);
}
