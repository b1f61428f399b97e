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
const REFERENCE_MODEL = 0x0001;

/**
 * The keys that a laboratory token of this serial number leaves the factory with.
 * @param model of its board, as the manifest of the board's bundle has it: 0 to 65535
 */
export function laboratoryTransportKeys(serial: string, model = REFERENCE_MODEL): TransportKeys {
  const bytes = new Uint8Array([model >> 8, model & 0xff]);
  return deriveTransportKeys(LABORATORY_BATCH_KEY, LABORATORY_KEY_VERSION, LABORATORY_ISSUER_ID, serial, bytes);
}
