/**
 * SIGN ORDER: the bank's order goes to the token's display, outside of any session, and its signature comes back.
 *
 *     80 54 00 <block number> Lc | piece of the message          -> no data
 *     80 54 80 <block number> Lc | last piece of the message     -> no data: the customer is being asked
 *     80 56 00 00 00                                             -> state (1), or 02 | SHA-256 of the order (32) | HMAC (32)
 *
 *     message = nonce (8) | expiry, Unix time (8) | order (otp/order.ts) | MAC (16)
 *     MAC = AES-CMAC(order key, "OCHRE-SIGN-ORDER" | nonce | expiry | order)
 *
 * The order key is the token's own, so that the MAC names the token too; its label is 16 bytes, so that no order is the start of another
 * kind of message. Blocks are numbered from 00 without gaps, and block 00 begins anew. The MAC is checked before a byte of the order is
 * read.
 *
 * The nonce is a number that ascends from order to order of one token: the bank's time in milliseconds will do. The token keeps the
 * highest that it has seen, durably and before it shows the order, and takes none that is not above it. That is enough against replay
 * whatever happens to power and line: an order is shown once at most, so it is signed once at most. An order that was lost on its way to the
 * display is sent by the bank under a new nonce.
 *
 *     refusals: 6983 three orders were refused in ten minutes: not before the cable was unplugged
 *               6985 another order is shown, the customer is at something else, the clock can't be believed, or no PIN is set
 *               6988 the MAC is wrong · 6A80 replayed, expired, no order · 6A81 what the display can't show
 *               6A88 this token has no order key
 */
import { copyBytes } from "../copy-bytes.ts";
import type { Aes128 } from "../primitives.ts";
import { cmac, cmacKey, wipeCmacKey } from "../scp03/cmac.ts";
import { ApduError } from "./apdu-error.ts";
import { asciiBytes } from "./ascii.ts";
import type { CommandApdu } from "./command.ts";
import { SW_INCORRECT_P1_P2, SW_WRONG_DATA, SW_WRONG_LENGTH } from "./status-word.ts";
import { encodeUnixTime } from "./unix-time.ts";

export const INS_SIGN_ORDER = 0x54;
export const INS_ORDER_RESULT = 0x56;

const LAST_BLOCK = 0x80;
const PIECE = 240;
/** Nonce and expiry, before the order. */
export const ORDER_OFFSET = 16;
export const ORDER_MAC_LENGTH = 16;
/** Header, and seven fields of 255 bytes. */
const MAX_ORDER = 15 + 7 * 257;
export const MAX_MESSAGE = ORDER_OFFSET + MAX_ORDER + ORDER_MAC_LENGTH;

/** No order has come since the cable was plugged in. */
export const ORDER_NONE = 0;
/** The customer is being asked. */
export const ORDER_SHOWN = 1;
export const ORDER_SIGNED = 2;
/** By the customer, or because the transaction code was wrong. */
export const ORDER_REFUSED = 3;
/** The token went dark, the order expired, or its memory failed: nothing was signed. */
export const ORDER_DROPPED = 4;

export interface OrderResult {
  /** ORDER_NONE to ORDER_DROPPED */
  readonly state: number;
  /** SHA-256 of the order that was signed, 32 bytes; with ORDER_SIGNED alone. */
  readonly hash: Uint8Array | undefined;
  /** The OCRA response without truncation, 32 bytes; with ORDER_SIGNED alone. */
  readonly mac: Uint8Array | undefined;
}

export interface SignOrder {
  /** 0 to 255 */
  readonly block: number;
  readonly last: boolean;
  readonly piece: Uint8Array;
}

/**
 * What the bank authenticates: the message but for its MAC.
 * @param nonce 8 bytes
 * @param expiresAt Unix time UTC, whole seconds
 * @throws ApduError
 */
