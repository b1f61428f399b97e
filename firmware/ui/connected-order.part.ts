/**
 * An order that the bank sent: read to its end, confirmed, and signed when its customer types the transaction code that the bank shows.
 * The lines are made from the very bytes that are hashed. OK does nothing before the last line was on the display for a second.
 *
 * A line that begins at the edge begins with the token's own word; what goes on from the line before is set in by one column. So no text
 * in an order can look like a field of it.
 */
import { KIND_CONNECTED_SIGN, TEMPLATE_BILL } from "../../protocol/apdu/credential-kind.ts";
import { minorDigitsOf } from "../../protocol/apdu/currencies.ts";
import { toHex } from "../../protocol/otp/hex.ts";
import { truncate } from "../../protocol/otp/truncate.ts";
import { soundTime } from "../core/clock-guard.ts";
import { CREDENTIAL, CREDENTIAL_SLOTS } from "../core/entries.ts";
import type { BankOrder } from "../core/order-port.ts";
import { orders } from "../core/orders.part.ts";
import type { Key } from "../hal/board.ts";
import { amountText } from "./amount.part.ts";
import { DigitEntry, inFours } from "./digit-entry.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import { fontText } from "./font-text.ts";
import { type OrderMessage, orderMessage } from "./order-messages.ts";

const CHARACTERS = 21;
/** Lines of the display above the lowest one. */
const LINES = 3;
/** A second, and the time in which a picture is sent. */
const LAST_LINE_MS = 1100;
const TRIES = 3;
/** Digits that are typed where the cable is gone before the answer was fetched. */
const FALLBACK_DIGITS = 8;
/** The longest transaction code that a customer is asked to type. */
const MAX_CODE = 20;

