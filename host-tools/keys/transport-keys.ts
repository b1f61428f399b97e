/** The keys that one token shares with whoever may open a session with it. */
import {
  diversify,
  PURPOSE_DEK,
  PURPOSE_ENC,
  PURPOSE_MAC,
  PURPOSE_ORDER,
  PURPOSE_UNLOCK,
  serialField,
} from "../../protocol/scp03/kbkdf.ts";
import { aes128 } from "../crypto/node.ts";

/** A token's static SCP03 keys, 16 bytes each, and their version. */
export interface TransportKeys {
  /** 1 to 127 */
  keyVersion: number;
  enc: Uint8Array;
  mac: Uint8Array;
  dek: Uint8Array;
}

/**
 * The keys of one token, derived from a batch key or from an issuer's master key (SP 800-108).
 * @param key 16 bytes
 * @param keyVersion 1 to 127
 * @param issuerId 8 bytes
 * @param serial 1 to 16 ASCII characters
 * @param model 2 bytes
 * @returns the caller overwrites them after use
 */
export function deriveTransportKeys(
  key: Uint8Array,
  keyVersion: number,
  issuerId: Uint8Array,
  serial: string,
  model: Uint8Array,
): TransportKeys {
  const field = serialField(serial);
  const derive = (purpose: number) => diversify(aes128, key, purpose, keyVersion, issuerId, model, field);
  return { keyVersion, enc: derive(PURPOSE_ENC), mac: derive(PURPOSE_MAC), dek: derive(PURPOSE_DEK) };
}

/**
 * The key by which one token knows the bank's orders (protocol/apdu/sign-order.ts), derived from the issuer's master key like the others.
 * @returns 16 bytes; the caller overwrites them after use
 */
export function deriveOrderKey(
  key: Uint8Array,
  keyVersion: number,
  issuerId: Uint8Array,
  serial: string,
  model: Uint8Array,
): Uint8Array {
  return diversify(aes128, key, PURPOSE_ORDER, keyVersion, issuerId, model, serialField(serial));
}

/**
 * The key that answers a token's challenge when wrong PINs have locked it, derived from the issuer's master key: so the key service that
 * personalised a token can unlock it, with nothing kept for it in between. 16 bytes, which the caller overwrites after use.
 */
export function deriveUnlockKey(
  key: Uint8Array,
  keyVersion: number,
  issuerId: Uint8Array,
  serial: string,
  model: Uint8Array,
): Uint8Array {
  return diversify(aes128, key, PURPOSE_UNLOCK, keyVersion, issuerId, model, serialField(serial));
}

/** Overwrites the keys. */
export function wipeTransportKeys({ enc, mac, dek }: TransportKeys): void {
  enc.fill(0);
  mac.fill(0);
  dek.fill(0);
}
