/** An order of the bank on a token's display, and the signature that comes back. */
import { encodeCommand } from "../../protocol/apdu/command.ts";
import { parseResponse } from "../../protocol/apdu/response.ts";
import {
  ORDER_SHOWN,
  ORDER_SIGNED,
  type OrderResult,
  orderResult,
  parseOrderResultResponse,
  signOrder,
} from "../../protocol/apdu/sign-order.ts";
import { SW_OK } from "../../protocol/apdu/status-word.ts";
import { TokenRefusal } from "./token-refusal.ts";
import type { Transport } from "./transport.ts";

const POLL_MS = 500;

/** The order was not signed: `state` is ORDER_REFUSED or ORDER_DROPPED. */
export class OrderNotSigned extends Error {
  override name = "OrderNotSigned";
  readonly state: number;

  constructor(state: number) {
    super("The token did not sign the order.");
    this.state = state;
  }
}

/** What became of the last order. @throws PortError, TokenRefusal, ApduError */
export async function bankOrderResult(transport: Transport): Promise<OrderResult> {
  const { statusWord, data } = parseResponse(await transport.exchange(encodeCommand(orderResult())));
  if (statusWord !== SW_OK) throw new TokenRefusal("ORDER RESULT", statusWord);
  return parseOrderResultResponse(data);
}

/**
 * Sends an order to the display. The customer has not been asked yet when this returns.
 * @param body as `orderBody` of protocol/apdu/sign-order.ts makes it
 * @param mac as the key service's `authenticateOrder` gives it
 * @throws PortError, TokenRefusal
 */
export async function sendBankOrder(transport: Transport, body: Uint8Array, mac: Uint8Array): Promise<void> {
  for (const command of signOrder(body, mac)) {
    const { statusWord } = parseResponse(await transport.exchange(encodeCommand(command)));
    if (statusWord !== SW_OK) throw new TokenRefusal("SIGN ORDER", statusWord);
  }
}

/**
 * Sends an order and waits for its customer.
 * @param sleep waits for so many milliseconds
 * @returns hash of the order that the token says it signed, and HMAC. Whether they are those of this order, the bank judges.
 * @throws OrderNotSigned, PortError, TokenRefusal, ApduError
 */
export async function signBankOrder(
  transport: Transport,
  body: Uint8Array,
  mac: Uint8Array,
  sleep: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<{ hash: Uint8Array; mac: Uint8Array }> {
  await sendBankOrder(transport, body, mac);
  for (;;) {
    const result = await bankOrderResult(transport);
    if (result.state === ORDER_SIGNED) return { hash: result.hash!, mac: result.mac! };
    if (result.state !== ORDER_SHOWN) throw new OrderNotSigned(result.state);
    await sleep(POLL_MS);
  }
}
