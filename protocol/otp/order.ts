/**
 * The order: the one byte string that a customer signs, whether its fields were typed into the token or brought over USB.
 *
 *   "OCHRE-ORDER" 01 | template (2) | n (1) | n x ( tag (1) | length (1) | value )
 *
 * Numbers are big-endian. Tags ascend, each at most once; exactly the tags that the template names, no other. The OCRA question is
 * the order's SHA-256 as 64 hex digits, so that the same fields give the same question in both modes. The encoding is injective: one
 * order has one byte string, and no byte string is two orders.
 *
 *   tag  field             value (1 to 255 bytes each)
 *   01   transaction code  decimal digits
 *   02   payee account     decimal digits, as typed, leading zeros kept
 *   03   amount            decimal digits, minor units, no leading zero
 *   04   currency          ISO 4217, three capital letters
 *   05   bank              capital letters and digits (a BIN or a BIC)
 *   06   payee name        UTF-8, see order-text.ts
 *   07   reference         UTF-8, see order-text.ts
 *   08   item count        decimal digits, no leading zero
 *   09   batch digest      32 bytes
 *
 *   template                      tags
 *   1  transfer                   01 02 03 04
 *   2  bill payment               01 02 03 04
 *   3  transfer, whole order      01 02 03 04 05 06 07
 *   4  batch                      01 03 04 08 09
 */
import type { Hash } from "../primitives.ts";
import { type OrderPart, OtpError } from "./errors.ts";
import { toHex } from "./hex.ts";
import { checkOrderText } from "./order-text.ts";

export interface OrderField {
  /** 1 to 9. */
  readonly tag: number;
  readonly value: Uint8Array;
}

export interface Order {
  readonly template: number;
  /** In ascending order of tags. */
  readonly fields: readonly OrderField[];
}

/** Bytes before the first field. */
const HEADER_LENGTH = 15;
const MAGIC = "OCHRE-ORDER";
const VERSION = 1;

/** The tags that a template names, ascending, or undefined for an unknown template. */
export function orderTags(template: number): readonly number[] | undefined {
  if (template === 1 || template === 2) return [1, 2, 3, 4];
  if (template === 3) return [1, 2, 3, 4, 5, 6, 7];
  if (template === 4) return [1, 3, 4, 8, 9];
  return undefined;
}

/** The name of a tag's field, or undefined for an unknown tag. */
export function orderPart(tag: number): OrderPart | undefined {
  const parts: OrderPart[] = [
    "transactionCode",
    "payeeAccount",
    "amount",
    "currency",
    "bank",
    "payeeName",
    "reference",
    "itemCount",
    "batchDigest",
  ];
  return tag >= 1 && tag <= 9 ? parts[tag - 1] : undefined;
}

/** @throws OtpError with the field's part when the value breaks its tag's rule */
function checkValue(tag: number, value: Uint8Array): void {
  const part = orderPart(tag);
  if (part === undefined) throw new OtpError("tag", `a tag of 1 to 9 is expected, not ${tag}`);
  const length = value.length;
  if (length < 1 || length > 255) throw new OtpError(part, `a value of 1 to 255 bytes is expected, not of ${length}`);
  if (tag === 9) {
    if (length !== 32) throw new OtpError(part, `a digest of 32 bytes is expected, not of ${length}`);
  } else if (tag === 6 || tag === 7) {
    checkOrderText(value, part);
  } else {
    const digits = tag !== 4;
    const capitals = tag === 4 || tag === 5;
    for (let i = 0; i < length; i++) {
      const byte = value[i];
      const isDigit = digits && byte >= 0x30 && byte <= 0x39;
      const isCapital = capitals && byte >= 0x41 && byte <= 0x5a;
      if (!isDigit && !isCapital) {
        const allowed = digits ? (capitals ? "capital letters and digits" : "decimal digits") : "capital letters";
        throw new OtpError(part, `${allowed} alone are expected, byte ${i} is another character`);
      }
    }
    if (tag === 4 && length !== 3) throw new OtpError(part, `three letters are expected, not ${length}`);
    if ((tag === 3 || tag === 8) && value[0] === 0x30) {
      throw new OtpError(part, "a number above 0 without leading zeros is expected");
    }
  }
}

