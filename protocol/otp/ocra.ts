/**
 * OCRA (RFC 6287): `OCRA = CryptoFunction(K, DataInput)`.
 */
import type { Hashes } from "../primitives.ts";
import { dataInput, type OcraInputs } from "./data-input.ts";
import { OtpError } from "./errors.ts";
import { toHex } from "./hex.ts";
import { type HmacKey, hmacKey, hmacWith, wipeHmacKey } from "./hmac.ts";
import type { OcraSuite } from "./suite.ts";
import { timeStep } from "./totp.ts";
import { truncate } from "./truncate.ts";

/**
 * T of a moment: time steps of the suite's length since the Unix epoch (RFC 6287 5.1).
 *
 * @param unixSeconds UTC; a fraction of a second is cut off
 * @returns 8 bytes, big-endian
 * @throws OtpError `timeStep` for a suite without T, `time` for a time before 1970
 */
export function ocraTimeStep(suite: OcraSuite, unixSeconds: number): Uint8Array {
  if (suite.timeStepSeconds === 0) throw new OtpError("timeStep", `the suite ${suite.text} has no time step`);
  return timeStep(unixSeconds, suite.timeStepSeconds, 0);
}

/**
 * The whole HMAC over the data input.
 *
 * @param key one byte or more
 * @returns a fresh array of 20, 32 or 64 bytes; overwrite it when it is not what goes out
 * @throws OtpError `key`, or what `dataInput` throws
 */
export function ocraMac(hashes: Hashes, key: Uint8Array, suite: OcraSuite, inputs: OcraInputs): Uint8Array {
  const ready = readyKey(hashes, key, suite);
  try {
    return ocraMacWith(ready, suite, inputs);
  } finally {
    wipeHmacKey(ready);
  }
}

/**
 * The same with a key that is kept ready.
 *
 * @param key over the hash function of the suite
 * @throws OtpError what `dataInput` throws
 */
export function ocraMacWith(key: HmacKey, suite: OcraSuite, inputs: OcraInputs): Uint8Array {
  const message = dataInput(suite, inputs);
  const mac = hmacWith(key, message);
  message.fill(0);
  return mac;
}

/**
 * The response as it is shown or sent: as many decimal digits as the suite says, or for a truncation of 0 the whole HMAC in
 * lower-case hex (RFC 6287 5.2; its reference code is wrong for 0, 9 and 10).
 *
 * @throws OtpError `key`, or what `dataInput` throws
 */
export function ocra(hashes: Hashes, key: Uint8Array, suite: OcraSuite, inputs: OcraInputs): string {
  const ready = readyKey(hashes, key, suite);
  try {
    return ocraWith(ready, suite, inputs);
  } finally {
    wipeHmacKey(ready);
  }
}

/**
 * The same with a key that is kept ready.
 *
 * @param key over the hash function of the suite
 * @throws OtpError what `dataInput` throws
 */
export function ocraWith(key: HmacKey, suite: OcraSuite, inputs: OcraInputs): string {
  const mac = ocraMacWith(key, suite, inputs);
  const response = suite.digits === 0 ? toHex(mac) : truncate(mac, suite.digits);
  mac.fill(0);
  return response;
}

function readyKey(hashes: Hashes, key: Uint8Array, suite: OcraSuite): HmacKey {
  if (key.length === 0) throw new OtpError("key", "a key has one byte at least, not none");
  return hmacKey(hashes[suite.hash], key);
}
