/** The suites that this server judges, each as a function from a time step to the code that the token shows in it. */

import { counterFromNumber } from "../../../protocol/otp/counter.ts";
import { OtpError } from "../../../protocol/otp/errors.ts";
import { hotp } from "../../../protocol/otp/hotp.ts";
import { ocra } from "../../../protocol/otp/ocra.ts";
import { parseSuite } from "../../../protocol/otp/suite.ts";
import { parseTimeCodeSuite } from "../../../protocol/otp/time-code.ts";
import type { Hashes } from "../../../protocol/primitives.ts";
import type { CredentialKind } from "../../keys/credential-kinds.ts";

export type CodeAt = (hashes: Hashes, seed: Uint8Array, step: number, question: string) => string;

export interface CredentialSuite {
  /** Seconds of a time step. */
  period: number;
  digits: number;
  /** The code of a step; the question is the challenge's ten digits, or an order's, and not looked at by a time-code suite. */
  codeAt: CodeAt;
}

export class SuiteError extends Error {
  override name = "SuiteError";
}

function timeCode(text: string): CredentialSuite {
  const { hash, digits, period } = parseTimeCodeSuite(text);
  return {
    period,
    digits,
    codeAt: (hashes, seed, step) => hotp(hashes[hash], seed, counterFromNumber(step), digits),
  };
}

/** @param asked of the question, as a suite writes it */
function response(text: string, what: string, asked: string): CredentialSuite {
  const suite = parseSuite(text);
  if (suite.questionFormat + suite.questionLength !== asked) throw new SuiteError(`${what} suite asks for Q${asked}`);
  // An answer without a time would be good for ever.
  if (suite.timeStepSeconds === 0) throw new SuiteError(`${what} suite has a time step (T)`);
  if (suite.counter || suite.pinHash !== null || suite.sessionLength > 0)
    throw new SuiteError(`${what} suite has no counter, PIN or session`);
  // RFC 4226 5.3: fewer than 6 digits are guessed.
  if (suite.digits < 6) throw new SuiteError(`${what} suite has 6 to 10 digits`);
  return {
    period: suite.timeStepSeconds,
    digits: suite.digits,
    codeAt: (hashes, seed, step, question) =>
      ocra(hashes, seed, suite, { question, timeStep: counterFromNumber(step) }),
  };
}

/** Whether this server judges the codes of a kind. It keeps the seeds of the others for whoever does. */
export function isJudged(kind: CredentialKind): boolean {
  return kind === "time-code" || kind === "challenge" || kind === "sign";
}

/** @throws SuiteError for a suite that this server can't judge, or should not */
export function credentialSuite(kind: CredentialKind, text: string): CredentialSuite {
  try {
    if (kind === "time-code") return timeCode(text);
    // Four digits of the payee's account, five random, one check digit; or an order's SHA-256.
    if (!isJudged(kind)) throw new SuiteError(`this server judges no codes of kind ${kind}`);
    return kind === "challenge" ? response(text, "a challenge", "N10") : response(text, "a signing", "H64");
  } catch (error) {
    if (error instanceof OtpError) throw new SuiteError(error.message);
    throw error;
  }
}
