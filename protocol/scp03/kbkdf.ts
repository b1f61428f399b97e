/**
 * Key-based key derivation (NIST SP 800-108r1 4.1): counter mode, PRF AES-CMAC, an 8-bit counter before the fixed input; and the keys
 * of one token, which are derived with it from a batch key or an issuer's master key.
 */
import type { Aes128Key } from "../primitives.ts";
import { type CmacKey, cmac, cmacKey, wipeCmacKey } from "./cmac.ts";
import { wipeCipher } from "./wipe.ts";

/** @param length bytes, at most 255 x 16 */
export function kbkdf(key: CmacKey, fixedInput: Uint8Array, length: number): Uint8Array {
  if (length > 255 * 16) throw new Error("An 8-bit counter gives 255 blocks at most");
  const derived = new Uint8Array(length);
  const counter = new Uint8Array(1);
  for (let at = 0; at < length; at += 16) {
    counter[0] = (at >> 4) + 1;
    const block = cmac(key, [counter, fixedInput]);
    derived.set(length - at < 16 ? block.subarray(0, length - at) : block, at);
    block.fill(0);
  }
  return derived;
}

export const PURPOSE_ENC = 0x01;
export const PURPOSE_MAC = 0x02;
export const PURPOSE_DEK = 0x03;
/** Of the key that answers a locked token's challenge. */
export const PURPOSE_UNLOCK = 0x04;
/** The bank's orders (apdu/sign-order.ts). */
export const PURPOSE_ORDER = 0x05;

const LABEL = [0x4f, 0x43, 0x48, 0x52, 0x45, 0x2d, 0x4b, 0x44]; // "OCHRE-KD"

/**
 * One transport key of one token.
 * Fixed input: `"OCHRE-KD" | purpose (1) | key version (1) | issuer id (8) | model (2) | serial (16)`.
 * @param key the batch key or the issuer's master key, 16 bytes
 * @param purpose one of the PURPOSE_*
 * @param issuerId 8 bytes
 * @param model 2 bytes
 * @param serial 16 bytes, see `serialField`
 * @returns 16 bytes; the caller overwrites them after use
 */
export function diversify(
  aes128: Aes128Key,
  key: Uint8Array,
  purpose: number,
  keyVersion: number,
  issuerId: Uint8Array,
  model: Uint8Array,
  serial: Uint8Array,
): Uint8Array {
  if (issuerId.length !== 8 || model.length !== 2 || serial.length !== 16) {
    throw new Error("Issuer id, model and serial have 8, 2 and 16 bytes");
  }
  const fixedInput = new Uint8Array(36);
  fixedInput.set(LABEL);
  fixedInput[8] = purpose;
  fixedInput[9] = keyVersion;
  fixedInput.set(issuerId, 10);
  fixedInput.set(model, 18);
  fixedInput.set(serial, 20);
  const aes = aes128(key);
  const prf = cmacKey(aes);
  const derived = kbkdf(prf, fixedInput, 16);
  wipeCmacKey(prf);
  wipeCipher(aes);
  return derived;
}

/** A serial number of 1 to 16 ASCII characters as the 16 bytes that key diversification takes. */
export function serialField(serial: string): Uint8Array {
  const field = new Uint8Array(16);
  if (serial.length < 1 || serial.length > 16) throw new Error("A serial number has 1 to 16 characters");
  for (let i = 0; i < serial.length; i++) field[i] = serial.charCodeAt(i);
  return field;
}
