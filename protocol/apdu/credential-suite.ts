/** Which suites a kind of credential may have. */
import { parseCounterCodeSuite } from "../otp/counter-code.ts";
import { OtpError } from "../otp/errors.ts";
import { parseSuite } from "../otp/suite.ts";
import { parseTimeCodeSuite } from "../otp/time-code.ts";
import {
  KIND_CHALLENGE,
  KIND_CONNECTED_SIGN,
  KIND_COUNTER_CODE,
  KIND_TIME_CODE,
  KIND_UNLOCK,
  KIND_VERIFY_BANK,
  UNLOCK_SUITE,
} from "./credential-kind.ts";

/**
 * @param keyLength bytes
 * @throws OtpError `suite` for one that this kind of credential can't have
 */
export function checkSuite(kind: number, suite: string, keyLength: number): void {
  if (kind === KIND_UNLOCK) {
    if (suite !== UNLOCK_SUITE) throw new OtpError("suite", "unlock has one suite");
  } else if (kind === KIND_TIME_CODE) parseTimeCodeSuite(suite);
  else if (kind === KIND_COUNTER_CODE) parseCounterCodeSuite(suite);
  else {
    const parsed = parseSuite(suite);
    const verify = kind === KIND_VERIFY_BANK;
    const whole = kind === KIND_CONNECTED_SIGN;
    let asked =
      parsed.questionFormat + parsed.questionLength === (kind === KIND_CHALLENGE ? "N10" : verify ? "A8" : "H64");
    if (whole || verify) asked = asked && parsed.hash === "sha256";
    if (verify) asked = asked && keyLength === 64 && parsed.digits === 8;
    // Time or a counter, so that no answer is good for ever. Orders and the bank's codes come with a time of their own.
    const moves = parsed.counter ? parsed.timeStepSeconds === 0 && !whole && !verify : parsed.timeStepSeconds > 0;
    asked = asked && moves && (whole ? parsed.digits === 0 : parsed.digits >= 6);
    if (!asked || parsed.pinHash !== null || parsed.sessionLength > 0) {
      throw new OtpError("suite", "no suite of this kind of credential");
    }
  }
}
