/**
 * The data objects that make a token the customer's.
 *
 *     E1 credential { 80 slot (1) | 81 kind (1) | 82 label (0..16) | 83 suite (1..64) | 84 key | 85 parameters | 86 PIN session, seconds (2) }
 *     E2 policy     { 80 PIN try limit (1) | 81 auto-off, seconds (2) | 82 language (1) | 83 days (2) }
 *     E4 order key  { 80 key (16) }, see sign-order.ts; encrypted like the key in E1
 *     E5 activation { 80 activation code | 81 Unix time from which it is refused (8) }
 *
 * Object 83 of a policy may be left out: for so many days after a session set the clock it is believed, else for ever.
 *
 * Inside, the tags stand in this order, each once and no other. As they travel, the key and the activation code (20 ASCII digits) have
 * ISO 7816-4 padding and are encrypted under the DEK (AES-CBC, zero ICV). As they are confirmed, they are there in clear. A label is
 * VISCII (protocol/viscii.ts), a byte for each character; one of length 0 leaves the name to the token, in its customer's language. Two
 * credentials of a kind have two labels.
 *
 * Object 86 is a credential's own policy. Left out, the PIN is asked for each of its codes; else a PIN is good for so many seconds of
 * them, and until the display goes dark. Object 85 is there for the kinds that have parameters, and empty for the others where 86
 * follows it:
 *
 *     kind                parameters
 *     03 sign             form of the order (6), see order-form.ts
 *     04 connected sign   currencies (4 to 16), see currencies.ts
 */
import { isActivationCode } from "../otp/activation-code.ts";
import type { Aes128 } from "../primitives.ts";
import { cbcDecrypt, cbcEncrypt } from "../scp03/cbc.ts";
import { pad, unpad } from "../scp03/padding.ts";
import { ApduError } from "./apdu-error.ts";
import { asciiBytes, asciiText } from "./ascii.ts";
import {
  KIND_CONNECTED_SIGN,
  KIND_COUNTER_CODE,
  KIND_SIGN,
  KIND_TIME_CODE,
  LANGUAGE_ENGLISH,
  LANGUAGE_VIETNAMESE,
} from "./credential-kind.ts";
import { checkCurrencies } from "./currencies.ts";
import { parseOrderForm } from "./order-form.ts";
import { SW_WRONG_DATA } from "./status-word.ts";
import { encodeTlv, parseTlv, type Tlv } from "./tlv.ts";
import { decodeUnixTime, encodeUnixTime } from "./unix-time.ts";

export const TAG_CREDENTIAL = 0xe1;
export const TAG_POLICY = 0xe2;
/** E3 is the confirmation's. */
export const TAG_ORDER_KEY = 0xe4;
export const TAG_ACTIVATION = 0xe5;

/** RFC 4226 asks for 128 bits at least; 64 bytes are SHA-512's. */
export const MIN_KEY = 16;
export const MAX_KEY = 64;

export interface Credential {
  readonly tag: typeof TAG_CREDENTIAL;
  /** 0 to 255; how many there are is the token's to say */
  readonly slot: number;
  /** One of the KIND_* of credential-kind.ts */
  readonly kind: number;
  /** The bank's name for it: up to 16 characters, as VISCII's codes (`toViscii`); "" for the token's own word */
  readonly label: string;
  /** 1 to 64 ASCII characters: `TOTP-SHA256-8-30` and the like for a time code, an OCRA suite (RFC 6287 6) for the others */
  readonly suite: string;
  /** In clear, 16 to 64 bytes: the receiver overwrites it after use. */
  readonly key: Uint8Array;
  /** What the kind asks for, 0 to 16 bytes; nothing for most. */
  readonly parameters: Uint8Array;
  /** Seconds for which a PIN is good for more codes of this credential, 1 to 65,535, and until it is dark. Left out: the PIN is asked for each. */
  readonly pinSeconds?: number;
}

export interface Policy {
  readonly tag: typeof TAG_POLICY;
  /** 1 to 10 */
  readonly pinTryLimit: number;
  /** 1 to 65,535 */
  readonly autoOffSeconds: number;
  /** LANGUAGE_VIETNAMESE or LANGUAGE_ENGLISH */
  readonly language: number;
  /** Days for which the token believes its clock after a session has set it, 1 to 65,535. Left out: for ever. */
  readonly clockDays?: number;
}

/** By which the token knows the bank's orders. */
export interface OrderKey {
  readonly tag: typeof TAG_ORDER_KEY;
  /** In clear, 16 bytes: the receiver overwrites it after use. */
  readonly key: Uint8Array;
}

/** The token takes no PIN before it was given this code, which is the key of its vault until then. */
export interface Activation {
  readonly tag: typeof TAG_ACTIVATION;
  /** 20 ASCII digits, see activation-code.ts: the receiver overwrites them after use. */
  readonly code: Uint8Array;
  /** Unix time from which the code is refused */
  readonly end: number;
}

/** Told apart by `tag`. */
export type PersonalisationData = Credential | Policy | OrderKey | Activation;

