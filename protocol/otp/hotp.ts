/**
 * HOTP (RFC 4226): `HOTP(K, C) = Truncate(HMAC(K, C))`, with any of the three hash functions of RFC 6238 1.2.
 */
import type { Hash } from "../primitives.ts";
import { checkCounter } from "./counter.ts";
import { OtpError } from "./errors.ts";
import { type HmacKey, hmacKey, hmacWith, wipeHmacKey } from "./hmac.ts";
import { truncate } from "./truncate.ts";

/**
 * @param key one byte or more; that it is long enough (RFC 4226 4, R6: 128 bits at least) is for whoever issues it to see to
 * @param counter 8 bytes, big-endian
 * @param digits 6 to 10 (RFC 4226 5.3: 6 at least)
 * @returns the code, leading zeros kept
 * @throws OtpError `key`, `counter` or `digits`
 */
export function hotp(hash: Hash, key: Uint8Array, counter: Uint8Array, digits: number): string {
  if (key.length === 0) throw new OtpError("key", "a key has one byte at least, not none");
  const ready = hmacKey(hash, key);
  try {
    return hotpWith(ready, counter, digits);
  } finally {
    wipeHmacKey(ready);
  }
}

/**
 * The same with a key that is kept ready.
 *
 * @throws OtpError `counter` or `digits`
 */
export function hotpWith(key: HmacKey, counter: Uint8Array, digits: number): string {
  checkCounter(counter);
  if (!(digits >= 6 && digits <= 10 && Math.floor(digits) === digits)) {
    throw new OtpError("digits", `a code has 6 to 10 digits, not ${digits}`);
  }
  const mac = hmacWith(key, counter);
  const code = truncate(mac, digits);
  mac.fill(0);
  return code;
}
