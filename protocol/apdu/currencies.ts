/**
 * The currencies of the orders that a bank sends to a token's display, with where their decimal sign stands: an amount travels in minor
 * units, and a token that had to guess would show a hundredfold. A credential of kind connected sign carries them as its parameters:
 *
 *     1 to 4 x ( currency (3) | minor digits (1) )
 */
import { ApduError } from "./apdu-error.ts";
import { asciiBytes } from "./ascii.ts";
import { SW_WRONG_DATA } from "./status-word.ts";

export interface Currency {
  /** ISO 4217, three capital letters. */
  readonly code: string;
  /** Digits of an amount that stand behind the decimal sign, 0 to 3 (ISO 4217's exponent). */
  readonly minorDigits: number;
}

/** @throws ApduError for what the parameters do not hold */
export function encodeCurrencies(currencies: readonly Currency[]): Uint8Array {
  const bytes = new Uint8Array(4 * currencies.length);
  for (let i = 0; i < currencies.length; i++) {
    bytes.set(asciiBytes(currencies[i].code, 3), 4 * i);
    bytes[4 * i + 3] = Math.min(currencies[i].minorDigits, 255);
  }
  checkCurrencies(bytes);
  return bytes;
}

/** @throws ApduError (6A80) */
export function checkCurrencies(bytes: Uint8Array): void {
  let fits = bytes.length > 0 && bytes.length <= 16 && (bytes.length & 3) === 0;
  for (let i = 0; fits && i < bytes.length; i++) {
    fits = (i & 3) === 3 ? bytes[i] <= 3 : bytes[i] >= 0x41 && bytes[i] <= 0x5a;
  }
  if (!fits) throw new ApduError(SW_WRONG_DATA, "One to four currencies, each with 0 to 3 minor digits, are expected");
}

/** Minor digits of a currency, or -1 where it is not among these. @param code three ASCII letters */
export function minorDigitsOf(currencies: Uint8Array, code: Uint8Array): number {
  for (let at = 0; at < currencies.length; at += 4) {
    if (currencies[at] === code[0] && currencies[at + 1] === code[1] && currencies[at + 2] === code[2]) {
      return currencies[at + 3];
    }
  }
  return -1;
}
