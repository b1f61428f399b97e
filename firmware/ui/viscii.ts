/**
 * The code page of the token's text: VISCII (RFC 1456), which keeps ASCII where it is and gives each Vietnamese letter one byte. Strings
 * in Espruino on microcontrollers are bytes, so the build puts every message into this page, and nothing else in a bundle is text.
 *
 * Six letters stand in control positions already; of the others, those that no terminal or line protocol cares for hold the symbols of
 * the screens. NUL, LF and CR stay free.
 */

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

/** RFC 1456, 0x00 to 0x1F. */
const controls: Record<number, string> = { 2: "Ẳ", 5: "Ẵ", 6: "Ẫ", 20: "Ỷ", 25: "Ỹ", 30: "Ỵ" };

/** RFC 1456, 0x80 to 0xFF. */
const upperHalf =
  "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ" +
  "ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ" +
  "Õắằặấầẩậẽẹếềểễệố" +
  "ồổỗỠƠộờởịỰỨỪỬơớƯ" +
  "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ" +
  "ĐứÒÓÔạỷừửÙÚỹỵÝỡư" +
  "àáâãảăữẫèéêẻìíĩỉ" +
  "đựòóôõỏọụùúũủýợỮ";

/** 256 entries: the character (in Unicode NFC) that each code stands for, "" where it stands for none. */
export const codePage: readonly string[] = (function () {
  const page: string[] = [];
  for (let code = 0; code < 256; code++) {
    if (code >= 128) page.push(upperHalf[code - 128]);
    else if (code >= 32 && code < 127) page.push(String.fromCharCode(code));
    else page.push(controls[code] || symbols[code] || "");
  }
  return page;
})();

/** The code of one character (in Unicode NFC), -1 where the page has none. */
export function codeOf(character: string): number {
  return character === "" ? -1 : codePage.indexOf(character);
}
