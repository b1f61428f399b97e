/** The codes that a bank computes of a token that it has issued. */
import type { IssuedToken } from "../../host-tools/cli/page-tokens.ts";
import { hashes } from "../../host-tools/crypto/node.ts";
import { enrolmentAad, openSeed } from "../../host-tools/keys/seal.ts";
import { ocra, ocraTimeStep } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { parseTimeCodeSuite } from "../../protocol/otp/time-code.ts";
import { totp } from "../../protocol/otp/totp.ts";

const PERIOD = 30;

/**
 * As a page says them, in two groups: of each time step between two moments, ends included.
 * @param challenge that the code answers; without it, it is a time code
 */
export function bankCodes(issued: IssuedToken, from: number, to: number, challenge?: string): string[] {
  const { serial, credentials } = issued.enrolment;
  const kind = challenge === undefined ? "time-code" : "challenge";
  const { slot, suite, sealedSeed } = credentials.find((credential) => credential.kind === kind)!;
  const seed = openSeed(issued.enrolmentKey, enrolmentAad(serial, slot, suite), sealedSeed);
  const codes: string[] = [];
  for (let time = from - (from % PERIOD); time <= to; time += PERIOD) {
    let code: string;
    if (challenge === undefined) {
      const { hash, period, digits } = parseTimeCodeSuite(suite);
      code = totp(hashes[hash], seed, time, period, 0, digits);
    } else {
      const parsed = parseSuite(suite);
      code = ocra(hashes, seed, parsed, { question: challenge, timeStep: ocraTimeStep(parsed, time) });
    }
    codes.push(`${code.slice(0, 4)} ${code.slice(4)}`);
  }
  return codes;
}
