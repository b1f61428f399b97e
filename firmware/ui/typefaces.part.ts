/** The fonts of the face. */
import type { Font } from "./canvas.ts";
import { font as text } from "./fonts/6x13.font";
import { font as tallText } from "./fonts/6x13-tall.font";
import { font as digits } from "./fonts/digits.font";
import { font as tallDigits } from "./fonts/digits-tall.font";
import { storedFont } from "./stored-font.ts";

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

/**
 * @param file the Storage file @param at where in it the image begins @param tall digits of double height
 * @throws Error where there is no such file
 */
export function typefaces(file: string, at: number, tall: boolean): Typefaces {
  const plain = storedFont(file, at, text);
  return {
    text: plain,
    typed: tall ? storedFont(file, at, tallText) : plain,
    digits: storedFont(file, at, tall ? tallDigits : digits),
    page: tall ? 2 : 3,
  };
}
