/** What an `OtpError` is about. */
export type OtpPart =
  | "key"
  | "mac"
  | "digits"
  | "counter"
  | "time"
  | "period"
  | "t0"
  | "suite"
  | "question"
  | "secondQuestion"
  | "pinHash"
  | "session"
  | "timeStep"
  | OrderPart
  | ChallengePart;

/** What is wrong with an order: its layout, its template, the set of its tags, or the value of one field. */
export type OrderPart =
  | "order"
  | "template"
  | "tag"
  | "transactionCode"
  | "payeeAccount"
  | "amount"
  | "currency"
  | "bank"
  | "payeeName"
  | "reference"
  | "itemCount"
  | "batchDigest";

/** What is wrong with a readable challenge or with what it is made of. */
export type ChallengePart = "account" | "random" | "challenge" | "checkDigit" | "multipleOf16";

/**
 * The one error of this folder. `part` names what is at fault, for a program; `message` says what was expected and what came, for
 * a person. A message may carry lengths, positions and numbers and a piece of the suite, never a key, a PIN hash, a session or a code.
 */
export class OtpError extends Error {
  readonly part: OtpPart;

  constructor(part: OtpPart, message: string) {
    super(message);
    this.name = "OtpError";
    this.part = part;
  }
}
