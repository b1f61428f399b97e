/**
 * OCRA suites (RFC 6287 6):
 *
 *   OCRA-1:HOTP-{SHA1|SHA256|SHA512}-{0|4..10}:[C-]Q{A|N|H}{04..64}[-P{SHA1|SHA256|SHA512}][-S{001..512}][-T{1..59}{S|M}|-T{1..48}H]
 *
 * The length of a question may have one digit, as in the RFC's own example `QH8`. T is `0H` in the RFC's table, too; a step without
 * a length has no number, so it is refused. Nothing else is lenient: the suite's text itself is authenticated, byte for byte, so a
 * second spelling would only be a second suite.
 */
import type { HashName } from "../primitives.ts";
import { OtpError } from "./errors.ts";

/** Alphanumeric, numeric, hexadecimal (RFC 6287 6.3). */
export type QuestionFormat = "A" | "N" | "H";

export interface OcraSuite {
  /** As it was given. */
  readonly text: string;
  /** The text in ASCII: this is what the HMAC covers. */
  readonly bytes: Uint8Array;
  readonly hash: HashName;
  /** 4 to 10, or 0 for the whole HMAC. */
  readonly digits: number;
  readonly counter: boolean;
  readonly questionFormat: QuestionFormat;
  /** The most characters a question may have, 4 to 64. */
  readonly questionLength: number;
  /** The hash that the PIN goes through, or null for a suite without P. */
  readonly pinHash: HashName | null;
  /** Bytes of the session field, 1 to 512, or 0 for a suite without S. */
  readonly sessionLength: number;
  /** Seconds of a time step, or 0 for a suite without T. */
  readonly timeStepSeconds: number;
}

/** The hash function by its name in a suite, or null. */
export function hashByName(name: string): HashName | null {
  if (name === "SHA1") return "sha1";
  if (name === "SHA256") return "sha256";
  if (name === "SHA512") return "sha512";
  return null;
}

/** A decimal number of `least` to `most` digits, or -1. */
export function decimal(text: string, least: number, most: number): number {
  return text.length >= least && text.length <= most && /^\d+$/.test(text) ? parseInt(text, 10) : -1;
}

/**
 * @param bytes the text in ASCII, where it is at hand: the token's interpreter takes half a millisecond for each character
 * @throws OtpError `suite`
 */
export function parseSuite(text: string, bytes?: Uint8Array): OcraSuite {
  const refuse = function (expected: string, came: string): never {
    throw new OtpError("suite", `${expected} expected in an OCRA suite, not ${JSON.stringify(came.slice(0, 32))}`);
  };

  const parts = text.split(":");
  if (parts.length !== 3) refuse("algorithm:function:inputs", text);
  if (parts[0] !== "OCRA-1") refuse("OCRA-1", parts[0]);

  const crypto = parts[1].split("-");
  const hash = crypto.length === 3 && crypto[0] === "HOTP" ? hashByName(crypto[1]) : null;
  if (hash === null) return refuse("HOTP-SHA1-t, HOTP-SHA256-t or HOTP-SHA512-t", parts[1]);
  const digits = decimal(crypto[2], 1, 2);
  // 10 alone has two digits: no leading zeros.
  const plain = crypto[2].length === 1 ? digits === 0 || digits >= 4 : digits === 10;
  if (!plain) refuse("a truncation of 0 or 4 to 10 digits", crypto[2]);

  const inputs = parts[2].split("-");
  let at = 0;
  const counter = inputs[0] === "C";
  if (counter) at++;

  const question = at < inputs.length ? inputs[at] : "";
  const questionFormat = question.slice(1, 2);
  const questionLength = decimal(question.slice(2), 1, 2);
  if (question.slice(0, 1) !== "Q" || (questionFormat !== "A" && questionFormat !== "N" && questionFormat !== "H")) {
    return refuse("QA, QN or QH", parts[2]);
  }
  if (questionLength < 4 || questionLength > 64) refuse("a question length of 04 to 64", question);
  at++;

  let pinHash: HashName | null = null;
  if (at < inputs.length && inputs[at].slice(0, 1) === "P") {
    pinHash = hashByName(inputs[at].slice(1));
    if (pinHash === null) refuse("PSHA1, PSHA256 or PSHA512", inputs[at]);
    at++;
  }

  let sessionLength = 0;
  if (at < inputs.length && inputs[at].slice(0, 1) === "S") {
    sessionLength = decimal(inputs[at].slice(1), 3, 3);
    if (sessionLength < 1 || sessionLength > 512) refuse("S001 to S512", inputs[at]);
    at++;
  }

  let timeStepSeconds = 0;
  if (at < inputs.length && inputs[at].slice(0, 1) === "T") {
    const step = inputs[at];
    const count = step.slice(1, 2) === "0" ? -1 : decimal(step.slice(1, step.length - 1), 1, 2);
    const unit = step.slice(step.length - 1);
    if (unit === "S" && count <= 59) timeStepSeconds = count;
    else if (unit === "M" && count <= 59) timeStepSeconds = count * 60;
    else if (unit === "H" && count <= 48) timeStepSeconds = count * 3600;
    if (timeStepSeconds <= 0) refuse("T1S to T59S, T1M to T59M or T1H to T48H", step);
    at++;
  }

  if (at < inputs.length) refuse("C, Q, P, S and T in this order, each once,", parts[2]);

  let ascii = bytes;
  if (ascii === undefined) {
    ascii = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) ascii[i] = text.charCodeAt(i);
  }
  return {
    text: text,
    bytes: ascii,
    hash: hash,
    digits: digits,
    counter: counter,
    questionFormat: questionFormat,
    questionLength: questionLength,
    pinHash: pinHash,
    sessionLength: sessionLength,
    timeStepSeconds: timeStepSeconds,
  };
}
