/** What a genuine interpreter is tested with: the token's own functions under the names of their standards. Nothing on the wire reaches these. */
import { checkChallenge } from "../../protocol/otp/challenge.ts";
import { dataInput } from "../../protocol/otp/data-input.ts";
import { hmac } from "../../protocol/otp/hmac.ts";
import { hotp } from "../../protocol/otp/hotp.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { timeStep, totp } from "../../protocol/otp/totp.ts";
import type { Aes128Key } from "../../protocol/primitives.ts";
import { cbcDecrypt, cbcEncrypt } from "../../protocol/scp03/cbc.ts";
import { cmac, cmacKey } from "../../protocol/scp03/cmac.ts";
import { kdf } from "../../protocol/scp03/kdf.ts";
import { pad, unpad } from "../../protocol/scp03/padding.ts";
import { deriveSessionKeys } from "../../protocol/scp03/session-keys.ts";
import { orders } from "../core/orders.part.ts";
import { pbkdf2 } from "../crypto/pbkdf2.ts";
import { typescript } from "../crypto/typescript.part.ts";
import type { Primitives } from "../hal/primitives.ts";

export type Conformance = ReturnType<typeof conformance>;

/** @param primitives finds those that the token uses */
export function conformance(primitives: () => Primitives) {
  /** S-ENC, S-MAC and S-RMAC. */
  function sessionKeys(
    aes128: Aes128Key,
    enc: Uint8Array,
    mac: Uint8Array,
    hostChallenge: Uint8Array,
    cardChallenge: Uint8Array,
  ): Uint8Array[] {
    const keys = deriveSessionKeys(aes128, { enc: enc, mac: mac }, hostChallenge, cardChallenge);
    return [keys.enc, keys.mac, keys.rmac];
  }

  return {
    crypto: { hmac: hmac, pbkdf2: pbkdf2, primitives: primitives, typescript: typescript },
    otp: {
      hotp: hotp,
      totp: totp,
      timeStep: timeStep,
      parseSuite: parseSuite,
      dataInput: dataInput,
      ocra: ocra,
      checkChallenge: checkChallenge,
    },
    order: orders(),
    scp03: {
      cmac: cmac,
      cmacKey: cmacKey,
      cbcEncrypt: cbcEncrypt,
      cbcDecrypt: cbcDecrypt,
      pad: pad,
      unpad: unpad,
      kdf: kdf,
      sessionKeys: sessionKeys,
    },
  };
}
