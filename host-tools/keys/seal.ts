/**
 * Seeds at rest and between two machines: AES-256-GCM (NIST SP 800-38D) with the seed's identity as associated data, so that a sealed
 * seed opens only as the credential it was sealed for. Text form: base64url (RFC 4648 5, no padding) of nonce (12) | ciphertext | tag (16).
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const NONCE = 12;
const TAG = 16;
const KEY = 32;

/** A sealed seed that does not open. One error for every cause: a wrong key, another identity and altered bytes look alike. */
export class SealError extends Error {
  override name = "SealError";
  constructor() {
    super("the sealed seed does not open under this key for this credential");
  }
}

function checkKey(key: Uint8Array): void {
  if (key.length !== KEY) throw new RangeError(`a sealing key has ${KEY} bytes, this one has ${key.length}`);
}

/**
 * Seals a seed under a key of 32 bytes. The nonce is random: SP 800-38D 8.3 allows 2^32 seals under one key, far more than one
 * order of tokens. The caller wipes `seed`.
 */
export function sealSeed(key: Uint8Array, aad: Uint8Array, seed: Uint8Array): string {
  checkKey(key);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG }).setAAD(aad);
  return Buffer.concat([nonce, cipher.update(seed), cipher.final(), cipher.getAuthTag()]).toString("base64url");
}

/**
 * Opens what `sealSeed` made; the caller wipes the seed after use.
 * @throws SealError for anything that is not exactly a seed sealed under this key and associated data
 */
export function openSeed(key: Uint8Array, aad: Uint8Array, sealed: string): Uint8Array {
  checkKey(key);
  const bytes = Buffer.from(sealed, "base64url");
  // Node's decoder skips what it does not know: only the one spelling that sealSeed writes is accepted.
  if (bytes.length < NONCE + TAG || bytes.toString("base64url") !== sealed) throw new SealError();
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE), { authTagLength: TAG })
    .setAAD(aad)
    .setAuthTag(bytes.subarray(bytes.length - TAG));
  const seed = decipher.update(bytes.subarray(NONCE, bytes.length - TAG));
  try {
    decipher.final();
  } catch {
    seed.fill(0);
    throw new SealError();
  }
  const result = new Uint8Array(seed);
  seed.fill(0);
  return result;
}

/**
 * The associated data of a seed on its way from the key service to the validation server: "ochre-enrolment|serial|slot|suite".
 * A field with the separator in it is refused: two different credentials must never share their associated data.
 */
export function enrolmentAad(serial: string, slot: number, suite: string): Uint8Array {
  if (serial.includes("|") || suite.includes("|")) throw new RangeError("a serial or a suite has no | in it");
  return new Uint8Array(Buffer.from(`ochre-enrolment|${serial}|${slot}|${suite}`));
}
