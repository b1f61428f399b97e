/**
 * The code page of the token's text: VISCII (RFC 1456), which keeps ASCII where it is and gives each Vietnamese letter one byte. Strings
 * in Espruino on microcontrollers are bytes, so the build puts every message into this page, and nothing else in a bundle is text.
 *
 * Six letters stand in control positions already; of the others, those that no terminal or line protocol cares for hold the symbols of
 * the screens. NUL, LF and CR stay free.
 */
import { VISCII_CONTROLS, VISCII_UPPER_HALF } from "../../protocol/viscii.ts";

/** Symbols of the screens by their code. */
const symbols: Record<number, string> = {
  4: "🔒",
  7: "○",
  8: "●",
  11: "←",
  12: "→",
  14: "▶",
  16: "↑",
  17: "↓",
  18: "✓",
  19: "✗",
  21: "…",
  22: "·",
  23: "█",
  24: "▌",
  26: "░",
};

/** 256 entries: the character (in Unicode NFC) that each code stands for, "" where it stands for none. */
export const codePage: readonly string[] = (function () {
  const page: string[] = [];
  for (let code = 0; code < 256; code++) {
    if (code >= 128) page.push(VISCII_UPPER_HALF[code - 128]);
    else if (code >= 32 && code < 127) page.push(String.fromCharCode(code));
    else page.push(VISCII_CONTROLS[code] || symbols[code] || "");
  }
  return page;
})();

/** The code of one character (in Unicode NFC), -1 where the page has none. */
export function codeOf(character: string): number {
  return character === "" ? -1 : codePage.indexOf(character);
}
