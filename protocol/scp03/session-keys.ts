/** Challenge and keys of one SCP03 session, from the static keys (Amendment D 6.2.1 and 6.2.2.1). */
import type { Aes128Key } from "../primitives.ts";
import { cmacKey, wipeCmacKey } from "./cmac.ts";
import { CARD_CHALLENGE, kdf, S_ENC, S_MAC, S_RMAC } from "./kdf.ts";
import { wipeCipher } from "./wipe.ts";

/** The static keys that a session is made from, 16 bytes each. They stay the caller's, who overwrites them. */
export interface StaticKeys {
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
}

/** 16 bytes each. The session that is given them overwrites them. */
export interface SessionKeys {
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
  readonly rmac: Uint8Array;
}

/**
 * The pseudo-random card challenge, 8 bytes. No challenge repeats as long as no counter does.
 * @param keyEnc static Key-ENC, 16 bytes
 * @param sequenceCounter 3 bytes; incremented durably before each use, and never beyond FFFFFF
 * @param aid of the application, 5 to 16 bytes
 */
export function cardChallenge(
  aes128: Aes128Key,
  keyEnc: Uint8Array,
  sequenceCounter: Uint8Array,
  aid: Uint8Array,
): Uint8Array {
  const aes = aes128(keyEnc);
  const key = cmacKey(aes);
  const challenge = kdf(key, CARD_CHALLENGE, 64, [sequenceCounter, aid]);
  wipeCmacKey(key);
  wipeCipher(aes);
  return challenge;
}

/** S-ENC, S-MAC and S-RMAC. Both challenges have 8 bytes. */
export function deriveSessionKeys(
  aes128: Aes128Key,
  keys: StaticKeys,
  hostChallenge: Uint8Array,
  cardChallenge: Uint8Array,
): SessionKeys {
  const context = [hostChallenge, cardChallenge];
  const aesEnc = aes128(keys.enc);
  const aesMac = aes128(keys.mac);
  const enc = cmacKey(aesEnc);
  const mac = cmacKey(aesMac);
  const derived = {
    enc: kdf(enc, S_ENC, 128, context),
    mac: kdf(mac, S_MAC, 128, context),
    rmac: kdf(mac, S_RMAC, 128, context),
  };
  wipeCmacKey(enc);
  wipeCmacKey(mac);
  wipeCipher(aesEnc);
  wipeCipher(aesMac);
  return derived;
}
