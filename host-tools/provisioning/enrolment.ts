/** What the validation server learns of a personalised token. It holds no secret in clear: seeds are sealed under the enrolment key. */
import { type Currency, encodeCurrencies } from "../../protocol/apdu/currencies.ts";
import { encodeOrderForm, type OrderForm } from "../../protocol/apdu/order-form.ts";
import { isCredentialKind } from "../keys/credential-kinds.ts";
import type { SealedCredential } from "../keys/key-service.ts";

export interface Enrolment {
  serial: string;
  board: string;
  /** The two model bytes as a number. */
  model: number;
  /** How well the board keeps a secret. */
  assurance: "O" | "P" | "S";
  /** Firmware version. */
  firmware: string;
  /** Of the keys that the token has now. */
  keyVersion: number;
  credentials: SealedCredential[];
}

/** The text or file is no enrolment. */
export class EnrolmentFormatError extends Error {
  override name = "EnrolmentFormatError";
}

/**
 * Reads an enrolment that was written as JSON. Other fields are left out.
 * @throws EnrolmentFormatError
 */
export function parseEnrolment(value: unknown): Enrolment {
  const { serial, board, model, assurance, firmware, keyVersion, credentials } = fields(value);
  if (assurance !== "O" && assurance !== "P" && assurance !== "S") throw wrong("assurance");
  if (!Array.isArray(credentials) || credentials.length === 0) throw wrong("credentials");
  return {
    serial: text(serial, "serial"),
    board: text(board, "board"),
    model: whole(model, "model"),
    assurance,
    firmware: text(firmware, "firmware"),
    keyVersion: whole(keyVersion, "keyVersion"),
    credentials: credentials.map((credential) => {
      const { slot, kind, suite, label, form, currencies, sealedSeed } = fields(credential);
      if (!isCredentialKind(kind)) throw wrong("kind");
      return {
        slot: whole(slot, "slot"),
        kind,
        suite: text(suite, "suite"),
        label: text(label, "label"),
        ...(kind === "sign" && { form: orderForm(form) }),
        ...(kind === "connected-sign" && { currencies: currencyList(currencies) }),
        sealedSeed: text(sealedSeed, "sealedSeed"),
      };
    }),
  };
}

function orderForm(value: unknown): OrderForm {
  const { template, currency, minorDigits } = fields(value);
  const form = {
    template: whole(template, "template"),
    currency: text(currency, "currency"),
    minorDigits: whole(minorDigits, "minorDigits"),
  };
  try {
    encodeOrderForm(form);
  } catch {
    throw wrong("form");
  }
  return form;
}

function currencyList(value: unknown): Currency[] {
  if (!Array.isArray(value)) throw wrong("currencies");
  const list = value.map((each) => {
    const { code, minorDigits } = fields(each);
    return { code: text(code, "currency"), minorDigits: whole(minorDigits, "minorDigits") };
  });
  try {
    encodeCurrencies(list);
  } catch {
    throw wrong("currencies");
  }
  return list;
}

function fields(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new EnrolmentFormatError("An enrolment is a JSON object.");
  return value as Record<string, unknown>;
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string" || value === "") throw wrong(name);
  return value;
}

function whole(value: unknown, name: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw wrong(name);
  return value;
}

function wrong(name: string): EnrolmentFormatError {
  return new EnrolmentFormatError(`The enrolment's ${name} is missing or wrong.`);
}
