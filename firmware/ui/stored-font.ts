/** A font where it lies in flash: its tables and glyphs stay there, in a Storage file of their own. */
import { type Font, fontOf } from "./canvas.ts";
import type { font as built } from "./fonts/6x13.font";

declare const espruinoRequire: (module: "Storage") => {
  read(name: string, at: number, length: number): string | undefined;
};
declare const E: { toArrayBuffer(text: string): ArrayBuffer };

/** @param file the Storage file @param at where in it the image begins @throws Error where there is none */
export function storedFont(file: string, at: number, font: typeof built): Font {
  const read = function (part: number[]): ArrayBuffer {
    const bytes = espruinoRequire("Storage").read(file, at + part[0], part[1]);
    if (bytes === undefined) throw new Error("the fonts are not installed: " + file);
    return E.toArrayBuffer(bytes);
  };
  const halves = font.halves[1] > 0 ? new Uint16Array(read(font.halves)) : undefined;
  return fontOf(font.width, font.height >> 3, halves, new Uint32Array(read(font.index)), read(font.glyphs));
}
