/** In place of `codes.part.ts` on a token that counts: the same, as far as such a token asks for it. */
import { checkChallenge } from "../../protocol/otp/challenge.ts";
import { incrementCounter } from "../../protocol/otp/counter.ts";
import type { Codes } from "./codes.part.ts";
import { computeCode } from "./codes.ts";
import { decodeCredential } from "./credential.ts";

export function codes(): Codes {
  const own: Partial<Codes> = {
    computeCode: computeCode,
    decodeCredential: decodeCredential,
    incrementCounter: incrementCounter,
    checkChallenge: checkChallenge,
  };
  return own as Codes;
}
