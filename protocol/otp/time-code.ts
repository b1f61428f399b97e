/**
 * The suite of a time code, written like an OCRA suite so that one field holds either: `TOTP-{SHA1|SHA256|SHA512}-{6..10}-{period}`,
 * for example `TOTP-SHA256-8-30`. T0 is the Unix epoch.
 */
import type { HashName } from "../primitives.ts";
import { OtpError } from "./errors.ts";
import { decimal, hashByName } from "./suite.ts";

export interface TimeCodeSuite {
  readonly text: string;
  readonly hash: HashName;
  /** 6 to 10. */
  readonly digits: number;
  /** Seconds of a time step, 1 to 86400. */
  readonly period: number;
}

/**
 * One spelling for each suite: no leading zeros.
 *
 * @throws OtpError `suite`
 */
export function parseTimeCodeSuite(text: string): TimeCodeSuite {
  const parts = text.split("-");
  if (parts.length === 4 && parts[0] === "TOTP") {
    const hash = hashByName(parts[1]);
    const digits = decimal(parts[2], 1, 2);
    const period = decimal(parts[3], 1, 5);
    const canonical = "" + digits === parts[2] && "" + period === parts[3];
    if (hash !== null && canonical && digits >= 6 && digits <= 10 && period >= 1 && period <= 86400) {
      return { text: text, hash: hash, digits: digits, period: period };
    }
  }
  const came = JSON.stringify(text.slice(0, 32));
  throw new OtpError("suite", `TOTP-{SHA1|SHA256|SHA512}-{6..10}-{1..86400} expected, not ${came}`);
}
