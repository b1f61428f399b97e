/**
 * UTF-8 in the code page of the token's fonts (viscii.ts). The letters of Vietnamese stand in two runs of Unicode, whose codes are in one
 * table, and twelve stand alone: a table of all of Unicode's plane would not fit a token.
 */
declare const atob: (text: string) => string;

/** Codes of U+00C0 to U+00FF, then of U+1EA0 to U+1EF9; 00 where the page has none. */
const RUNS =
  "wMHCwwAAAADIycoAzM0AAAAA0tPUoAAAANnaAADdAADg4eLjAAAAAOjp6gDs7QAAAADy8/T1AAAA+foAAP0AAIDVxOSEpIWlhqYG54engaGCogLGBceDo4mpy+uIqIqqi6uMrI2tjq6b75i4mveZ9o+vkLCRsZKyk7WVvpa2l7ez3pT+nvic/LrRu9e82P/mufGfzx7cFNYZ2w==";
const ALONE = [0x102, 0x103, 0x110, 0x111, 0x128, 0x129, 0x168, 0x169, 0x1a0, 0x1a1, 0x1af, 0x1b0];
const ALONE_CODES = [0xc5, 0xe5, 0xd0, 0xf0, 0xce, 0xee, 0x9d, 0xfb, 0xb4, 0xbd, 0xbf, 0xdf];

/** The code of a character, 0 where the page has none. ASCII stays where it is. */
function codeOf(runs: string, character: number): number {
  if (character < 0x7f) return character < 0x20 ? 0 : character;
  if (character >= 0xc0 && character <= 0xff) return runs.charCodeAt(character - 0xc0);
  if (character >= 0x1ea0 && character <= 0x1ef9) return runs.charCodeAt(64 + character - 0x1ea0);
  const at = ALONE.indexOf(character);
  return at < 0 ? 0 : ALONE_CODES[at];
}

/**
 * The text for `Canvas.text`, or undefined when one of its characters is not in the page: nothing is shown in the place of another.
 *
 * @param utf8 valid, without code points beyond U+FFFF: as an order's texts are
 */
export function fontText(utf8: Uint8Array): string | undefined {
  const runs = atob(RUNS);
  let text = "";
  for (let at = 0; at < utf8.length; at++) {
    let character = utf8[at];
    if (character >= 0xe0) {
      character = ((character & 0x0f) << 12) | ((utf8[at + 1] & 0x3f) << 6) | (utf8[at + 2] & 0x3f);
      at += 2;
    } else if (character >= 0xc0) {
      character = ((character & 0x1f) << 6) | (utf8[at + 1] & 0x3f);
      at++;
    }
    const code = codeOf(runs, character);
    if (code === 0) return undefined;
    text += String.fromCharCode(code);
  }
  return text;
}
