/**
 * VISCII (RFC 1456): each Vietnamese letter is one byte, ASCII stays where it is. Names on a token's display travel in it, because the
 * strings of its interpreter are bytes and its fonts are in this order.
 */

/** 00 to 1F, as far as they are letters. */
export const VISCII_CONTROLS: Readonly<Record<number, string>> = { 2: "Ẳ", 5: "Ẵ", 6: "Ẫ", 20: "Ỷ", 25: "Ỹ", 30: "Ỵ" };

/** 80 to FF. */
export const VISCII_UPPER_HALF =
  "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ" +
  "ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ" +
  "Õắằặấầẩậẽẹếềểễệố" +
  "ồổỗỠƠộờởịỰỨỪỬơớƯ" +
  "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ" +
  "ĐứÒÓÔạỷừửÙÚỹỵÝỡư" +
  "àáâãảăữẫèéêẻìíĩỉ" +
  "đựòóôõỏọụùúũủýợỮ";

/** The code of a letter, digit or sign (one character in Unicode NFC), -1 where the page has none. */
function codeOf(character: string): number {
  if (/^[ -~]$/.test(character)) return character.charCodeAt(0);
  const upper = VISCII_UPPER_HALF.indexOf(character);
  if (upper >= 0) return 0x80 + upper;
  const control = Object.keys(VISCII_CONTROLS).find((code) => VISCII_CONTROLS[Number(code)] === character);
  return control === undefined ? -1 : Number(control);
}

/**
 * Text as a string of VISCII's codes, one for each character, which is how a token has it. For hosts: tokens have no Unicode.
 * @param text in any normal form
 * @throws RangeError naming the first character that the page lacks
 */
export function toViscii(text: string): string {
  let codes = "";
  for (const character of text.normalize("NFC")) {
    const code = codeOf(character);
    if (code < 0) {
      const point = (character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
      throw new RangeError(`A token can't show ${JSON.stringify(character)} (U+${point})`);
    }
    codes += String.fromCharCode(code);
  }
  return codes;
}
