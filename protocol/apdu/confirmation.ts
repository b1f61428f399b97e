/**
 * The proof that both sides mean the same personalisation.
 *
 *     host:  CMAC(DEK, "OCHRE-PERSO"    | objects)
 *     token: CMAC(DEK, "OCHRE-PERSO-OK" | objects)
 *
 * `objects` are all but this one in the order in which they were sent, each as one whole BER-TLV with its key or code in clear. No object
 * begins with "-", so that neither message is the start of the other kind. The DEK is the one
 * under which the keys travelled.
 */
import type { Aes128 } from "../primitives.ts";
import { cmac, cmacKey, wipeCmacKey } from "../scp03/cmac.ts";
import { equalBytes } from "../scp03/constant-time.ts";
import { asciiBytes } from "./ascii.ts";
import { encodePersonalisationData, type PersonalisationData } from "./personalisation-data.ts";

/** What the host sends in the last block, 16 bytes. @throws ApduError for objects that could not have been sent */
export function hostConfirmation(dek: Aes128, objects: PersonalisationData[]): Uint8Array {
  return confirmations(dek, objects).host;
}

/** What the token answers once everything is stored, 16 bytes. @throws ApduError for objects that could not have been sent */
export function tokenConfirmation(dek: Aes128, objects: PersonalisationData[]): Uint8Array {
  return confirmations(dek, objects).token;
}

/** The token's check of the host, in constant time. */
export function isHostConfirmation(dek: Aes128, objects: PersonalisationData[], mac: Uint8Array): boolean {
  return equalBytes(hostConfirmation(dek, objects), mac);
}

/** The host's check of the token, in constant time. */
export function isTokenConfirmation(dek: Aes128, objects: PersonalisationData[], mac: Uint8Array): boolean {
  return equalBytes(tokenConfirmation(dek, objects), mac);
}

/** Both at once, for who needs both. @throws ApduError for objects that could not have been sent */
export function confirmations(dek: Aes128, objects: PersonalisationData[]): { host: Uint8Array; token: Uint8Array } {
  const parts = [asciiBytes("OCHRE-PERSO", 11)];
  for (let i = 0; i < objects.length; i++) parts.push(encodePersonalisationData(objects[i], undefined));
  const key = cmacKey(dek);
  const host = cmac(key, parts);
  parts[0] = asciiBytes("OCHRE-PERSO-OK", 14);
  const token = cmac(key, parts);
  wipeCmacKey(key);
  for (let i = 0; i < parts.length; i++) parts[i].fill(0);
  return { host, token };
}