/**
 * Reads an order, and so proves that its bytes are one.
 *
 * @returns fields whose values are views of `order`, so that what is shown is what is hashed
 * @throws OtpError `order`, `template`, `tag`, or the part of a field whose value is at fault
 */
export function decodeOrder(order: Uint8Array): Order {
  let isOrder = order.length >= HEADER_LENGTH && order[11] === VERSION;
  for (let i = 0; isOrder && i < MAGIC.length; i++) isOrder = order[i] === MAGIC.charCodeAt(i);
  if (!isOrder) throw new OtpError("order", "an order begins with OCHRE-ORDER 01, its template and a field count");
  const template = order[12] * 256 + order[13];
  const count = order[14];

  const fields: OrderField[] = [];
  let at = HEADER_LENGTH;
  let previous = 0;
  for (let i = 0; i < count; i++) {
    const start = at + 2;
    const end = start <= order.length ? start + order[at + 1] : start;
    if (end > order.length) throw new OtpError("order", `field ${i} runs past the order's end`);
    const tag = order[at];
    if (tag <= previous) throw new OtpError("tag", `tags ascend, each at most once: not ${tag} after ${previous}`);
    const value = order.subarray(start, end);
    checkValue(tag, value);
    fields.push({ tag: tag, value: value });
    previous = tag;
    at = end;
  }
  if (at !== order.length) throw new OtpError("order", `${order.length - at} bytes follow the last field`);

  const tags = orderTags(template);
  if (tags === undefined) throw new OtpError("template", `a template of 1 to 4 is expected, not ${template}`);
  // Both ascend, so they are the same set when they are the same list.
  let same = tags.length === fields.length;
  for (let i = 0; same && i < tags.length; i++) same = tags[i] === fields[i].tag;
  if (!same) throw new OtpError("tag", `template ${template} has the tags ${tags.join(" ")}, each once and no other`);
  return { template: template, fields: fields };
}

/**
 * Writes an order.
 *
 * @param template 1 to 4
 * @param fields all that the template names, in ascending order of tags
 * @returns a fresh array
 * @throws OtpError as `decodeOrder` does: what is written is read back before it is returned, so one set of rules serves both ways
 */
export function encodeOrder(template: number, fields: readonly OrderField[]): Uint8Array {
  if (orderTags(template) === undefined) {
    throw new OtpError("template", `a template of 1 to 4 is expected, not ${template}`);
  }
  let length = HEADER_LENGTH;
  for (let i = 0; i < fields.length; i++) {
    // Before they are squeezed into a byte each.
    checkValue(fields[i].tag, fields[i].value);
    length += 2 + fields[i].value.length;
  }
  if (fields.length > 255) throw new OtpError("tag", `each tag occurs at most once, yet ${fields.length} fields came`);
  const order = new Uint8Array(length);
  for (let i = 0; i < MAGIC.length; i++) order[i] = MAGIC.charCodeAt(i);
  order[11] = VERSION;
  order[12] = template >> 8;
  order[13] = template & 0xff;
  order[14] = fields.length;
  let at = HEADER_LENGTH;
  for (let i = 0; i < fields.length; i++) {
    const value = fields[i].value;
    order[at] = fields[i].tag;
    order[at + 1] = value.length;
    order.set(value, at + 2);
    at += 2 + value.length;
  }
  decodeOrder(order);
  return order;
}

/**
 * The OCRA question that stands for an order.
 *
 * @param order as `encodeOrder` wrote or `decodeOrder` read it
 * @returns 64 lower-case hex digits
 */
export function orderQuestion(sha256: Hash, order: Uint8Array): string {
  return toHex(sha256.digest(order));
}