export function orderBody(nonce: Uint8Array, expiresAt: number, order: Uint8Array): Uint8Array {
  if (nonce.length !== 8) throw new ApduError(SW_WRONG_LENGTH, "A nonce has 8 bytes");
  if (order.length > MAX_ORDER) throw new ApduError(SW_WRONG_LENGTH, `An order has ${MAX_ORDER} bytes at most`);
  const body = new Uint8Array(ORDER_OFFSET + order.length);
  body.set(nonce);
  body.set(encodeUnixTime(expiresAt), 8);
  body.set(order, ORDER_OFFSET);
  return body;
}

/** @param aes under the token's order key @param body as `orderBody` makes it @returns 16 bytes */
export function orderMac(aes: Aes128, body: Uint8Array): Uint8Array {
  const key = cmacKey(aes);
  const mac = cmac(key, [asciiBytes("OCHRE-SIGN-ORDER", 16), body]);
  wipeCmacKey(key);
  return mac;
}

/** The commands that carry a message, as few as will do. @throws ApduError */
export function signOrder(body: Uint8Array, mac: Uint8Array): CommandApdu[] {
  const message = new Uint8Array(body.length + mac.length);
  message.set(body);
  message.set(mac, body.length);
  if (mac.length !== ORDER_MAC_LENGTH || message.length > MAX_MESSAGE) {
    throw new ApduError(SW_WRONG_LENGTH, `A message has ${MAX_MESSAGE} bytes at most, its MAC ${ORDER_MAC_LENGTH}`);
  }
  const commands: CommandApdu[] = [];
  for (let at = 0; at < message.length; at += PIECE) {
    const end = Math.min(at + PIECE, message.length);
    const p1 = end === message.length ? LAST_BLOCK : 0;
    commands.push({ cla: 0x80, ins: INS_SIGN_ORDER, p1, p2: commands.length, data: copyBytes(message, at, end) });
  }
  return commands;
}

/** @throws ApduError 6A86, 6700 */
export function parseSignOrder(command: CommandApdu): SignOrder {
  if (command.p1 !== 0 && command.p1 !== LAST_BLOCK) {
    throw new ApduError(SW_INCORRECT_P1_P2, "P1 is 00, or 80 for the last block");
  }
  if (command.data.length === 0) throw new ApduError(SW_WRONG_LENGTH, "A block carries a piece of the message");
  return { block: command.p2, last: command.p1 === LAST_BLOCK, piece: command.data };
}

export function orderResult(): CommandApdu {
  return { cla: 0x80, ins: INS_ORDER_RESULT, p1: 0, p2: 0, data: new Uint8Array(0), le: 256 };
}

/** @throws ApduError 6A86, 6700 */
export function parseOrderResult(command: CommandApdu): void {
  if (command.p1 !== 0 || command.p2 !== 0) throw new ApduError(SW_INCORRECT_P1_P2, "P1 and P2 are 00");
  if (command.data.length > 0) throw new ApduError(SW_WRONG_LENGTH, "ORDER RESULT carries no data");
}

/** The response's data field. */
export function encodeOrderResultResponse(result: OrderResult): Uint8Array {
  if (result.hash === undefined || result.mac === undefined) return new Uint8Array([result.state]);
  const data = new Uint8Array(65);
  data[0] = result.state;
  data.set(result.hash, 1);
  data.set(result.mac, 33);
  return data;
}

/** @throws ApduError */
export function parseOrderResultResponse(data: Uint8Array): OrderResult {
  const signed = data.length === 65 && data[0] === ORDER_SIGNED;
  if (!signed && !(data.length === 1 && data[0] <= ORDER_DROPPED && data[0] !== ORDER_SIGNED)) {
    throw new ApduError(SW_WRONG_DATA, "A result is a state, with hash and HMAC where an order was signed");
  }
  return {
    state: data[0],
    hash: signed ? copyBytes(data, 1, 33) : undefined,
    mac: signed ? copyBytes(data, 33, 65) : undefined,
  };
}
