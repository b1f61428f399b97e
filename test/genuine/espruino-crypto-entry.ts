/** What espruino-crypto.test.ts evaluates on a genuine interpreter: a board that has Espruino's `crypto`. */
import { type CryptoModule, espruino } from "../../firmware/crypto/espruino.part.ts";
import { pbkdf2 } from "../../firmware/crypto/pbkdf2.ts";
import { typescript } from "../../firmware/crypto/typescript.part.ts";
import { hmac } from "../../protocol/otp/hmac.ts";
import type { Hash } from "../../protocol/primitives.ts";
import { cbcDecrypt, cbcEncrypt } from "../../protocol/scp03/cbc.ts";
import { cmac, cmacKey } from "../../protocol/scp03/cmac.ts";

declare const espruinoRequire: (module: "crypto") => CryptoModule;

/** Named here, so that the build keeps the members' names. */
export const digest = (hash: Hash, message: Uint8Array) => hash.digest(message);
export const primitives = () => espruino(espruinoRequire("crypto"), typescript);
export const mac = (key: Uint8Array, message: Uint8Array) => cmac(cmacKey(primitives().loadAes128()(key)), [message]);
export { cbcDecrypt, cbcEncrypt, hmac, pbkdf2 };
