/** What espruino-crypto.test.ts evaluates on a genuine interpreter: a board that has Espruino's `crypto`. */
import { espruino } from "../../firmware/crypto/espruino.ts";
import { pbkdf2 } from "../../firmware/crypto/pbkdf2.ts";
import { typescript } from "../../firmware/crypto/primitives.ts";
import { hmac } from "../../protocol/otp/hmac.ts";
import type { Hash } from "../../protocol/primitives.ts";

/** Named here, so that the build keeps the members' names. */
export const digest = (hash: Hash, message: Uint8Array) => hash.digest(message);
export const primitives = () => espruino(typescript);
export { hmac, pbkdf2 };
