/**
 * The readable challenge `AAAA RRRRR K`: the last four digits of the payee's account, five random digits, and the check digit of
 * ISO/IEC 7064 MOD 11,10, which finds every wrong digit and nearly every swap.
 *
 * It enters an OCRA suite QN10, whose field forgets leading zeros and does not tell q from 16q. Numbers of exactly ten digits that are
 * no multiple of 16 never collide there, so a challenge is exactly that.
 */
import { checkDigit } from "./check-digit.ts";
import { OtpError } from "./errors.ts";

/** Characters of a challenge without its spaces. */
export const CHALLENGE_LENGTH = 10;

/** The check digit of a text of digits. */
function checkDigitOf(digits: string): string {
  const ascii: number[] = [];
  for (let i = 0; i < digits.length; i++) ascii.push(digits.charCodeAt(i));
  return "" + checkDigit(ascii, ascii.length);
}

/** 10^4 is a multiple of 16, so the last four digits decide. */
function isMultipleOf16(digits: string): boolean {
  return parseInt(digits.slice(digits.length - 4), 10) % 16 === 0;
}

/**
 * The four digits of an account that stand in its challenges: the last four, or all of a shorter account after zeros.
 *
 * @param account decimal digits, at least one
 * @throws OtpError `account`
 */
export function accountTail(account: string): string {
  if (!/^[0-9]+$/.test(account)) throw new OtpError("account", "an account is decimal digits alone, one at least");
  const padded = "000" + account;
  return padded.slice(padded.length - 4);
}

/**
 * @param accountTail4 four decimal digits
 * @param random5 five decimal digits from a good random source
 * @returns ten digits
 * @throws OtpError `account`, `random`, or `multipleOf16` (one draw in sixteen): then draw `random5` again
 */
export function makeChallenge(accountTail4: string, random5: string): string {
  if (accountTail4.length !== 4 || !/^[0-9]+$/.test(accountTail4)) {
    throw new OtpError(
      "account",
      `four decimal digits of the account are expected, ${accountTail4.length} characters came`,
    );
  }
  if (random5.length !== 5 || !/^[0-9]+$/.test(random5)) {
    throw new OtpError("random", `five random decimal digits are expected, ${random5.length} characters came`);
  }
  const digits = accountTail4 + random5;
  const challenge = digits + checkDigitOf(digits);
  if (isMultipleOf16(challenge)) throw new OtpError("multipleOf16", "a challenge is no multiple of 16");
  return challenge;
}

/**
 * @param challenge the digits, without spaces
 * @throws OtpError `challenge` for anything but ten digits, `checkDigit`, `multipleOf16`
 */
export function checkChallenge(challenge: string): void {
  if (challenge.length !== CHALLENGE_LENGTH) {
    throw new OtpError("challenge", `a challenge has ${CHALLENGE_LENGTH} digits, not ${challenge.length}`);
  }
  if (!/^[0-9]+$/.test(challenge)) throw new OtpError("challenge", "a challenge is decimal digits alone");
  if (checkDigitOf(challenge.slice(0, 9)) !== challenge.slice(9)) {
    throw new OtpError("checkDigit", "the challenge's check digit is wrong");
  }
  if (isMultipleOf16(challenge)) throw new OtpError("multipleOf16", "a challenge is no multiple of 16");
}

/**
 * `AAAA RRRRR K`, for reading.
 *
 * @param challenge as `makeChallenge` returns it
 * @throws OtpError as `checkChallenge`
 */
export function formatChallenge(challenge: string): string {
  checkChallenge(challenge);
  return challenge.slice(0, 4) + " " + challenge.slice(4, 9) + " " + challenge.slice(9);
}
