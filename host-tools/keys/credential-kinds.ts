/** Names of the ways to a code, as the desk and the validation server call them, and their numbers on the wire. */
import { KIND_CHALLENGE, KIND_CONNECTED_SIGN, KIND_SIGN, KIND_TIME_CODE } from "../../protocol/apdu/credential-kind.ts";

export const KINDS = {
  "time-code": KIND_TIME_CODE,
  challenge: KIND_CHALLENGE,
  sign: KIND_SIGN,
  "connected-sign": KIND_CONNECTED_SIGN,
} as const;

export type CredentialKind = keyof typeof KINDS;

export function isCredentialKind(value: unknown): value is CredentialKind {
  return typeof value === "string" && Object.hasOwn(KINDS, value);
}
