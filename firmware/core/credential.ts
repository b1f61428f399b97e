/** A credential as the journal holds it, and its codes. */
import { KIND_TIME_CODE } from "../../protocol/apdu/personalisation-data.ts";
import { hotp } from "../../protocol/otp/hotp.ts";
import { ocra, ocraTimeStep } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { parseTimeCodeSuite } from "../../protocol/otp/time-code.ts";
import { timeStep } from "../../protocol/otp/totp.ts";
import type { Wire } from "../../protocol/primitives.ts";
import type { Board } from "../hal/board.ts";

/** A credential without its key: what menus and screens need. */
export interface Credential {
  readonly slot: number;
  /** KIND_TIME_CODE or KIND_CHALLENGE: what the customer does with it. */
  readonly kind: number;
  /** `TOTP-SHA256-8-30` and the like for a time code, an OCRA suite for a challenge. */
  readonly suite: string;
  /** Name in the menu, ASCII. */
  readonly label: string;
}

/** The journal's value for a credential with its key. The caller overwrites the result after use. */
export function encodeCredential(wire: Wire, credential: Credential, key: Uint8Array): Uint8Array {
  const suite = wire.fromLatin1(credential.suite);
  const label = wire.fromLatin1(credential.label);
  const value = new Uint8Array(3 + suite.length + label.length + key.length);
  value[0] = credential.kind;
  value[1] = suite.length;
  value.set(suite, 2);
  value[2 + suite.length] = label.length;
  value.set(label, 3 + suite.length);
  value.set(key, 3 + suite.length + label.length);
  return value;
}

/** Reads a journal value without its key. */
export function decodeCredential(wire: Wire, slot: number, value: Uint8Array): Credential {
  const label = 2 + value[1];
  return {
    slot: slot,
    kind: value[0],
    suite: wire.toLatin1(value.subarray(2, label)),
    label: wire.toLatin1(value.subarray(label + 1, label + 1 + value[label])),
  };
}

/** Where the key begins in a journal value; it reaches to the end. */
export function keyOffset(value: Uint8Array): number {
  return 3 + value[1] + value[2 + value[1]];
}

/**
 * The code of a credential at a moment.
 *
 * @param question the bank's ten digits for a challenge, unused for a time code
 * @param unixSeconds UTC
 */
export function computeCode(
  board: Board,
  credential: Credential,
  key: Uint8Array,
  question: string,
  unixSeconds: number,
): string {
  if (credential.kind === KIND_TIME_CODE) {
    const suite = parseTimeCodeSuite(credential.suite);
    return hotp(board.hashes[suite.hash], key, timeStep(unixSeconds, suite.period, 0), suite.digits);
  }
  const suite = parseSuite(credential.suite);
  return ocra(board.hashes, key, suite, { question: question, timeStep: ocraTimeStep(suite, unixSeconds) });
}

/** The number of a credential's time step, the seconds until it ends, and its length. */
export function remaining(credential: Credential, unixSeconds: number): { step: number; left: number; period: number } {
  const period =
    credential.kind === KIND_TIME_CODE
      ? parseTimeCodeSuite(credential.suite).period
      : parseSuite(credential.suite).timeStepSeconds;
  return { step: Math.floor(unixSeconds / period), left: period - (unixSeconds % period), period: period };
}