/**
 * A data object as it travels, or, without a DEK, as it is confirmed: with the key in clear, to be overwritten after use.
 * @throws ApduError for what the fields do not hold
 */
export function encodePersonalisationData(data: PersonalisationData, dek: Aes128 | undefined): Uint8Array {
  if (data.tag === TAG_POLICY) {
    checkPolicy(data);
    const values = [
      new Uint8Array([data.pinTryLimit]),
      new Uint8Array([data.autoOffSeconds >> 8, data.autoOffSeconds]),
      new Uint8Array([data.language]),
    ];
    const days = data.clockDays;
    if (days !== undefined) values.push(new Uint8Array([days >> 8, days]));
    return object(TAG_POLICY, values);
  }
  if (data.tag === TAG_ORDER_KEY) {
    checkOrderKey(data.key);
    return object(TAG_ORDER_KEY, [dek === undefined ? data.key : encryptKey(dek, data.key)]);
  }
  if (data.tag === TAG_ACTIVATION) {
    checkActivationCode(data.code);
    const code = dek === undefined ? data.code : encryptKey(dek, data.code);
    return object(TAG_ACTIVATION, [code, encodeUnixTime(data.end)]);
  }
  checkSlotAndKind(data.slot, data.kind);
  checkParameters(data.kind, data.parameters);
  checkKeyLength(data.key);
  const values = [
    new Uint8Array([data.slot]),
    new Uint8Array([data.kind]),
    labelBytes(data.label),
    asciiBytes(data.suite, 64),
    dek === undefined ? data.key : encryptKey(dek, data.key),
  ];
  const session = data.pinSeconds;
  checkPinSeconds(session);
  if (data.parameters.length > 0 || session !== undefined) values.push(data.parameters);
  if (session !== undefined) values.push(new Uint8Array([session >> 8, session]));
  return object(TAG_CREDENTIAL, values);
}

/** One object as it travels. @throws ApduError (6A80) */
export function parsePersonalisationData(tlv: Tlv, dek: Aes128): PersonalisationData {
  if (tlv.tag === TAG_POLICY) {
    const values = fields(tlv.value, [1, 2, 1, 2], [1, 2, 1, 2], 3);
    const days = values.length > 3 ? (values[3][0] << 8) | values[3][1] : undefined;
    const policy: Policy = {
      tag: TAG_POLICY,
      pinTryLimit: values[0][0],
      autoOffSeconds: (values[1][0] << 8) | values[1][1],
      language: values[2][0],
    };
    const whole: Policy = days === undefined ? policy : Object.assign(policy, { clockDays: days });
    checkPolicy(whole);
    return whole;
  }
  if (tlv.tag === TAG_ORDER_KEY) {
    const key = decryptKey(dek, fields(tlv.value, [32], [32], 1)[0]);
    checkOrderKey(key);
    return { tag: TAG_ORDER_KEY, key };
  }
  if (tlv.tag === TAG_ACTIVATION) {
    const values = fields(tlv.value, [32, 8], [32, 8], 2);
    const end = decodeUnixTime(values[1]);
    const code = decryptKey(dek, values[0]);
    checkActivationCode(code);
    return { tag: TAG_ACTIVATION, code, end };
  }
  if (tlv.tag !== TAG_CREDENTIAL) throw new ApduError(SW_WRONG_DATA, "A personalisation has objects E1, E2, E4 and E5");
  const values = fields(tlv.value, [1, 1, 0, 1, 32, 0, 2], [1, 1, 16, 64, 80, 16, 2], 5);
  const slot = values[0][0];
  const kind = values[1][0];
  checkSlotAndKind(slot, kind);
  const label = labelText(values[2]);
  const suite = asciiText(values[3]);
  const parameters = values.length > 5 ? new Uint8Array(values[5]) : new Uint8Array(0);
  checkParameters(kind, parameters);
  const pinSeconds = values.length > 6 ? (values[6][0] << 8) | values[6][1] : undefined;
  checkPinSeconds(pinSeconds);
  if (values.length === 6 && parameters.length === 0)
    throw new ApduError(SW_WRONG_DATA, "Empty parameters are left out");
  const key = decryptKey(dek, values[4]); // last: nothing throws with a key in hand
  return { tag: TAG_CREDENTIAL, slot, kind, label, suite, key, parameters, pinSeconds };
}

/** ISO 7816-4 padding, then AES-CBC with a zero ICV under the DEK: 32 to 80 bytes. @throws ApduError unless the key has 16 to 64 bytes */
export function encryptKey(dek: Aes128, key: Uint8Array): Uint8Array {
  checkKeyLength(key);
  const padded = pad(key);
  const encrypted = cbcEncrypt(dek, new Uint8Array(16), padded);
  padded.fill(0);
  return encrypted;
}

