/**
 * The message that OCRA authenticates (RFC 6287 5.1): `DataInput = suite | 00 | C | Q | P | S | T`.
 */
import type { HashName } from "../primitives.ts";
import { OtpError } from "./errors.ts";
import type { OcraSuite } from "./suite.ts";

/** What a computation is about. Each is given exactly when the suite names it. */
export interface OcraInputs {
  /** C: 8 bytes, big-endian. */
  readonly counter?: Uint8Array;
  /** Q: 1 character up to as many as the suite says. In mutual mode the *other* side's challenge. */
  readonly question: string;
  /** The *own* challenge, in mutual mode alone (RFC 6287 7.3). */
  readonly secondQuestion?: string;
  /** P: the PIN's hash, exactly as long as that hash is: 20, 32 or 64 bytes. */
  readonly pinHash?: Uint8Array;
  /** S: 1 byte up to as many as the suite says. */
  readonly session?: Uint8Array;
  /** T: 8 bytes, big-endian, as `ocraTimeStep` makes them. */
  readonly timeStep?: Uint8Array;
}

/** Bytes of Q, whatever its format. */
const QUESTION_FIELD = 128;

/** Bytes of P. */
function pinHashLength(hash: HashName): number {
  return hash === "sha1" ? 20 : hash === "sha256" ? 32 : 64;
}

/** Given when the suite has it (`most` above 0) and only then, and of a length that the suite allows. */
function checkField(
  part: "counter" | "pinHash" | "session" | "timeStep",
  field: Uint8Array | undefined,
  least: number,
  most: number,
): void {
  if (field === undefined) {
    if (most > 0) throw new OtpError(part, `the suite asks for ${part}, none came`);
  } else if (most === 0) {
    throw new OtpError(part, `the suite has no ${part}, yet one came`);
  } else if (field.length < least || field.length > most) {
    throw new OtpError(part, `${part} has ${least === most ? "" : least + " to "}${most} bytes, not ${field.length}`);
  }
}

function checkQuestion(suite: OcraSuite, part: "question" | "secondQuestion", question: string): void {
  if (typeof question !== "string" || question.length < 1 || question.length > suite.questionLength) {
    const came = typeof question === "string" ? "" + question.length : "none";
    throw new OtpError(part, `a question of 1 to ${suite.questionLength} characters is expected, not ${came}`);
  }
  const format = suite.questionFormat;
  if (format === "N" && !/^[0-9]+$/.test(question)) throw new OtpError(part, "a QN question is decimal digits alone");
  if (format === "H" && !/^[0-9A-Fa-f]+$/.test(question)) throw new OtpError(part, "a QH question is hex digits alone");
  if (format === "A" && !/^[0-9A-Za-z]+$/.test(question)) {
    throw new OtpError(part, "a QA question is ASCII letters and digits alone");
  }
}

/** The shortest hex form of a decimal number of any length; zero is "0". */
function decimalToHex(decimal: string): string {
  // Little-endian limbs of 24 bits, seven decimal digits at a time: limb x 10^7 + carry stays below 2^53, and 64 digits take some
  // fifty turns of the inner loop.
  const limbs = [0];
  for (let at = 0; at < decimal.length; at += 7) {
    const digits = decimal.slice(at, at + 7);
    const scale = parseInt("1" + "0000000".slice(0, digits.length), 10);
    let carry = parseInt(digits, 10);
    for (let i = 0; i < limbs.length; i++) {
      const value = limbs[i] * scale + carry;
      carry = Math.floor(value / 0x1000000);
      limbs[i] = value - carry * 0x1000000;
    }
    if (carry > 0) limbs.push(carry);
  }
  let hex = limbs[limbs.length - 1].toString(16);
  for (let i = limbs.length - 2; i >= 0; i--) {
    const limb = "00000" + limbs[i].toString(16);
    hex += limb.slice(limb.length - 6);
  }
  return hex;
}

/**
 * Questions are checked against the RFC's letter: 1 character up to the suite's length, and no character that the format does not
 * name (letters and digits for A). In mutual mode that holds for each of the two, which are joined as text before they are encoded;
 * joined questions of free length are ambiguous, so who runs a mutual mode sees to it that each has exactly the suite's length.
 * Mutual mode with QN is refused: the RFC does not say what number two numbers make.
 *
 * QN is not injective (leading zeros vanish, and q and 16q give one field), nor is QH below its full length ("A" and "A0").
 *
 * @returns a fresh array; it holds the PIN's hash, so whoever asks for it overwrites it
 * @throws OtpError `counter`, `question`, `secondQuestion`, `pinHash`, `session` or `timeStep`, for one that is missing, superfluous,
 *   of a wrong length or of wrong characters
 */
export function dataInput(suite: OcraSuite, inputs: OcraInputs): Uint8Array {
  const pinLength = suite.pinHash === null ? 0 : pinHashLength(suite.pinHash);
  const timeLength = suite.timeStepSeconds > 0 ? 8 : 0;
  checkField("counter", inputs.counter, 8, suite.counter ? 8 : 0);
  checkQuestion(suite, "question", inputs.question);
  if (inputs.secondQuestion !== undefined) {
    if (suite.questionFormat === "N") throw new OtpError("secondQuestion", "mutual mode is not defined for QN");
    checkQuestion(suite, "secondQuestion", inputs.secondQuestion);
  }
  checkField("pinHash", inputs.pinHash, pinLength, pinLength);
  checkField("session", inputs.session, 1, suite.sessionLength);
  checkField("timeStep", inputs.timeStep, 8, timeLength);

  const text = suite.bytes;
  const counterLength = suite.counter ? 8 : 0;
  const data = new Uint8Array(
    text.length + 1 + counterLength + QUESTION_FIELD + pinLength + suite.sessionLength + timeLength,
  );
  data.set(text);
  let at = text.length + 1;
  if (inputs.counter !== undefined) data.set(inputs.counter, at);
  at += counterLength;

  let question = inputs.question;
  if (inputs.secondQuestion !== undefined) question += inputs.secondQuestion;
  if (suite.questionFormat === "A") {
    for (let i = 0; i < question.length; i++) data[at + i] = question.charCodeAt(i);
  } else {
    // An odd last nibble is the high one: Q is padded to the right, nibble by nibble (RFC 6287, Appendix A).
    const hex = (suite.questionFormat === "N" ? decimalToHex(question) : question) + "0000000";
    const view = new DataView(data.buffer);
    // Eight nibbles at a time; what would be fewer are zeros, and stand there already.
    for (let i = 0; i + 7 < hex.length; i += 8) view.setUint32(at + i / 2, parseInt(hex.slice(i, i + 8), 16));
  }
  at += QUESTION_FIELD;

  if (inputs.pinHash !== undefined) data.set(inputs.pinHash, at);
  at += pinLength;
  at += suite.sessionLength;
  // S alone is padded to the left (RFC 6287, Appendix A).
  if (inputs.session !== undefined) data.set(inputs.session, at - inputs.session.length);
  if (inputs.timeStep !== undefined) data.set(inputs.timeStep, at);
  return data;
}
