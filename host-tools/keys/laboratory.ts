/**
 * TEST KEYS, published on purpose: whoever has this file can personalise a token that was made with them. They stand in emulated
 * tokens and in boards on a developer's desk, never in a token that guards anything.
 */
import { deriveTransportKeys, type TransportKeys } from "./transport-keys.ts";

/** TEST KEY. The batch key of every laboratory token: "OCHRE LAB BATCH!" in ASCII. */
export const LABORATORY_BATCH_KEY: Readonly<Uint8Array> = new Uint8Array(Buffer.from("OCHRE LAB BATCH!", "latin1"));

/** Version of the key set that a laboratory token has before it is personalised. */
export const LABORATORY_KEY_VERSION = 1;

/** Whom laboratory tokens are made for, 8 bytes. */
export const LABORATORY_ISSUER_ID: Readonly<Uint8Array> = new Uint8Array(Buffer.from("OCHRELAB", "latin1"));

/** Model of the reference board pico-keypad. */
const REFERENCE_MODEL = new Uint8Array([0x00, 0x01]);

/** The keys that a laboratory token of this serial number leaves the factory with. */
export function laboratoryTransportKeys(serial: string, model: Uint8Array = REFERENCE_MODEL): TransportKeys {
  return deriveTransportKeys(LABORATORY_BATCH_KEY, LABORATORY_KEY_VERSION, LABORATORY_ISSUER_ID, serial, model);
}
