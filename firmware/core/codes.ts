/** The ways to a code: what a credential's suite says, and what it makes of a moment, a counter, a question. */
import { KIND_COUNTER_CODE, KIND_TIME_CODE, KIND_VERIFY_BANK } from "../../protocol/apdu/credential-kind.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { type CounterCodeSuite, parseCounterCodeSuite } from "../../protocol/otp/counter-code.ts";
import type { HmacKey } from "../../protocol/otp/hmac.ts";
import { hotpWith } from "../../protocol/otp/hotp.ts";
import { ocraWith } from "../../protocol/otp/ocra.ts";
import { type OcraSuite, parseSuite } from "../../protocol/otp/suite.ts";
import { parseTimeCodeSuite, type TimeCodeSuite } from "../../protocol/otp/time-code.ts";
import type { Credential } from "./credential.ts";

/** A time code's, a counter code's, or an OCRA suite, by the kind. */
export type Suite = TimeCodeSuite | CounterCodeSuite | OcraSuite;

/** @param bytes the text in ASCII @throws OtpError `suite` */
export function readSuite(kind: number, text: string, bytes: Uint8Array): Suite {
  if (kind === KIND_TIME_CODE) return parseTimeCodeSuite(text);
  return kind === KIND_COUNTER_CODE ? parseCounterCodeSuite(text) : parseSuite(text, bytes);
}

/**
 * The code of a credential at a moment.
 *
 * @param key over the hash function of the credential's suite
 * @param question the bank's ten digits for a challenge, an order's for a signature; to verify the bank its eight digits and
 *   the token's; unused for a time code and a counter code
 * @param unixSeconds UTC; unused where a counter is given
 * @param counter of a suite that counts, 8 bytes
 */
export function computeCode(
  credential: Credential,
  key: HmacKey,
  question: string,
  unixSeconds: number,
  counter: Uint8Array | undefined,
): string {
  const suite = credential.suite;
  if (credential.kind === KIND_COUNTER_CODE) return hotpWith(key, counter as Uint8Array, suite.digits);
  if (counter !== undefined) return ocraWith(key, suite as OcraSuite, { question: question, counter: counter });
  const step = counterFromNumber(Math.floor(unixSeconds / credential.period));
  if (credential.kind === KIND_TIME_CODE) return hotpWith(key, step, suite.digits);
  if (credential.kind !== KIND_VERIFY_BANK)
    return ocraWith(key, suite as OcraSuite, { question: question, timeStep: step });
  const half = question.length >> 1;
  const own = question.substr(half);
  return ocraWith(key, suite as OcraSuite, { question: question.substr(0, half), secondQuestion: own, timeStep: step });
}
