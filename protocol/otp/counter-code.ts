/** The suite of a code by a counter, in the manner of time-code.ts: `HOTP-SHA1-6`. */
import type { HashName } from "../primitives.ts";
import { OtpError } from "./errors.ts";
import { decimal, hashByName } from "./suite.ts";

export interface CounterCodeSuite {
  /** As it was given. */
  readonly text: string;
  readonly hash: HashName;
  /** 6 to 10. */
  readonly digits: number;
}

/**
 * One spelling for each suite: no leading zeros.
 *
 * @throws OtpError `suite`
 */
export function parseCounterCodeSuite(text: string): CounterCodeSuite {
  const parts = text.split("-");
  if (parts.length === 3 && parts[0] === "HOTP") {
    const hash = hashByName(parts[1]);
    const digits = decimal(parts[2], 1, 2);
    if (hash !== null && "" + digits === parts[2] && digits >= 6 && digits <= 10) {
      return { text: text, hash: hash, digits: digits };
    }
  }
  throw new OtpError("suite", `HOTP-{SHA1|SHA256|SHA512}-{6..10} expected, not ${JSON.stringify(text.slice(0, 32))}`);
}
