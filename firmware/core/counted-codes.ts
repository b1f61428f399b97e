/**
 * The ways to a code of a token that counts and knows no time, in place of `codes.ts`: counter codes (HOTP), and a challenge answered by
 * a counter. It reads one OCRA suite and no other, for which RFC 6287 takes a quarter of the general case's code.
 */
import { KIND_CHALLENGE, KIND_COUNTER_CODE } from "../../protocol/apdu/credential-kind.ts";
import { type CounterCodeSuite, parseCounterCodeSuite } from "../../protocol/otp/counter-code.ts";
import { OtpError } from "../../protocol/otp/errors.ts";
import { type HmacKey, hmacWith } from "../../protocol/otp/hmac.ts";
import { hotpWith } from "../../protocol/otp/hotp.ts";
import { truncate } from "../../protocol/otp/truncate.ts";
import type { Suite } from "./codes.ts";
import type { Credential } from "./credential.ts";

export type { Suite } from "./codes.ts";

/** Bytes of C and of Q in the data input (RFC 6287 5.1). */
const COUNTER = 8;
const QUESTION = 128;

/** A counter code's suite, or the challenge's. */
interface CountedSuite extends CounterCodeSuite {
  readonly bytes?: Uint8Array;
}

/** @param bytes the text in ASCII @throws OtpError `suite` for any other way to a code */
export function readSuite(kind: number, text: string, bytes: Uint8Array): Suite {
  if (kind === KIND_COUNTER_CODE) return parseCounterCodeSuite(text);
  if (kind !== KIND_CHALLENGE || text !== "OCRA-1:HOTP-SHA256-8:C-QN10") throw new OtpError("suite", text);
  const suite: CountedSuite = { text: text, hash: "sha256", digits: 8, bytes: bytes };
  return suite;
}

/**
 * The code of a credential by its counter: `computeCode` of codes.ts.
 * @param question ten decimal digits; unused for a counter code
 */
export function computeCode(
  credential: Credential,
  key: HmacKey,
  question: string,
  _unixSeconds: number,
  counter: Uint8Array | undefined,
): string {
  const suite = credential.suite as CountedSuite;
  const count = counter as Uint8Array;
  const text = suite.bytes;
  if (text === undefined) return hotpWith(key, count, suite.digits);
  const data = new Uint8Array(text.length + 1 + COUNTER + QUESTION);
  data.set(text);
  data.set(count, text.length + 1);
  // The number as hexadecimal from the left: in two parts, because it may have more than the 32 bits of the interpreter's integers.
  const number = parseInt(question.substr(0, 5), 10) * 100000 + parseInt(question.substr(5), 10);
  const high = Math.floor(number / 0x1000000);
  const low = (0x1000000 + (number - high * 0x1000000)).toString(16).substr(1);
  const hex = (high === 0 ? number.toString(16) : high.toString(16) + low) + "00000000";
  const view = new DataView(data.buffer);
  view.setUint32(text.length + 9, parseInt(hex.substr(0, 8), 16));
  view.setUint32(text.length + 13, parseInt(hex.substr(8, 8), 16));
  const mac = hmacWith(key, data);
  const code = truncate(mac, suite.digits);
  mac.fill(0);
  return code;
}
