/**
 * An order is typed, field by field, seen whole on one screen, and signed. What is shown there is read from the very bytes that are
 * hashed. CLEAR goes back a field; before the first it leaves.
 */
import { TEMPLATE_BILL } from "../../protocol/apdu/credential-kind.ts";
import { parseOrderForm, typedDigits } from "../../protocol/apdu/order-form.ts";
import type { Credential } from "../core/credential.ts";
import { orders } from "../core/orders.part.ts";
import type { Key } from "../hal/board.ts";
import { amountText } from "./amount.part.ts";
import { DigitEntry, inFours } from "./digit-entry.ts";
import type { Face } from "./face.ts";
import type { Flow } from "./flow.ts";
import { type OrderMessage, orderMessage } from "./order-messages.ts";

const AMOUNT = 2;
/** After the last field: the whole order. */
const WHOLE = 3;

export function sign(face: Face, credential: Credential): Flow {
  const orderBytes = orders();
  const canvas = face.canvas;
  const font = face.fonts.text;
  const board = face.token.board;
  const form = parseOrderForm(credential.parameters);
  const bill = form.template === TEMPLATE_BILL;
  const titles: OrderMessage[] = ["transactionCode", bill ? "billNumber" : "payeeAccount", "amount"];
  const entries = typedDigits(form.template).map(function (most) {
    return new DigitEntry(most);
  });
  let field = 0;
  let order = new Uint8Array(0);

  const say = function (id: OrderMessage): string {
    return orderMessage(face.token.language(), id);
  };
  const money = function (digits: string): string {
    return amountText(face.token.language(), digits, form.minorDigits);
  };
  const show = function (next: number): void {
    field = next;
    face.show("flow");
  };
  const drawTyped = function (): void {
    const entry = entries[field];
    const next = Math.min(entry.length + 1, entry.limit);
    if (field < AMOUNT) face.drawEntry(entry.groups(board.wire, next));
    else {
      const typed = entry.text(board.wire);
      face.drawEntry((typed === "" ? "" : money(typed)) + entry.places(next) + " " + form.currency);
    }
    canvas.clearPages(6, 7);
    const hint = face.digitHint(entry, 1, entry.length > 0 ? "okOrClear" : undefined);
    canvas.centred(font, 6, hint === undefined ? say("clearBack") : face.say(hint));
  };
  const drawLine = function (page: number, tag: string, value: string): void {
    canvas.text(font, page, 0, tag);
    canvas.squeezed(font, page, tag.length * font.width + 2, value);
  };
  const encode = function (): Uint8Array {
    const fields = entries.map(function (entry, i) {
      return { tag: i + 1, value: entry.copy() };
    });
    fields.push({ tag: 4, value: board.wire.fromLatin1(form.currency) });
    return orderBytes.encodeOrder(form.template, fields);
  };

  return {
    draw: function () {
      if (field < WHOLE) {
        canvas.centred(font, 0, say(titles[field]));
        drawTyped();
        return;
      }
      const values = orderBytes.decodeOrder(order).fields.map(function (one) {
        return board.wire.toLatin1(one.value);
      });
      drawLine(0, say("codeTag"), inFours(values[0]));
      drawLine(2, say(bill ? "billTag" : "accountTag"), inFours(values[1]));
      drawLine(4, "", money(values[2]) + " " + values[3]);
      canvas.centred(font, 6, face.say("yesOrNo"));
    },
    key: function (key: Key) {
      if (field === WHOLE) {
        if (key === "OK") face.answer(credential.slot, orderBytes.orderQuestion(board.primitives.hashes.sha256, order));
        else if (key === "CLEAR") show(AMOUNT);
        return;
      }
      const entry = entries[field];
      if (entry.key(key)) {
        // An amount has no leading zero.
        if (field === AMOUNT && entry.digits[0] === 0x30) entry.begin(entry.limit);
        drawTyped();
        canvas.flush();
      } else if (key === "CLEAR") {
        if (field === 0) face.off();
        else show(field - 1);
      } else if (key === "OK" && entry.length > 0) {
        if (field === AMOUNT) order = encode() as typeof order;
        show(field + 1);
      }
    },
    forget: function () {
      for (const entry of entries) entry.begin(entry.limit);
    },
  };
}
