/** Each screen of the token, pixel for pixel, in both languages. Seeds, keys and clock are the same in every run, so the codes are too. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import "../../emulator/testing/vitest.ts";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { sendBankOrder } from "../../host-tools/device/bank-order.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { connectedCredential, type PersonaliseOptions } from "../../host-tools/provisioning/personalise.ts";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";
import type { OrderForm } from "../../protocol/apdu/order-form.ts";
import { orderBody } from "../../protocol/apdu/sign-order.ts";
import { makeChallenge } from "../../protocol/otp/challenge.ts";
import { checkDigit } from "../../protocol/otp/check-digit.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { encodeOrder } from "../../protocol/otp/order.ts";
import { memoryTransport } from "../../test/end-to-end/bank.ts";
import { bankKeys, personaliseToken } from "../../test/end-to-end/personalised.ts";

// The key service makes its seeds of this.
vi.mock("node:crypto", async (original) => ({
  ...(await original<typeof import("node:crypto")>()),
  randomBytes: (size: number) => Buffer.alloc(size, 0x5e),
  randomInt: (most: number) => most - 3,
}));

const SERIAL = "OC-SCREENS-0001";
const PIN = "274913";
/** 2027-01-15 08:00:05 UTC: five seconds into a time step. */
const NOW = 1_800_000_005;
const CHALLENGE = makeChallenge("3456", "20117");

/** Of the digits that the key service draws here. */
const ACTIVATION_CODE = "7777777777777777777" + checkDigit(Buffer.from("7777777777777777777"), 19);
const OTHER_CODE = "1234567890123456789" + checkDigit(Buffer.from("1234567890123456789"), 19);
const wrongBy1 = (code: string) => code.slice(0, -1) + ((Number(code.at(-1)) + 1) % 10);

const factory = () =>
  bootToken({ port: false, unixTime: NOW, install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) } });

/** The flash of a token that a bank personalised. */
async function personalised(options: PersonaliseOptions): Promise<Uint8Array> {
  const token = await factory();
  await personaliseToken(token, NOW, options);
  return token.machine.flashDump();
}

const fieldsOf = (tags: number[], texts: string[]) =>
  texts.map((text, i) => ({ tag: tags[i], value: new Uint8Array(Buffer.from(text)) }));

const boot = (flash: Uint8Array) => bootToken({ port: false, unixTime: NOW, flash });

/** Presses OK and stops while the token computes. */
function okUntilWorking(token: Token): void {
  token.machine.keyDown("OK");
  for (let ms = 0; ms < 100 && !token.text().includes("…"); ms++) token.advance({ ms: 1 });
  token.machine.keyUp("OK");
}

test("a token from the factory", async () => {
  await using token = await factory();
  expect.soft(token).toMatchScreen("factory/first-picture");
  token.press("MENU");
  expect.soft(token).toMatchScreen("factory/about");
  token.press("OK");
  expect.soft(token).toMatchScreen("factory/settings");
  token.press("OK");
  expect.soft(token).toMatchScreen("factory/self-test");
  token.press("OK");
  expect.soft(token).toMatchScreen("factory/first-picture");
});

