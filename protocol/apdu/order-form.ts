/**
 * The form of an order that a customer types into the token: which order it is, and in what currency. A credential of kind sign carries
 * it as its parameters:
 *
 *     template (2) | currency (3) | minor digits (1)
 *
 * The amount is typed, and signed, in minor units (otp/order.ts); the last `minor digits` of it are shown as a fraction: none for VND.
 */
import { ApduError } from "./apdu-error.ts";
import { asciiBytes } from "./ascii.ts";
import { TEMPLATE_BILL, TEMPLATE_TRANSFER } from "./credential-kind.ts";
import { SW_WRONG_DATA } from "./status-word.ts";

export interface OrderForm {
  /** TEMPLATE_TRANSFER or TEMPLATE_BILL */
  readonly template: number;
  /** ISO 4217, three capital letters. */
  readonly currency: string;
  /** Digits of the amount that stand behind the decimal sign, 0 to 3 (ISO 4217's exponent). */
  readonly minorDigits: number;
}

/** The most digits of transaction code, account (or bill number) and amount that a token of 21 columns shows whole, on one screen. */
export function typedDigits(template: number): number[] {
  return [12, template === TEMPLATE_BILL ? 16 : 19, 13];
}

/** @returns 6 bytes @throws ApduError for what a form does not hold */
export function encodeOrderForm(form: OrderForm): Uint8Array {
  const bytes = new Uint8Array(6);
  if ((form.template & 0xffff) !== form.template || (form.minorDigits & 0xff) !== form.minorDigits) {
    throw new ApduError(SW_WRONG_DATA, "A template has 2 bytes and the minor digits have 1");
  }
  bytes[1] = form.template;
  bytes[0] = form.template >> 8;
  bytes.set(asciiBytes(form.currency, 3), 2);
  bytes[5] = form.minorDigits;
  parseOrderForm(bytes);
  return bytes;
}

/** @throws ApduError (6A80) */
export function parseOrderForm(bytes: Uint8Array): OrderForm {
  let fits = bytes.length === 6 && bytes[0] === 0 && bytes[5] <= 3;
  fits = fits && (bytes[1] === TEMPLATE_TRANSFER || bytes[1] === TEMPLATE_BILL);
  for (let i = 2; fits && i < 5; i++) fits = bytes[i] >= 0x41 && bytes[i] <= 0x5a;
  if (!fits)
    throw new ApduError(SW_WRONG_DATA, "A form is template 1 or 2, three capital letters, 0 to 3 minor digits");
  const currency = String.fromCharCode(bytes[2], bytes[3], bytes[4]);
  return { template: bytes[1], currency: currency, minorDigits: bytes[5] };
}