/** The reverse of `encryptKey`. @throws ApduError (6A80) when it gives no key of 16 to 64 bytes */
export function decryptKey(dek: Aes128, encrypted: Uint8Array): Uint8Array {
  if (encrypted.length < 32 || encrypted.length > 80 || (encrypted.length & 15) !== 0) {
    throw new ApduError(SW_WRONG_DATA, "An encrypted key has 32 to 80 bytes, in blocks of 16");
  }
  const padded = cbcDecrypt(dek, new Uint8Array(16), encrypted);
  const key = unpad(padded);
  padded.fill(0);
  if (key === undefined) throw new ApduError(SW_WRONG_DATA, "The key is not encrypted under the DEK");
  checkKeyLength(key);
  return key;
}

function checkSlotAndKind(slot: number, kind: number): void {
  if ((slot & 0xff) !== slot) throw new ApduError(SW_WRONG_DATA, "A slot is 0 to 255");
  if (!(kind >= KIND_TIME_CODE && kind <= KIND_COUNTER_CODE))
    throw new ApduError(SW_WRONG_DATA, "Unknown kind of credential");
}

/** @throws ApduError for codes that are no character of the token's fonts */
function labelText(bytes: Uint8Array): string {
  for (const code of [0, 10, 13, 127])
    if (bytes.indexOf(code) >= 0) throw new ApduError(SW_WRONG_DATA, "A label has letters, digits and signs of VISCII");
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

function labelBytes(label: string): Uint8Array {
  const bytes = new Uint8Array(label.length);
  for (let i = 0; i < bytes.length; i++) {
    // What is no code of the page becomes one that is refused.
    bytes[i] = label.charCodeAt(i) < 0x100 ? label.charCodeAt(i) : 0;
  }
  if (bytes.length > 16) throw new ApduError(SW_WRONG_DATA, "A label has up to 16 characters");
  labelText(bytes);
  return bytes;
}

function checkPinSeconds(seconds: number | undefined): void {
  if (seconds !== undefined && !(seconds >= 1 && seconds <= 0xffff))
    throw new ApduError(SW_WRONG_DATA, "A PIN session has 1 to 65,535 seconds");
}

function checkOrderKey(key: Uint8Array): void {
  if (key.length === 16) return;
  key.fill(0);
  throw new ApduError(SW_WRONG_DATA, "An order key has 16 bytes");
}

function checkParameters(kind: number, parameters: Uint8Array): void {
  if (kind === KIND_SIGN) parseOrderForm(parameters);
  else if (kind === KIND_CONNECTED_SIGN) checkCurrencies(parameters);
  else if (parameters.length > 0) throw new ApduError(SW_WRONG_DATA, "This kind of credential has no parameters");
}

function checkKeyLength(key: Uint8Array): void {
  if (key.length < MIN_KEY || key.length > MAX_KEY) throw new ApduError(SW_WRONG_DATA, "A key has 16 to 64 bytes");
}

function checkActivationCode(code: Uint8Array): void {
  if (isActivationCode(code)) return;
  code.fill(0);
  throw new ApduError(SW_WRONG_DATA, "An activation code has 20 digits, the last of which checks the others");
}

function checkPolicy(policy: Policy): void {
  if (
    !(policy.pinTryLimit >= 1 && policy.pinTryLimit <= 10) ||
    !(policy.autoOffSeconds >= 1 && policy.autoOffSeconds <= 0xffff) ||
    (policy.language !== LANGUAGE_VIETNAMESE && policy.language !== LANGUAGE_ENGLISH) ||
    (policy.clockDays !== undefined && !(policy.clockDays >= 1 && policy.clockDays <= 0xffff))
  ) {
    throw new ApduError(SW_WRONG_DATA, "PIN try limit, auto-off, language or days of the policy are out of range");
  }
}

/** The values as objects 80, 81, ... inside one object. Intermediate copies are overwritten: one may hold a key. */
function object(tag: number, values: Uint8Array[]): Uint8Array {
  const fields: Uint8Array[] = [];
  let length = 0;
  for (let i = 0; i < values.length; i++) {
    fields.push(encodeTlv(0x80 + i, values[i]));
    length += fields[i].length;
  }
  const content = new Uint8Array(length);
  for (let i = fields.length - 1; i >= 0; i--) {
    length -= fields[i].length;
    content.set(fields[i], length);
    fields[i].fill(0);
  }
  const bytes = encodeTlv(tag, content);
  content.fill(0);
  return bytes;
}

/**
 * The values of objects 80, 81, ... in this order, each between its two lengths, and nothing else.
 * @param least how many there are at least, where some at the end may be left out
 */
function fields(content: Uint8Array, min: number[], max: number[], least: number): Uint8Array[] {
  const objects = parseTlv(content);
  const values: Uint8Array[] = [];
  for (let i = 0; i < objects.length; i++) values.push(objects[i].value);
  let fits = values.length >= least && values.length <= min.length;
  for (let i = 0; fits && i < values.length; i++) {
    fits = objects[i].tag === 0x80 + i && values[i].length >= min[i] && values[i].length <= max[i];
  }
  if (!fits) throw new ApduError(SW_WRONG_DATA, "The fields of a data object are not those of its tag");
  return values;
}
