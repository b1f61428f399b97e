/** A token as the key service hands it over, and the codes that it would show. For tests and benchmarks. */
import { randomBytes } from "node:crypto";
import { hashes } from "../../crypto/node.ts";
import { enrolmentAad, sealSeed } from "../../keys/seal.ts";
import type { Enrolment } from "../enrol.ts";
import { credentialSuite } from "../rules/credential-suite.ts";

export const TIME_SUITE = "TOTP-SHA256-8-30";
export const CHALLENGE_SUITE = "OCRA-1:HOTP-SHA256-8:QN10-T30S";

export interface IssuedToken {
  enrolment: Enrolment;
  seeds: Uint8Array[];
  /** The time code of a step. */
  timeCode(step: number): string;
  /** The answer to a challenge in a step. */
  answer(challenge: string, step: number): string;
}

/** @param enrolmentKey hex, as in the keys file */
export function issueToken(enrolmentKey: string, serial: string, timeSuite = TIME_SUITE): IssuedToken {
  const key = Buffer.from(enrolmentKey, "hex");
  const seeds = [new Uint8Array(randomBytes(32)), new Uint8Array(randomBytes(32))];
  const credential = (slot: number, kind: "time-code" | "challenge", suite: string) => ({
    slot,
    kind,
    suite,
    label: kind === "time-code" ? "Login" : "Payments",
    sealedSeed: sealSeed(key, enrolmentAad(serial, slot, suite), seeds[slot]),
  });
  const login = credentialSuite("time-code", timeSuite);
  const payments = credentialSuite("challenge", CHALLENGE_SUITE);
  return {
    enrolment: {
      serial,
      board: "pico-keypad",
      model: 1,
      assurance: "O",
      firmware: "0.1.0",
      keyVersion: 1,
      credentials: [credential(0, "time-code", timeSuite), credential(1, "challenge", CHALLENGE_SUITE)],
    },
    seeds,
    timeCode: (step) => login.codeAt(hashes, seeds[0], step, ""),
    answer: (challenge, step) => payments.codeAt(hashes, seeds[1], step, challenge),
  };
}
