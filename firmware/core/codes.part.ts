/**
 * What reads credentials and computes their codes. A token has it from the first digit of a PIN until it is dark: on its batteries it
 * waits for years without.
 */
import { checkSuite } from "../../protocol/apdu/credential-suite.ts";
import { checkChallenge } from "../../protocol/otp/challenge.ts";
import { incrementCounter } from "../../protocol/otp/counter.ts";
import { dataInput } from "../../protocol/otp/data-input.ts";
import { hotp } from "../../protocol/otp/hotp.ts";
import { ocra, ocraWith } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { timeStep, totp } from "../../protocol/otp/totp.ts";
import { computeCode } from "./codes.ts";
import { decodeCredential } from "./credential.ts";

export type Codes = ReturnType<typeof codes>;

export function codes() {
  return {
    computeCode: computeCode,
    decodeCredential: decodeCredential,
    incrementCounter: incrementCounter,
    checkChallenge: checkChallenge,
    checkSuite: checkSuite,
    ocraWith: ocraWith,
    parseSuite: parseSuite,
    /** What a genuine interpreter is tested with. */
    otp: function () {
      return {
        hotp: hotp,
        totp: totp,
        timeStep: timeStep,
        parseSuite: parseSuite,
        dataInput: dataInput,
        ocra: ocra,
        checkChallenge: checkChallenge,
      };
    },
  };
}
