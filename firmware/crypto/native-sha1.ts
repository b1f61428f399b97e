/** SHA-1 of Espruino's own `crypto`, for a board that has no room for another. */
import { BareHash } from "../../protocol/otp/iterated-hash.ts";
import type { Hash } from "../../protocol/primitives.ts";

declare const espruinoRequire: (module: "crypto") => { SHA1(message: Uint8Array): ArrayBuffer };

export function nativeSha1(): Hash {
  return new BareHash(64, 20, function (message) {
    return new Uint8Array(espruinoRequire("crypto").SHA1(message));
  });
}
