/**
 * The text of an order: what a payee's name and a reference may consist of.
 *
 * An order is hashed from the bytes that were shown, so two texts that look alike must not differ in bytes. Unicode allows that in
 * many ways, and a token has no tables to normalise by. So the repertoire is given by what is allowed, in ranges of the Basic
 * Multilingual Plane that are written from left to right, are visible, do not combine, and are stable under normalisation (every
 * character is its own NFC, and none composes with one before it), so that every text over it is in NFC:
 *
 *   ASCII          U+0020-007E
 *   Latin          U+00A1-00AC, 00AE-02AF, 1E00-1EFF (all of Vietnamese; without the soft hyphen)
 *   Greek          U+0386, 0388-038A, 038C, 038E-03A1, 03A3-03CE
 *   Cyrillic       U+0400-0481, 048A-052F
 *   punctuation    U+2010-2027, currency signs U+20A0-20C0, U+2116
 *   East Asian     U+3005, 3041-3096, 30A1-30FC, 3400-4DBF, 4E00-9FFF, AC00-D7A3
 *
 * Refused, then: controls, every space but U+0020, combining marks, invisible and format characters, bidirectional controls and
 * scripts from right to left, singletons and other characters that normalisation replaces (U+212A, U+0340, U+1F71, U+F900 and so on),
 * conjoining Hangul, private use, and all beyond U+FFFF. A board may show less and then refuses more.
 */
import { type OrderPart, OtpError } from "./errors.ts";

function isOrderCharacter(c: number): boolean {
  if (c < 0x7f) return c >= 0x20;
  if (c < 0x2b0) return c >= 0xa1 && c !== 0xad;
  if (c >= 0x1e00 && c <= 0x1eff) return true;
  if (c < 0x400) {
    return (c >= 0x388 && c <= 0x3ce && c !== 0x38b && c !== 0x38d && c !== 0x3a2) || c === 0x386;
  }
  if (c <= 0x52f) return c <= 0x481 || c >= 0x48a;
  if (c < 0x3000) return (c >= 0x2010 && c <= 0x2027) || (c >= 0x20a0 && c <= 0x20c0) || c === 0x2116;
  if (c < 0x3400) return c === 0x3005 || (c >= 0x3041 && c <= 0x3096) || (c >= 0x30a1 && c <= 0x30fc);
  return c <= 0x4dbf || (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7a3);
}

/**
 * Checks that the bytes are UTF-8 (RFC 3629: shortest form, no surrogates) of the characters above.
 *
 * @param part names the field in the error
 * @throws OtpError `part`
 */
export function checkOrderText(bytes: Uint8Array, part: OrderPart): void {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at];
    let following = 0;
    let character = lead;
    if (lead >= 0x80) {
      // C0, C1 and F5 to FF never occur; F0 to F4 lead to characters beyond U+FFFF.
      if (lead < 0xc2 || lead > 0xf4) throw new OtpError(part, `UTF-8 expected; byte ${at} is none`);
      following = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
      character = lead & (0x3f >> following);
    }
    for (let i = 1; i <= following; i++) {
      const byte = at + i < bytes.length ? bytes[at + i] : 0;
      if ((byte & 0xc0) !== 0x80) throw new OtpError(part, `UTF-8 expected; byte ${at + i} continues no character`);
      character = (character << 6) | (byte & 0x3f);
    }
    if (following === 2 && character < 0x800)
      throw new OtpError(part, `UTF-8 expected; byte ${at} is not its shortest form`);
    // Surrogates are not among the allowed characters.
    if (following === 3 || !isOrderCharacter(character)) {
      const came = character.toString(16);
      throw new OtpError(part, `a visible character that is its own NFC is expected, not code point 0x${came}`);
    }
    at += following + 1;
  }
}
