/**
 * Dynamic truncation (RFC 4226 5.3): from an HMAC to the digits that a person types.
 */
import { OtpError } from "./errors.ts";

/**
 * @param mac a whole HMAC, 20 bytes at least (the last byte's low nibble selects four bytes from the first 19)
 * @param digits 4 to 10 (RFC 6287 5.2); the truncated value has 31 bits, so a code of 10 digits starts with 0, 1 or 2
 * @returns exactly `digits` decimal digits, leading zeros kept
 * @throws OtpError `mac` or `digits`
 */
export function truncate(mac: Uint8Array, digits: number): string {
  if (!(digits >= 4 && digits <= 10 && Math.floor(digits) === digits)) {
    throw new OtpError("digits", `a code has 4 to 10 digits, not ${digits}`);
  }
  if (mac.length < 20) throw new OtpError("mac", `an HMAC of 20 bytes or more is truncated, not one of ${mac.length}`);
  const offset = mac[mac.length - 1] & 15;
  const value = ((mac[offset] & 0x7f) << 24) | (mac[offset + 1] << 16) | (mac[offset + 2] << 8) | mac[offset + 3];
  // The last digits of the padded decimal are value mod 10^digits (RFC 4226 5.3, step 3).
  const decimal = "0000000000" + value;
  return decimal.substr(decimal.length - digits);
}
