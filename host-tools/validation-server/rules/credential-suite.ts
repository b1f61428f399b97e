/** The suites that this server judges, each as a function from a time step to the code that the token shows in it. */
import { counterFromNumber } from "../../../protocol/otp/counter.ts";
import { OtpError } from "../../../protocol/otp/errors.ts";
import { hotp } from "../../../protocol/otp/hotp.ts";
import { ocra } from "../../../protocol/otp/ocra.ts";
import { parseSuite } from "../../../protocol/otp/suite.ts";
import { parseTimeCodeSuite } from "../../../protocol/otp/time-code.ts";
import type { Hashes } from "../../../protocol/primitives.ts";

export type CodeAt = (hashes: Hashes, seed: Uint8Array, step: number, challenge: string) => string;

export interface CredentialSuite {
  /** Seconds of a time step. */
  period: number;
  digits: number;
  /** The code of a step; `challenge` is ten digits for a challenge suite and not looked at by a time-code suite. */
  codeAt: CodeAt;
}

export class SuiteError extends Error {
  override name = "SuiteError";
}

/** Digits of a challenge: four of the payee's account, five random, one check digit. */
const CHALLENGE_DIGITS = 10;

function timeCode(text: string): CredentialSuite {
  const { hash, digits, period } = parseTimeCodeSuite(text);
  return {
    period,
    digits,
    codeAt: (hashes, seed, step) => hotp(hashes[hash], seed, counterFromNumber(step), digits),
  };
}

function challengeResponse(text: string): CredentialSuite {
  const suite = parseSuite(text);
  if (suite.questionFormat !== "N" || suite.questionLength !== CHALLENGE_DIGITS)
    throw new SuiteError(`a challenge suite asks for ${CHALLENGE_DIGITS} digits (QN${CHALLENGE_DIGITS})`);
  // An answer without a time would be good for ever.
  if (suite.timeStepSeconds === 0) throw new SuiteError("a challenge suite has a time step (T)");
  if (suite.counter || suite.pinHash !== null || suite.sessionLength > 0)
    throw new SuiteError("a challenge suite has no counter, PIN or session");
  // RFC 4226 5.3: fewer than 6 digits are guessed.
  if (suite.digits < 6) throw new SuiteError("a challenge suite has 6 to 10 digits");
  return {
    period: suite.timeStepSeconds,
    digits: suite.digits,
    codeAt: (hashes, seed, step, challenge) =>
      ocra(hashes, seed, suite, { question: challenge, timeStep: counterFromNumber(step) }),
  };
}

/** @throws SuiteError for a suite that this server can't judge, or should not */
export function credentialSuite(kind: "time-code" | "challenge", text: string): CredentialSuite {
  try {
    return kind === "time-code" ? timeCode(text) : challengeResponse(text);
  } catch (error) {
    if (error instanceof OtpError) throw new SuiteError(error.message);
    throw error;
  }
}
