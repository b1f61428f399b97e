/**
 * The activation code: 19 random digits and the check digit of ISO/IEC 7064 MOD 11,10, from the bank's letter. It stands in arrays, never
 * in strings, wherever a token has it.
 */
import { checkDigit } from "./check-digit.ts";

/** Digits of an activation code, the check digit among them. */
export const ACTIVATION_CODE_LENGTH = 20;

/** True for 20 ASCII digits of which the last is right. Whether they are the token's is another question. */
export function isActivationCode(ascii: Uint8Array): boolean {
  if (ascii.length !== ACTIVATION_CODE_LENGTH) return false;
  for (let i = 0; i < ascii.length; i++) if (!(ascii[i] >= 48 && ascii[i] <= 57)) return false;
  return checkDigit(ascii, ACTIVATION_CODE_LENGTH - 1) === ascii[ACTIVATION_CODE_LENGTH - 1] - 48;
}