describe.each([
  ["vi", LANGUAGE_VIETNAMESE],
  ["en", LANGUAGE_ENGLISH],
] as const)("in %s", (name, language) => {
  /** Personalised; and with a PIN. */
  let issued: Uint8Array;
  let active: Uint8Array;
  const screen = (token: Token, golden: string) => expect.soft(token).toMatchScreen(`${name}/${golden}`);

  beforeAll(async () => {
    issued = await personalised({ policy: { language } });
    const token = await boot(issued);
    token.press("OK", ...PIN, "OK", ...PIN, "OK");
    active = token.machine.flashDump();
  });

  test("a customer chooses a PIN", async () => {
    await using token = await boot(issued);
    screen(token, "first-picture");
    token.press("OK");
    screen(token, "choose-pin");
    token.press("1", "1", "1");
    screen(token, "choose-pin-typing");
    token.press("1", "1", "1", "OK");
    screen(token, "pin-too-easy");
    // Who types at once has typed the first digit.
    token.press(...PIN);
    screen(token, "choose-pin-typed");
    token.press("OK");
    screen(token, "repeat-pin");
    token.press(..."918273", "OK");
    screen(token, "pins-differ");
    token.press("OK", ...PIN, "OK", ...PIN);
    okUntilWorking(token);
    screen(token, "working");
    token.advance({ seconds: 1 });
    screen(token, "pin-is-set");
  });

  test("a customer changes the PIN", async () => {
    await using token = await boot(active);
    token.press("OK", "MENU", "OK");
    screen(token, "settings");
    token.press("OK", ..."918273", "OK");
    screen(token, "choose-pin");
    token.press(..."604829", "OK", ..."604829", "OK");
    screen(token, "wrong-pin");
    token.press("OK", ...PIN, "OK", ..."604829", "OK", ..."604829", "OK");
    screen(token, "pin-is-set");
    token.press("OK", ..."604829", "OK");
    screen(token, "menu-time-code");
    token.press("OFF", "OK", ...PIN, "OK");
    screen(token, "wrong-pin");
  });

  test("a customer takes the other language, and it stays", async () => {
    await using token = await boot(active);
    token.press("OK", "MENU", "OK", "3");
    const other = name === "vi" ? "en" : "vi";
    expect.soft(token).toMatchScreen(`${other}/about-all-tries`);
    token.machine.powerOff();
    token.powerOn();
    expect.soft(token).toMatchScreen(`${other}/first-picture-with-pin`);
  });

  test("digits are typed with UP, DOWN and OK where there are no keys for them", async () => {
    await using token = await boot(active);
    token.press("OK", "UP", "UP");
    screen(token, "enter-pin-choosing");
    token.press("UP", "OK");
    for (const digit of PIN.slice(1)) token.press(...Array<string>(Number(digit) + 1).fill("UP"), "OK");
    token.press("OK");
    screen(token, "menu-time-code");
  });

  test("a customer reads a time code", async () => {
    await using token = await boot(active);
    screen(token, "first-picture-with-pin");
    token.press("OK");
    screen(token, "enter-pin");
    token.press(...PIN, "OK");
    screen(token, "menu-time-code");
    token.press("DOWN");
    screen(token, "menu-challenge");
    token.press("UP", "OK");
    expect.soft(token).toShowCode({ digits: 8 });
    screen(token, "time-code");
    token.advance({ seconds: 10 });
    screen(token, "time-code-ten-seconds-later");
  });

  test("a customer signs a payment", async () => {
    await using token = await boot(active);
    token.press("OK", ...PIN, "OK", "2");
    screen(token, "number");
    token.press(...CHALLENGE.slice(0, 6));
    screen(token, "number-typing");
    token.press(..."0000", "OK");
    screen(token, "wrong-number");
    token.press("OK", ...CHALLENGE);
    screen(token, "number-typed");
    token.press("OK");
    screen(token, "confirm");
    token.press("OK");
    expect.soft(token).toShowCode({ digits: 8 });
    screen(token, "signature");
  });

  test("a customer refuses a payment", async () => {
    await using token = await boot(active);
    token.press("OK", ...PIN, "OK", "2", ...CHALLENGE, "OK", "CLEAR");
    screen(token, "refused");
  });

  describe("a customer who signs orders", () => {
    const suite = "OCRA-1:HOTP-SHA256-8:QH64-T30S";
    const signs = (slot: number, form: OrderForm) => ({
      slot,
      kind: "sign" as const,
      suite,
      label: `Orders ${slot}`,
      form,
    });
    let flash: Uint8Array;
    let others: Uint8Array;
    const signing = async (credentials: PersonaliseOptions["credentials"]) => {
      const token = await boot(await personalised({ policy: { language }, credentials }));
      token.press("OK", ...PIN, "OK", ...PIN, "OK");
      return token.machine.flashDump();
    };

    beforeAll(async () => {
      flash = await signing([signs(0, { template: 1, currency: "VND", minorDigits: 0 })]);
      others = await signing([signs(0, { template: 2, currency: "USD", minorDigits: 2 })]);
    });

    test("types code, account and amount, sees all of them on one screen, and reads the code", async () => {
      await using token = await boot(flash);
      token.press("OK", ...PIN, "OK");
      screen(token, "sign/menu");
      token.press("OK");
      screen(token, "sign/code");
      token.press(..."482913");
      screen(token, "sign/code-typed");
      token.press("OK");
      screen(token, "sign/account");
      token.press(..."0071000123456", "OK");
      screen(token, "sign/amount");
      token.press("0", ..."1500");
      screen(token, "sign/amount-typing");
      token.press(..."000", "OK");
      screen(token, "sign/whole");
      token.press("OK");
      expect.soft(token).toShowCode({ digits: 8 });
      screen(token, "sign/signature");
    });

    test("goes back field by field with what was typed, and leaves before the first", async () => {
      await using token = await boot(flash);
      token.press("OK", ...PIN, "OK", "1", "7", "OK", "8", "OK", "9", "OK");
      screen(token, "sign/whole-of-one-digit-each");
      token.press("CLEAR");
      screen(token, "sign/back-at-amount");
      token.press("CLEAR", "CLEAR");
      screen(token, "sign/back-at-account");
      token.press("CLEAR", "CLEAR", "CLEAR");
      screen(token, "sign/code");
      token.press("CLEAR");
      expect(token.text().trim()).toBe("");
    });

    test("sees the longest fields that can be typed, whole", async () => {
      await using token = await boot(flash);
      token.press("OK", ...PIN, "OK", "1", ..."1234567890123", "OK");
      token.press(..."97043668123456789019", "OK");
      token.press(..."98765432109876");
      screen(token, "sign/longest-amount");
      token.press("OK");
      screen(token, "sign/longest");
    });

    test("pays a bill in a currency with cents", async () => {
      await using token = await boot(others);
      token.press("OK", ...PIN, "OK");
      screen(token, "sign/bill-menu");
      token.press("1", ..."482913", "OK");
      screen(token, "sign/bill");
      token.press(..."1234567890123456", "OK");
      token.press("5");
      screen(token, "sign/cents");
      token.press(..."0000000", "OK");
      screen(token, "sign/bill-whole");
    });
  });

  test("a customer signs an order that came by cable", async () => {
    const credentials = [connectedCredential(0, "VND")];
    await using token = await boot(await personalised({ policy: { language }, credentials }));
    token.press("OK", ...PIN, "OK", ...PIN, "OK", "OK", ...PIN, "OK");
    screen(token, "bank-order/menu");
    token.press("1");
    screen(token, "bank-order/nothing-came");
    token.press("OFF");
    const transport = memoryTransport(token);
    let nonce = 0;
    const send = async (order: Uint8Array) => {
      const body = orderBody(counterFromNumber(++nonce), NOW + 300, order);
      const mac = await bankKeys().authenticateOrder({ serial: SERIAL, model: new Uint8Array([0, 1]) }, body);
      await sendBankOrder(transport, body, mac);
    };
    const fields = ["482913", "0071000123456", "1500000", "VND", "970436", "NGUYỄN THỊ ÁNH TUYẾT", "Tiền nhà tháng 1"];
    await send(encodeOrder(3, fieldsOf([1, 2, 3, 4, 5, 6, 7], fields)));
    screen(token, "bank-order/came");
    token.press(...PIN, "OK");
    screen(token, "bank-order/first-lines");
    token.press("DOWN");
    screen(token, "bank-order/middle");
    token.press("DOWN", "DOWN");
    screen(token, "bank-order/last-lines");
    token.advance({ seconds: 2 });
    screen(token, "bank-order/seen");
    token.press("OK", "4");
    screen(token, "bank-order/typing");
    token.press("OK");
    screen(token, "wrong-number");
    token.press("OK", ..."482913", "OK");
    screen(token, "bank-order/signed");
    token.press("OK");
    await send(encodeOrder(2, fieldsOf([1, 2, 3, 4], ["482913", "17", "1", "VND"])));
    token.press(...PIN, "OK");
    screen(token, "bank-order/bill");
    token.press("CLEAR");
    screen(token, "refused");
    token.press("OK");
    const batch = encodeOrder(4, [
      ...fieldsOf([1, 3, 4, 8], ["482913", "987654321", "VND", "250"]),
      { tag: 9, value: new Uint8Array(32).fill(0x5f) },
    ]);
    await send(batch);
    token.press(...PIN, "OK");
    screen(token, "bank-order/batch");
    token.press("DOWN", "DOWN");
    screen(token, "bank-order/batch-end");
    token.press("CLEAR", "OK");
    token.machine.pins.supplied.add(24);
    token.machine.pins.settle();
    token.advance({ ms: 20 });
    await send(batch);
    token.machine.pins.supplied.delete(24);
    token.machine.pins.settle();
    token.advance({ ms: 20 });
    screen(token, "bank-order/cable-pulled");
  });

  test("a customer verifies the bank, and reads a code by a counter", async () => {
    const credentials = [
      { slot: 0, kind: "verify-bank", suite: "OCRA-1:HOTP-SHA256-8:QA08-T30S", label: "Verify" },
      { slot: 1, kind: "counter-code", suite: "HOTP-SHA256-8", label: "Counter" },
    ] as const;
    await using token = await boot(await personalised({ policy: { language }, credentials }));
    token.press("OK", ...PIN, "OK", ...PIN, "OK", "OK", ...PIN, "OK");
    screen(token, "verify/menu");
    token.press("2");
    screen(token, "verify/counter-code");
    token.press("OFF");
    const unlock = () => token.press("OK", ...PIN, "OK", "1");
    for (let tries = 0; tries < 4; tries++) {
      unlock();
      if (tries === 0) {
        expect(token.screen()[1]).toMatch(/^[0-9]{4} [0-9]{4}$/);
        screen(token, "verify/challenge");
      }
      token.press("OK", ..."3141");
      if (tries === 0) screen(token, "verify/number");
      token.press(..."5926", "OK", ..."00");
      if (tries === 0) screen(token, "verify/code");
      token.press(..."000000", "OK");
      if (tries === 0) screen(token, "verify/not-the-bank");
      if (tries < 3) token.press("OFF");
    }
    screen(token, "verify/closed");
  });

  test("an order that expired is told", async () => {
    const credentials = [connectedCredential(0, "VND")];
    await using token = await boot(await personalised({ policy: { language }, credentials }));
    token.press("OK", ...PIN, "OK", ...PIN, "OK", "OK", "OFF");
    const order = encodeOrder(1, fieldsOf([1, 2, 3, 4], ["1", "2", "3", "VND"]));
    const body = orderBody(counterFromNumber(1), NOW + 10, order);
    const mac = await bankKeys().authenticateOrder({ serial: SERIAL, model: new Uint8Array([0, 1]) }, body);
    await sendBankOrder(memoryTransport(token), body, mac);
    token.press(...PIN, "OK");
    token.advance({ seconds: 10 });
    token.press("OK", "1", "OK");
    screen(token, "bank-order/expired");
  });

  test("wrong PINs are counted until the token locks", async () => {
    await using token = await boot(active);
    token.press("OK", ..."918273", "OK");
    screen(token, "wrong-pin");
    token.press("OK", "MENU");
    screen(token, "about");
    token.press("OFF", "OK");
    for (let tries = 0; tries < 4; tries++) token.press(..."918273", "OK", "OK");
    screen(token, "locked");
  });

  test("a locked token is unlocked by an answer of the bank's, and has its PIN", async () => {
    await using token = await boot(active);
    token.press("OK");
    for (let tries = 0; tries < 5; tries++) token.press(..."918273", "OK", "OK");
    screen(token, "unlock/challenge");
    const digits = /\d{4} \d{4}/.exec(token.text())?.[0].replace(" ", "") ?? "";
    const answer = await bankKeys().unlockAnswer({ serial: SERIAL, model: new Uint8Array([0, 1]) }, digits);
    token.press("OK", "1", "2");
    screen(token, "unlock/answer-typing");
    token.press("CLEAR", "CLEAR", ...wrongBy1(answer));
    screen(token, "unlock/answer-typed");
    token.press("OK");
    screen(token, "unlock/wrong-answer");
    token.press("OK", "OK", ...answer, "OK");
    screen(token, "unlock/unlocked");
    token.press("OK");
    screen(token, "enter-pin");
    token.press(...PIN, "OK");
    screen(token, "menu-time-code");
  });

  test("wrong answers make a locked token deaf for an hour, and a clock that was changed for good", async () => {
    await using token = await boot(active);
    token.press("OK");
    for (let tries = 0; tries < 5; tries++) token.press(..."918273", "OK", "OK");
    for (let tries = 0; tries < 5; tries++) token.press("OK", ..."00000000", "OK", "OK");
    token.press("OK", "OK", "OK");
    screen(token, "unlock/wait");
    token.press("OK");
    token.machine.clock.setTime(NOW - 60);
    token.press("OK", "OK");
    screen(token, "unlock/clock-changed");
  });

  test("a customer activates a token that came in the mail", async () => {
    const code = ACTIVATION_CODE;
    await using token = await boot(await personalised({ policy: { language }, activation: { days: 30 } }));
    screen(token, "first-picture");
    token.press("OK");
    screen(token, "activation/empty");
    token.press(...code.slice(0, 13));
    screen(token, "activation/typing");
    token.press(...code.slice(13, 19), code[19] === "0" ? "1" : "0", "OK");
    screen(token, "activation/misread");
    token.press("CLEAR", "CLEAR", ...code.slice(18));
    screen(token, "activation/typed");
    token.press("OK");
    screen(token, "choose-pin");
    token.press(...PIN, "OK", ...PIN, "OK");
    screen(token, "pin-is-set");
    token.press("OK", ...PIN, "OK");
    screen(token, "menu-time-code");
  });

  test("wrong activation codes are counted until the token belongs to the desk; one that came too late does, too", async () => {
    const flash = await personalised({ policy: { language, pinTryLimit: 10 }, activation: { days: 30 } });
    await using token = await boot(flash);
    token.press("OK", ...OTHER_CODE, "OK");
    screen(token, "activation/wrong-code");
    for (let tries = 1; tries < 5; tries++) token.press("OK", ...OTHER_CODE, "OK");
    screen(token, "activation/locked");
    await using late = await boot(flash);
    late.machine.clock.setTime(NOW + 30 * 86_400);
    late.press("OK", ...ACTIVATION_CODE, "OK");
    screen(late, "activation/expired");
  });

  test("a clock that was set back gives no code", async () => {
    await using token = await boot(active);
    token.machine.clock.setTime(NOW + 86_400);
    token.press("OK", ...PIN, "OK", "1", "OFF");
    token.machine.clock.setTime(NOW);
    token.press("OK", ...PIN, "OK", "1");
    screen(token, "clock-changed");
  });

  test("a flash that fails is told, and gives no code", async () => {
    await using token = await boot(active);
    token.press("OK", ...PIN);
    vi.spyOn(token.machine.flash, "program").mockImplementation(() => {
      throw new Error("worn out");
    });
    token.press("OK");
    screen(token, "memory-fault");
  });

  test("several codes of a kind bear the bank's names, and the list scrolls", async () => {
    const suite = "TOTP-SHA256-8-30";
    const credentials = ["Savings", "Salary", "Family", "Company"].map((label, slot) => ({
      slot,
      kind: "time-code" as const,
      suite,
      label,
    }));
    await using token = await boot(await personalised({ policy: { language }, credentials }));
    token.press("OK", ...PIN, "OK", ...PIN, "OK", "OK", ...PIN, "OK");
    screen(token, "menu-of-four");
    token.press("UP");
    screen(token, "menu-of-four-scrolled");
  });
});
