/**
 * The credentials that a bank wants its tokens to have, as JSON: a list of 1 to 8, in the order of the token's menu.
 *
 *     [
 *       { "kind": "time-code", "label": "Đăng nhập", "digits": 6, "pinSeconds": 60 },
 *       { "kind": "sign", "label": "Chuyển tiền", "template": "transfer", "currency": "VND" },
 *       { "kind": "connected-sign", "currencies": ["VND", "USD"] },
 *       { "kind": "challenge", "suite": "OCRA-1:HOTP-SHA256-8:C-QN10" }
 *     ]
 *
 * Without a `label` a credential is called by the token's own word in its customer's language; each of a kind needs a label of its own.
 * `suite` or `digits` may say what the kind's own suite leaves open. `pinSeconds`: for so long a PIN is good for more of its codes.
 */
import { TEMPLATE_BILL, TEMPLATE_TRANSFER } from "../../protocol/apdu/credential-kind.ts";
import { checkSuite } from "../../protocol/apdu/credential-suite.ts";
import { toViscii } from "../../protocol/viscii.ts";
import { type CredentialKind, isCredentialKind, KINDS } from "../keys/credential-kinds.ts";
import { withoutOwnName } from "../keys/credential-names.ts";
import type { CredentialOrder } from "../keys/key-service.ts";
import { seedLength } from "../keys/local-key-channel.ts";
import { connectedCredential, transferCredential } from "./personalise.ts";

/** A token has slots 0 to 7. */
const MOST = 8;
const LABEL_LENGTH = 16;

const TEMPLATES = new Map([
  ["transfer", TEMPLATE_TRANSFER],
  ["bill", TEMPLATE_BILL],
]);

/** The kind's suite, of so many digits where its codes are shown. */
const SUITES: Record<CredentialKind, (digits: number) => string> = {
  "time-code": (digits) => `TOTP-SHA256-${digits}-30`,
  challenge: (digits) => `OCRA-1:HOTP-SHA256-${digits}:QN10-T30S`,
  sign: (digits) => `OCRA-1:HOTP-SHA256-${digits}:QH64-T30S`,
  "connected-sign": () => "OCRA-1:HOTP-SHA256-0:QH64-T30S",
  "verify-bank": () => "OCRA-1:HOTP-SHA256-8:QA08-T30S",
  "counter-code": (digits) => `HOTP-SHA256-${digits}`,
};
/** Kinds whose digits are nobody's to choose. */
const FIXED: readonly CredentialKind[] = ["connected-sign", "verify-bank"];

const FIELDS: Record<CredentialKind, readonly string[]> = {
  "time-code": [],
  challenge: [],
  sign: ["template", "currency"],
  "connected-sign": ["currencies"],
  "verify-bank": [],
  "counter-code": [],
};
const COMMON = ["kind", "label", "suite", "digits", "pinSeconds"];

/** The list is not one that a token could take. Its message says where (RFC 6901) and what was expected. */
export class CredentialFileError extends Error {
  override name = "CredentialFileError";
}

/** @throws CredentialFileError */
export function parseCredentialFile(text: string): CredentialOrder[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CredentialFileError(`The list of credentials is no JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(value) || value.length < 1 || value.length > MOST)
    throw new CredentialFileError(`A list of credentials is a JSON array of 1 to ${MOST} objects.`);
  const credentials = value.map((each, slot) => parseCredential(each, slot));
  const nameless = withoutOwnName(credentials);
  if (nameless) throw new CredentialFileError(`/${nameless.at}/label: ${nameless.message}.`);
  return credentials;
}

function parseCredential(value: unknown, slot: number): CredentialOrder {
  const wrong = (field: string, expected: string) =>
    new CredentialFileError(`/${slot}${field === "" ? "" : `/${field}`}: ${expected}.`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong("", "an object expected");
  const given = value as Record<string, unknown>;
  const { kind, label, digits, pinSeconds } = given;
  if (!isCredentialKind(kind)) throw wrong("kind", `one of ${Object.keys(KINDS).join(", ")} expected`);
  const known = [...COMMON, ...FIELDS[kind]];
  for (const field of Object.keys(given))
    if (!known.includes(field)) throw wrong(field, `no field of ${kind}, which has ${known.join(", ")}`);
  if (label !== undefined) checkLabel(label, (expected) => wrong("label", expected));

  if (digits !== undefined && (given.suite !== undefined || FIXED.includes(kind)))
    throw wrong(
      "digits",
      given.suite === undefined ? `${kind} has no choice of digits` : "the suite says them already",
    );
  if (digits !== undefined && !isWhole(digits, 6, 10)) throw wrong("digits", "6 to 10 expected");
  const suite = given.suite ?? SUITES[kind]((digits as number | undefined) ?? 8);
  if (typeof suite !== "string") throw wrong("suite", "a text expected");
  try {
    checkSuite(KINDS[kind], suite, seedLength(kind, suite));
  } catch (error) {
    throw wrong("suite", `${(error as Error).message} (the usual one is ${SUITES[kind](8)})`);
  }
  if (pinSeconds !== undefined && !isWhole(pinSeconds, 1, 65_535)) throw wrong("pinSeconds", "1 to 65535 expected");

  const credential = {
    slot,
    kind,
    suite,
    ...(label === undefined ? {} : { label: label as string }),
    ...(pinSeconds ? { pinSeconds: pinSeconds as number } : {}),
  };
  try {
    if (kind === "sign") {
      const template = TEMPLATES.get(String(given.template ?? "transfer"));
      if (template === undefined) throw wrong("template", `${[...TEMPLATES.keys()].join(" or ")} expected`);
      const { form } = transferCredential(slot, currency(given.currency));
      return { ...credential, form: { ...(form as NonNullable<typeof form>), template } };
    }
    if (kind === "connected-sign") {
      const codes = given.currencies;
      if (!Array.isArray(codes) || codes.length < 1 || codes.length > 4)
        throw wrong("currencies", "a list of one to four currencies expected");
      return { ...credential, currencies: connectedCredential(slot, ...codes.map(currency)).currencies };
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw wrong(kind === "sign" ? "currency" : "currencies", "a currency of ISO 4217 expected, like VND");
  }
  return credential;
}

function currency(value: unknown): string {
  if (typeof value !== "string" || !/^[A-Z]{3}$/.test(value)) throw new RangeError("no currency");
  return value;
}

function checkLabel(label: unknown, wrong: (expected: string) => Error): void {
  if (typeof label !== "string") throw wrong("a text expected");
  const length = [...label.normalize("NFC")].length;
  if (length < 1 || length > LABEL_LENGTH) throw wrong(`1 to ${LABEL_LENGTH} characters expected, not ${length}`);
  if (label !== label.trim()) throw wrong("no space at its ends expected");
  try {
    toViscii(label);
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}
