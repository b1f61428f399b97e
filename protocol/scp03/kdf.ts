/** The data derivation scheme of SCP03 (Amendment D 4.1.5): SP 800-108 in counter mode with CMAC, the counter inside the fixed input. */
import { copyBytes } from "../copy-bytes.ts";
import { type CmacKey, cmac } from "./cmac.ts";

// Table 4-1: data derivation constants.
export const CARD_CRYPTOGRAM = 0x00;
export const HOST_CRYPTOGRAM = 0x01;
export const CARD_CHALLENGE = 0x02;
export const S_ENC = 0x04;
export const S_MAC = 0x06;
export const S_RMAC = 0x07;

/**
 * `CMAC(key, 00 x 11 | constant | 00 | L (2) | 01 | context)`, its first L bits.
 * @param bits L: 64 or 128. One iteration is all that AES-128 needs.
 * @param context its parts, one after another
 */
export function kdf(key: CmacKey, constant: number, bits: number, context: Uint8Array[]): Uint8Array {
  const label = new Uint8Array(16);
  label[11] = constant;
  label[13] = bits >> 8;
  label[14] = bits;
  label[15] = 1;
  const parts: Uint8Array[] = [label];
  const mac = cmac(key, parts.concat(context));
  const derived = copyBytes(mac, 0, bits >> 3);
  mac.fill(0);
  return derived;
}