/** Undefined for what is no order, what has a character that the font has not, or what this token's credential does not sign. */
export function connectedOrder(face: Face, order: BankOrder): Flow | undefined {
  const orderBytes = orders();
  const token = face.token;
  const board = token.board;
  const canvas = face.canvas;
  const font = face.fonts.text;
  const language = token.language();
  const say = function (id: OrderMessage): string {
    return orderMessage(language, id);
  };

  let slot = -1;
  let currencies: Uint8Array = new Uint8Array(0);
  for (let i = 0; i < CREDENTIAL_SLOTS && slot < 0; i++) {
    const value = token.journal.get(CREDENTIAL + i);
    if (value === undefined) continue;
    if (value[0] === KIND_CONNECTED_SIGN) {
      slot = i;
      currencies = token.vault.codes().decodeCredential(board.wire, i, value).parameters;
    }
    value.fill(0);
  }

  /** Each begins with the token's word for the field. */
  const texts: string[] = [];
  let code: Uint8Array = new Uint8Array(0);
  /** False where a field can't be shown. */
  const read = function (): boolean {
    const decoded = orderBytes.decodeOrder(order.bytes);
    const account: OrderMessage = decoded.template === TEMPLATE_BILL ? "billTag" : "accountTag";
    // By the fields' tags; an amount and its currency speak for themselves.
    const words: OrderMessage[] = ["codeTag", account, "amount", "amount", "bankTag", "nameTag", "referenceTag"];
    words.push("itemsTag", "batchTag");
    let amount = "";
    for (const field of decoded.fields) {
      const text = field.tag === 9 ? toHex(field.value) : fontText(field.value);
      if (text === undefined) return false;
      if (field.tag === 1) code = field.value;
      if (field.tag === 3) amount = text;
      else if (field.tag === 4) {
        const minorDigits = minorDigitsOf(currencies, field.value);
        if (minorDigits < 0) return false;
        texts.push(amountText(language, amount, minorDigits) + " " + text);
      } else texts.push(say(words[field.tag - 1]) + " " + (field.tag < 3 ? inFours(text) : text));
    }
    return code.length <= MAX_CODE;
  };
  try {
    if (slot < 0 || !read()) return undefined;
  } catch {
    return undefined;
  }

  /** Lines that a text takes. */
  const height = function (text: string): number {
    return 1 + Math.ceil(Math.max(0, text.length - CHARACTERS) / (CHARACTERS - 1));
  };
  let whole = 0;
  for (const text of texts) whole += height(text);
  const last = Math.max(0, whole - LINES);
  /** The uppermost line that is shown. */
  let top = 0;
  let seen = false;
  let timer: number | undefined;
  /** The customer has said yes, and types the transaction code. */
  let typing = false;
  let tries = 0;
  const entry = new DigitEntry(MAX_CODE);

  const line = function (number: number): string {
    let at = 0;
    for (; number >= height(texts[at]); at++) number -= height(texts[at]);
    if (number === 0) return texts[at].substr(0, CHARACTERS);
    return " " + texts[at].substr(CHARACTERS + (number - 1) * (CHARACTERS - 1), CHARACTERS - 1);
  };
  const drawHint = function (): void {
    canvas.clearPages(6, 7);
    canvas.centred(font, 6, seen ? face.say("yesOrNo") : top < last ? say("readOn") : "");
  };
  const cancel = function (): void {
    if (timer !== undefined) board.timers.cancel(timer);
    timer = undefined;
  };
  const watch = function (): void {
    cancel();
    if (seen || top < last) return;
    timer = board.timers.after(LAST_LINE_MS, function () {
      timer = undefined;
      seen = true;
      drawHint();
      canvas.flush();
    });
  };
  const drawTyped = function (): void {
    face.drawEntry(entry.groups(board.wire, Math.min(entry.length + 1, entry.limit)));
    canvas.clearPages(6, 7);
    const hint = face.digitHint(entry, 1, entry.length > 0 ? "okOrClear" : undefined);
    canvas.centred(font, 6, hint === undefined ? say("clearBack") : face.say(hint));
  };
  const end = function (why: string): void {
    face.forget();
    face.noticeText(why, face.say("notSigned"), "off");
  };
  const refuse = function (): void {
    order.refused();
    end(face.say("refused"));
  };
  const fromHex = function (hex: string): Uint8Array {
    const bytes = new Uint8Array(hex.length >> 1);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < hex.length; i += 8) view.setUint32(i >> 1, parseInt(hex.substr(i, 8), 16));
    return bytes;
  };
  const typed = function (): void {
    if (entry.text(board.wire) !== board.wire.toLatin1(code)) {
      entry.begin(MAX_CODE);
      tries++;
      if (tries < TRIES) face.notice("wrongNumber", "readAgain", "flow");
      else refuse();
      return;
    }
    const now = soundTime(board, token.journal);
    if (now === undefined) face.noClock();
    else if (now >= order.expiresAt) end(say("expired"));
    else {
      const question = orderBytes.orderQuestion(board.primitives.hashes.sha256, order.bytes);
      face.answer(slot, question, function (answer) {
        const mac = fromHex(answer);
        order.signed(fromHex(question), mac);
        return truncate(mac, FALLBACK_DIGITS);
      });
    }
  };

  return {
    draw: function () {
      if (typing) {
        canvas.centred(font, 0, say("transactionCode"));
        drawTyped();
        return;
      }
      for (let i = 0; i < LINES && top + i < whole; i++) canvas.text(font, 2 * i, 0, line(top + i));
      drawHint();
      watch();
    },
    key: function (key: Key) {
      if (typing) {
        if (entry.key(key)) {
          drawTyped();
          canvas.flush();
        } else if (key === "OK" && entry.length > 0) typed();
        else if (key === "CLEAR") {
          typing = false;
          face.show("flow");
        }
      } else if (key === "DOWN" || key === "UP") {
        // One line stays, so that the eye finds its place.
        top = key === "DOWN" ? Math.min(top + LINES - 1, last) : Math.max(top - LINES + 1, 0);
        face.show("flow");
      } else if (key === "CLEAR") refuse();
      else if (key === "OK" && seen) {
        typing = true;
        cancel();
        face.show("flow");
      }
    },
    forget: function () {
      cancel();
      entry.begin(MAX_CODE);
      order.dropped();
    },
  };
}
