/** The bundle of the reference token: an object of named exports. */

import { dataInput } from "../../../protocol/otp/data-input.ts";
import { hmac } from "../../../protocol/otp/hmac.ts";
import { hotp } from "../../../protocol/otp/hotp.ts";
import { ocra } from "../../../protocol/otp/ocra.ts";
import { parseSuite } from "../../../protocol/otp/suite.ts";
import { timeStep, totp } from "../../../protocol/otp/totp.ts";
import { cmac, cmacKey } from "../../../protocol/scp03/cmac.ts";
import { Token } from "../../core/token.ts";
import { VERSION } from "../../core/version.ts";
import { aes128 } from "../../crypto/aes128.ts";
import { pbkdf2 } from "../../crypto/pbkdf2.ts";
import { sha1 } from "../../crypto/sha1.ts";
import { sha256 } from "../../crypto/sha256.ts";
import { sha512 } from "../../crypto/sha512.ts";
import { digitFont, textFont } from "../../ui/typefaces.ts";
import { startToken } from "../start.ts";
import { picoKeypad, primitives } from "./board.ts";
import { storage } from "./wiring.ts";

export const version = VERSION;
export const board = "pico-keypad";

/** Makes a blank token a token in factory state; see `Token.install`. */
export function install(serial: string, keyVersion: number, enc: Uint8Array, mac: Uint8Array, dek: Uint8Array): void {
  new Token(picoKeypad()).install(serial, keyVersion, enc, mac, dek);
}

/** Starts the token. `.boot0` calls it once, after it has closed the console. */
export function start(): void {
  startToken(picoKeypad(), textFont(storage.fonts), digitFont(storage.fonts));
}

/** What a genuine interpreter is tested with. Nothing on the wire reaches these. `primitives` makes those that the token uses. */
export const crypto = {
  sha1: sha1,
  sha256: sha256,
  sha512: sha512,
  aes128: aes128,
  hmac: hmac,
  pbkdf2: pbkdf2,
  primitives: primitives,
};
export const otp = {
  hotp: hotp,
  totp: totp,
  timeStep: timeStep,
  parseSuite: parseSuite,
  dataInput: dataInput,
  ocra: ocra,
};
export const scp03 = { cmac: cmac, cmacKey: cmacKey };
