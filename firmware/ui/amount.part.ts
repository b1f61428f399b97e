/** Amounts as they are read. */
import { LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";

/**
 * An amount with its thousands apart: 1.500.000 in Vietnamese, 1,500,000 in English.
 *
 * @param digits minor units, decimal
 * @param minorDigits how many of them stand behind the decimal sign
 */
export function amountText(language: number, digits: string, minorDigits: number): string {
  const vi = language === LANGUAGE_VIETNAMESE;
  const padded = "0000".substr(0, Math.max(0, minorDigits + 1 - digits.length)) + digits;
  let at = padded.length - minorDigits;
  let text = minorDigits > 0 ? (vi ? "," : ".") + padded.substr(at) : "";
  for (; at > 3; at -= 3) text = (vi ? "." : ",") + padded.substr(at - 3, 3) + text;
  return padded.substr(0, at) + text;
}
