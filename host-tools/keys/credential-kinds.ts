/** Names of the ways to a code, as the desk and the validation server call them, and their numbers on the wire. */
import {
  KIND_CHALLENGE,
  KIND_CONNECTED_SIGN,
  KIND_COUNTER_CODE,
  KIND_SIGN,
  KIND_TIME_CODE,
  KIND_VERIFY_BANK,
} from "../../protocol/apdu/credential-kind.ts";

export const KINDS = {
  "time-code": KIND_TIME_CODE,
  challenge: KIND_CHALLENGE,
  sign: KIND_SIGN,
  "connected-sign": KIND_CONNECTED_SIGN,
  "verify-bank": KIND_VERIFY_BANK,
  "counter-code": KIND_COUNTER_CODE,
} as const;

export type CredentialKind = keyof typeof KINDS;

export function isCredentialKind(value: unknown): value is CredentialKind {
  return typeof value === "string" && Object.hasOwn(KINDS, value);
}
