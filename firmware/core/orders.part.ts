/** What reads, writes and hashes orders: for those ways to a code that sign one. */
import { decodeOrder, encodeOrder, orderQuestion } from "../../protocol/otp/order.ts";

export type Orders = ReturnType<typeof orders>;

export function orders() {
  return { decodeOrder: decodeOrder, encodeOrder: encodeOrder, orderQuestion: orderQuestion };
}
