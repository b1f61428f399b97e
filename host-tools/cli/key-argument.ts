/** Keys as people write them: hex, or base32 (RFC 4648 6) as in `otpauth:` addresses. */
import { UsageError } from "./usage-error.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** @throws UsageError that names the option, never the text */
export function parseHex(text: string, option: string): Uint8Array {
  if (!/^([0-9a-f]{2})+$/i.test(text))
    throw new UsageError(`${option}: pairs of hex digits are expected, one at least`);
  return new Uint8Array(Buffer.from(text, "hex"));
}

function parseBase32(text: string, option: string): Uint8Array {
  const digits = text.replace(/=+$/, "").toUpperCase();
  if (!/^[A-Z2-7]+$/.test(digits)) throw new UsageError(`${option}: hex or base32 is expected`);
  const bytes = new Uint8Array((digits.length * 5) >> 3);
  let bits = 0;
  let count = 0;
  let at = 0;
  for (const digit of digits) {
    bits = ((bits << 5) | ALPHABET.indexOf(digit)) & 0xfff;
    count += 5;
    if (count >= 8) {
      count -= 8;
      bytes[at++] = (bits >> count) & 0xff;
    }
  }
  // Five bits or more to spare mean that a digit is missing or one too many; spare bits that are set, that one is mistyped.
  if (count >= 5 || (bits & ((1 << count) - 1)) !== 0) {
    throw new UsageError(`${option}: the base32 text is cut short or mistyped`);
  }
  return bytes;
}

/**
 * Hex where the text is pairs of hex digits, else base32; `hex:` and `base32:` before it decide (a base32 text of an even number of
 * A to F and 2 to 7 alone needs it). Blanks between groups, case and base32's padding do not matter.
 *
 * @returns one byte or more
 * @throws UsageError that names the option, never the text
 */
export function parseKey(text: string, option: string): Uint8Array {
  const [, prefix, rest] = /^(hex:|base32:)?(.*)$/is.exec(text.replace(/\s+/g, "")) as RegExpExecArray;
  const form = prefix?.toLowerCase() ?? (/^([0-9a-f]{2})+$/i.test(rest) ? "hex:" : "base32:");
  return form === "hex:" ? parseHex(rest, option) : parseBase32(rest, option);
}
