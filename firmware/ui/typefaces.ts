/** The two fonts of the face, decoded when first asked for. */
import { type Font, fontOf } from "./canvas.ts";
import { font as text } from "./fonts/6x13.font";
import { font as digits } from "./fonts/digits.font";

declare const E: { toUint8Array(text: string): Uint8Array };
declare const atob: (base64: string) => string;

function decode(font: ReturnType<typeof text>): Font {
  return fontOf(font.width, font.height >> 3, font.first, E.toUint8Array(atob(font.glyphs)));
}

/** Text in cells of 6 x 16: VISCII. */
export function textFont(): Font {
  return decode(text());
}

/** Digits in cells of 12 x 24. */
export function digitFont(): Font {
  return decode(digits());
}
