/** Orders that a customer types and signs, judged by the bank. Nothing is signed but what was seen, and nothing accepted but what was signed. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf } from "../../emulator/testing/capture.ts";
import type { Token } from "../../emulator/testing/token.ts";
import { STANDARD_CREDENTIALS, transferCredential } from "../../host-tools/provisioning/personalise.ts";
import { type Bank, memoryTransport, openBank, PIN, setPin } from "./bank.ts";

const SERIAL = "OC-ORDERS-1";
const ACCOUNT = "0071000123456";

let bank: Bank;
let token: Token;
beforeAll(async () => {
  bank = await openBank();
  token = await bank.token(SERIAL);
  const credentials = [...STANDARD_CREDENTIALS, transferCredential(2, "VND")];
  await bank.provision(memoryTransport(token), undefined, credentials);
  await setPin(token);
});
afterAll(() => bank.close());

const open = (changes: object = {}) => {
  const order = { serial: SERIAL, payeeAccount: ACCOUNT, amount: "1500000", currency: "VND", mode: "sign" };
  return bank.asBank("POST", "/v1/transactions", { ...order, ...changes });
};
const type = (code: string, account: string, amount: string) =>
  token.press("OK", ...PIN, "OK", "3", ...code, "OK", ...account, "OK", ...amount, "OK");
const signed = (code: string, account = ACCOUNT, amount = "1500000") => {
  type(code, account, amount);
  token.press("OK");
  const answer = codeOf(token);
  token.press("OFF");
  return answer;
};

describe("an order that is typed", () => {
  test("is signed as it was seen, accepted once, and for no other order", async () => {
    const [{ body: mine }, { body: other }] = [await open(), await open()];
    expect(mine.challengeText).toBe(`${mine.challenge.slice(0, 4)} ${mine.challenge.slice(4)}`);
    const answer = signed(mine.challenge);
    expect(await bank.confirm(other.id, answer)).toBe("refused");
    expect(await bank.confirm(mine.id, answer)).toBe("accepted");
    expect(await bank.confirm(mine.id, answer)).toBe("refused");
  });

  test.each([
    ["another account", ["0071000123457", "1500000"]],
    ["an account without its zeros", ["71000123456", "1500000"]],
    ["ten times the amount", [ACCOUNT, "15000000"]],
    ["sixteen times the amount", [ACCOUNT, "24000000"]],
    ["a digit moved from the amount to the account", [`${ACCOUNT}1`, "500000"]],
  ])("with %s is another order", async (_, [account, amount]) => {
    const { body } = await open();
    expect(await bank.confirm(body.id, signed(body.challenge, account, amount))).toBe("refused");
    expect(await bank.confirm(body.id, signed(body.challenge))).toBe("accepted");
  });

  test("gives no code before it was seen whole, nor when its customer goes back", async () => {
    type("482913", ACCOUNT, "1500000");
    expect(() => codeOf(token)).toThrow();
    token.press("CLEAR");
    expect(token.text()).toContain("Amount");
    expect(() => codeOf(token)).toThrow();
    token.press("OFF");
  });

  test("and was changed after it was seen is seen anew before it is signed", async () => {
    const { body } = await open({ amount: "1500001" });
    type(body.challenge, ACCOUNT, "1500000");
    token.press("CLEAR", "CLEAR", "1");
    token.press("OK");
    expect(token.text()).toContain("1,500,001 VND");
    token.press("OK");
    expect(await bank.confirm(body.id, codeOf(token))).toBe("accepted");
    token.press("OFF");
  });

  test("needs the other fields: OK of an empty one leads nowhere", () => {
    token.press("OK", ...PIN, "OK", "3", "OK");
    expect(token.text()).toContain("Transaction code");
    token.press("1", "OK", "OK");
    expect(token.text()).toContain("Payee's account");
    token.press("1", "OK", "OK", "0", "OK");
    expect(token.text()).toContain("Amount");
    token.press("OFF");
  });

  test("is dropped when the token goes dark", () => {
    type("482913", ACCOUNT, "1500000");
    token.advance({ seconds: 31 });
    expect(token.text().trim()).toBe("");
    token.press("OK");
    expect(token.text()).toContain("Enter your PIN");
    token.press("OFF");
  });
});

test("an order that can't be typed is refused to the bank before the customer is asked", async () => {
  for (const [change, pointer] of [
    [{ currency: "USD" }, "#/currency"],
    [{ payeeAccount: "1".repeat(20) }, "#/payeeAccount"],
    [{ amount: "1".repeat(14) }, "#/amount"],
  ] as const) {
    const { status, body } = await open(change);
    expect([status, body.errors[0].pointer]).toEqual([400, pointer]);
  }
});
