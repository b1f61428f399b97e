/** Each screen of the token, pixel for pixel, in both languages. Seeds, keys and clock are the same in every run, so the codes are too. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { codeOf } from "../../emulator/testing/capture.ts";
import "../../emulator/testing/vitest.ts";
import type { Token } from "../../emulator/testing/token.ts";
import { sendBankOrder } from "../../host-tools/device/bank-order.ts";
import { connectedCredential, type PersonaliseOptions } from "../../host-tools/provisioning/personalise.ts";
import { updateFirmware } from "../../host-tools/provisioning/update-firmware.ts";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";
import type { OrderForm } from "../../protocol/apdu/order-form.ts";
import { orderBody } from "../../protocol/apdu/sign-order.ts";
import { makeChallenge } from "../../protocol/otp/challenge.ts";
import { checkDigit } from "../../protocol/otp/check-digit.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { encodeOrder } from "../../protocol/otp/order.ts";
import { memoryTransport } from "../../test/end-to-end/bank.ts";
import { release } from "../../test/end-to-end/newer-firmware.ts";
import { bankKeys } from "../../test/end-to-end/personalised.ts";
import {
  type BoardName,
  boot,
  factory,
  goldenOf,
  modelOf,
  NOW,
  PIN,
  personalised,
  press,
  SERIAL,
} from "../../test/end-to-end/shown-tokens.ts";

// The key service makes its seeds of this.
vi.mock("node:crypto", async (original) => ({
  ...(await original<typeof import("node:crypto")>()),
  randomBytes: (size: number) => Buffer.alloc(size, 0x5e),
  randomInt: (most: number) => most - 3,
}));

const CHALLENGE = makeChallenge("3456", "20117");

/** Of the digits that the key service draws here. */
const ACTIVATION_CODE = "7777777777777777777" + checkDigit(Buffer.from("7777777777777777777"), 19);
const OTHER_CODE = "1234567890123456789" + checkDigit(Buffer.from("1234567890123456789"), 19);
const wrongBy1 = (code: string) => code.slice(0, -1) + ((Number(code.at(-1)) + 1) % 10);

const fieldsOf = (tags: number[], texts: string[]) =>
  texts.map((text, i) => ({ tag: tags[i], value: new Uint8Array(Buffer.from(text)) }));

/** Presses OK and stops while the token computes. */
function okUntilWorking(token: Token): void {
  token.machine.keyDown("OK");
  for (let ms = 0; ms < 200 && !token.text().includes("…"); ms++) {
    if (ms === 60) token.machine.keyUp("OK");
    token.advance({ ms: 1 });
  }
  token.machine.keyUp("OK");
}

const boards: BoardName[] = ["pico-keypad", "pico-buttons"];

test.each(boards)("a %s from the factory", async (board) => {
  const screen = (golden: string) => expect.soft(token).toMatchScreen(goldenOf(board, `factory/${golden}`));
  await using token = await factory(board);
  screen("first-picture");
  press(token, "MENU");
  screen("about");
  press(token, "OK");
  screen("settings");
  press(token, "OK");
  screen("self-test");
  press(token, "CLEAR");
  screen("first-picture");
});

describe.each([
  ["pico-keypad", "vi", LANGUAGE_VIETNAMESE],
  ["pico-keypad", "en", LANGUAGE_ENGLISH],
  ["pico-buttons", "vi", LANGUAGE_VIETNAMESE],
  ["pico-buttons", "en", LANGUAGE_ENGLISH],
] as const)("on %s in %s", (board, name, language) => {
  /** Personalised; and with a PIN. */
  let issued: Uint8Array;
  let active: Uint8Array;
  const screen = (token: Token, golden: string) =>
    expect.soft(token).toMatchScreen(goldenOf(board, `${name}/${golden}`));

  beforeAll(async () => {
    issued = await personalised({ policy: { language } }, board);
    const token = await boot(issued, board);
    press(token, "OK", ...PIN, "OK", ...PIN, "OK");
    active = token.machine.flashDump();
  });

  test("another firmware comes", async () => {
    await using token = await boot(active, board);
    const next = await release("0.2.0", { board });
    const away = new Error("the cable is pulled");
    const keys = bankKeys();
    const update = updateFirmware(memoryTransport(token), keys, async () => next, {
      progress: () => {
        screen(token, "updating");
        // Keys do nothing meanwhile.
        press(token, "OK");
        screen(token, "updating");
        throw away;
      },
    });
    await expect(update).rejects.toBe(away);
    screen(token, "first-picture-with-pin");
    keys.close();
  });

  test("a customer chooses a PIN", async () => {
    await using token = await boot(issued, board);
    screen(token, "first-picture");
    press(token, "OK");
    screen(token, "choose-pin");
    press(token, "1", "1", "1");
    screen(token, "choose-pin-typing");
    press(token, "1", "1", "1", "OK");
    screen(token, "pin-too-easy");
    // Who types at once has typed the first digit.
    press(token, ...PIN);
    screen(token, "choose-pin-typed");
    press(token, "OK");
    screen(token, "repeat-pin");
    press(token, ..."918273", "OK");
    screen(token, "pins-differ");
    press(token, "OK", ...PIN, "OK", ...PIN);
    okUntilWorking(token);
    screen(token, "working");
    token.advance({ seconds: 1 });
    screen(token, "pin-is-set");
  });

  test("a customer changes the PIN", async () => {
    await using token = await boot(active, board);
    press(token, "OK", "MENU", "OK");
    screen(token, "settings");
    press(token, "OK", ..."918273", "OK");
    screen(token, "present-pin-again");
    press(token, ..."918237", "OK");
    screen(token, "present-pins-differ");
    press(token, "OK", ..."918273", "OK", ..."918273", "OK");
    screen(token, "choose-pin");
    press(token, ..."604829", "OK", ..."604829", "OK");
    screen(token, "wrong-pin");
    press(token, "OK", ...PIN, "OK", ...PIN, "OK", ..."604829", "OK", ..."604829", "OK");
    screen(token, "pin-is-set");
    press(token, "OK", ..."604829", "OK");
    screen(token, "menu-time-code");
    press(token, "OFF", "OK", ...PIN, "OK");
    screen(token, "wrong-pin");
  });

  test("a customer takes the other language, and it stays", async () => {
    await using token = await boot(active, board);
    press(token, "OK", "MENU", "OK", "3");
    const other = name === "vi" ? "en" : "vi";
    expect.soft(token).toMatchScreen(goldenOf(board, `${other}/about-all-tries`));
    token.machine.powerOff();
    token.powerOn();
    expect.soft(token).toMatchScreen(goldenOf(board, `${other}/first-picture-with-pin`));
  });

  test("digits are typed with UP, DOWN and OK where there are no keys for them", async () => {
    await using token = await boot(active, board);
    press(token, "OK", "UP", "UP");
    screen(token, "enter-pin-choosing");
    press(token, "UP", "OK");
    for (const digit of PIN.slice(1)) press(token, ...Array<string>(Number(digit) + 1).fill("UP"), "OK");
    press(token, "OK");
    screen(token, "menu-time-code");
  });

  test("a customer reads a time code", async () => {
    await using token = await boot(active, board);
    screen(token, "first-picture-with-pin");
    press(token, "OK");
    screen(token, "enter-pin");
    press(token, ...PIN, "OK");
    screen(token, "menu-time-code");
    press(token, "DOWN");
    screen(token, "menu-challenge");
    press(token, "UP", "OK");
    expect.soft(token).toShowCode({ digits: 8 });
    screen(token, "time-code");
    token.advance({ seconds: 10 });
    screen(token, "time-code-ten-seconds-later");
    // A finger that slips on a key without a use here costs no code.
    const code = codeOf(token);
    token.press("UP", "DOWN", ...(board === "pico-keypad" ? ["0", "9"] : []));
    expect(codeOf(token)).toBe(code);
    press(token, "OK");
    expect(token.machine.display.on).toBe(false);
  });

  test("a customer signs a payment", async () => {
    await using token = await boot(active, board);
    press(token, "OK", ...PIN, "OK", "2");
    screen(token, "number");
    press(token, ...CHALLENGE.slice(0, 6));
    screen(token, "number-typing");
    press(token, ..."0000", "OK");
    screen(token, "wrong-number");
    press(token, "OK", ...CHALLENGE);
    screen(token, "number-typed");
    press(token, "OK");
    screen(token, "confirm");
    press(token, "OK");
    expect.soft(token).toShowCode({ digits: 8 });
    screen(token, "signature");
  });

  test("a customer refuses a payment", async () => {
    await using token = await boot(active, board);
    press(token, "OK", ...PIN, "OK", "2", ...CHALLENGE, "OK", "CLEAR");
    screen(token, "refused");
  });

  describe("a customer who signs orders", () => {
    const suite = "OCRA-1:HOTP-SHA256-8:QH64-T30S";
    const signs = (slot: number, form: OrderForm) => ({
      slot,
      kind: "sign" as const,
      suite,
      form,
    });
    let flash: Uint8Array;
    let others: Uint8Array;
    const signing = async (credentials: PersonaliseOptions["credentials"]) => {
      const token = await boot(await personalised({ policy: { language }, credentials }, board), board);
      press(token, "OK", ...PIN, "OK", ...PIN, "OK");
      return token.machine.flashDump();
    };

    beforeAll(async () => {
      flash = await signing([signs(0, { template: 1, currency: "VND", minorDigits: 0 })]);
      others = await signing([signs(0, { template: 2, currency: "USD", minorDigits: 2 })]);
    });

    test("types code, account and amount, sees all of them on one screen, and reads the code", async () => {
      await using token = await boot(flash, board);
      press(token, "OK", ...PIN, "OK");
      screen(token, "sign/menu");
      press(token, "OK");
      screen(token, "sign/code");
      press(token, ..."482913");
      screen(token, "sign/code-typed");
      press(token, "OK");
      screen(token, "sign/account");
      press(token, ..."0071000123456", "OK");
      screen(token, "sign/amount");
      press(token, "0", ..."1500");
      screen(token, "sign/amount-typing");
      press(token, ..."000", "OK");
      screen(token, "sign/whole");
      press(token, "OK");
      expect.soft(token).toShowCode({ digits: 8 });
      screen(token, "sign/signature");
    });

    test("goes back field by field with what was typed, and leaves before the first", async () => {
      await using token = await boot(flash, board);
      press(token, "OK", ...PIN, "OK", "1", "7", "OK", "8", "OK", "9", "OK");
      screen(token, "sign/whole-of-one-digit-each");
      press(token, "CLEAR");
      screen(token, "sign/back-at-amount");
      press(token, "CLEAR", "CLEAR");
      screen(token, "sign/back-at-account");
      press(token, "CLEAR", "CLEAR", "CLEAR");
      screen(token, "sign/code");
      press(token, "CLEAR");
      expect(token.text().trim()).toBe("");
    });

    test("sees the longest fields that can be typed, whole", async () => {
      // Where digits are chosen, there is none to choose any more.
      const tooMany = board === "pico-keypad" ? "9" : "";
      await using token = await boot(flash, board);
      press(token, "OK", ...PIN, "OK", "1", ..."123456789012", ...tooMany, "OK");
      press(token, ..."9704366812345678901", ...tooMany, "OK");
      press(token, ..."9876543210987", ...tooMany);
      screen(token, "sign/longest-amount");
      press(token, "OK");
      screen(token, "sign/longest");
    });

    test("pays a bill in a currency with cents", async () => {
      await using token = await boot(others, board);
      press(token, "OK", ...PIN, "OK");
      screen(token, "sign/bill-menu");
      press(token, "1", ..."482913", "OK");
      screen(token, "sign/bill");
      press(token, ..."1234567890123456", "OK");
      press(token, "5");
      screen(token, "sign/cents");
      press(token, ..."0000000", "OK");
      screen(token, "sign/bill-whole");
    });
  });

  test("a customer signs an order that came by cable", async () => {
    const credentials = [connectedCredential(0, "VND")];
    await using token = await boot(await personalised({ policy: { language }, credentials }, board), board);
    press(token, "OK", ...PIN, "OK", ...PIN, "OK", "OK", ...PIN, "OK");
    screen(token, "bank-order/menu");
    press(token, "1");
    screen(token, "bank-order/nothing-came");
    press(token, "OFF");
    const transport = memoryTransport(token);
    let nonce = 0;
    const send = async (order: Uint8Array) => {
      const body = orderBody(counterFromNumber(++nonce), NOW + 300, order);
      const mac = await bankKeys().authenticateOrder({ serial: SERIAL, model: modelOf(board) }, body);
      await sendBankOrder(transport, body, mac);
    };
    const fields = ["482913", "0071000123456", "1500000", "VND", "970436", "NGUYỄN THỊ ÁNH TUYẾT", "Tiền nhà tháng 1"];
    await send(encodeOrder(3, fieldsOf([1, 2, 3, 4, 5, 6, 7], fields)));
    screen(token, "bank-order/came");
    press(token, ...PIN, "OK");
    screen(token, "bank-order/first-lines");
    press(token, "DOWN");
    screen(token, "bank-order/middle");
    press(token, "DOWN", "DOWN");
    screen(token, "bank-order/last-lines");
    token.advance({ seconds: 2 });
    screen(token, "bank-order/seen");
    press(token, "OK", "4");
    screen(token, "bank-order/typing");
    press(token, "OK");
    screen(token, "wrong-number");
    press(token, "OK", ..."482913", "OK");
    screen(token, "bank-order/signed");
    press(token, "OK");
    await send(encodeOrder(2, fieldsOf([1, 2, 3, 4], ["482913", "17", "1", "VND"])));
    press(token, ...PIN, "OK");
    screen(token, "bank-order/bill");
    press(token, "CLEAR");
    screen(token, "refused");
    press(token, "OK");
    const batch = encodeOrder(4, [
      ...fieldsOf([1, 3, 4, 8], ["482913", "987654321", "VND", "250"]),
      { tag: 9, value: new Uint8Array(32).fill(0x5f) },
    ]);
    await send(batch);
    press(token, ...PIN, "OK");
    screen(token, "bank-order/batch");
    press(token, "DOWN");
    screen(token, "bank-order/batch-middle");
    press(token, "DOWN");
    screen(token, "bank-order/batch-end");
    press(token, "CLEAR", "OK");
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
      { slot: 0, kind: "verify-bank", suite: "OCRA-1:HOTP-SHA256-8:QA08-T30S" },
      { slot: 1, kind: "counter-code", suite: "HOTP-SHA256-8" },
    ] as const;
    await using token = await boot(await personalised({ policy: { language }, credentials }, board), board);
    press(token, "OK", ...PIN, "OK", ...PIN, "OK", "OK", ...PIN, "OK");
    screen(token, "verify/menu");
    press(token, "2");
    screen(token, "verify/counter-code");
    press(token, "OFF");
    const unlock = () => press(token, "OK", ...PIN, "OK", "1");
    for (let tries = 0; tries < 4; tries++) {
      unlock();
      if (tries === 0) {
        expect(token.screen()[1]).toMatch(/^[0-9]{4} [0-9]{4}$/);
        screen(token, "verify/challenge");
      }
      press(token, "OK", ..."3141");
      if (tries === 0) screen(token, "verify/number");
      press(token, ..."5926", "OK", ..."00");
      if (tries === 0) screen(token, "verify/code");
      press(token, ..."000000", "OK");
      if (tries === 0) screen(token, "verify/not-the-bank");
      if (tries < 3) press(token, "OFF");
    }
    screen(token, "verify/closed");
  });

  test("an order that expired is told", async () => {
    const credentials = [connectedCredential(0, "VND")];
    await using token = await boot(await personalised({ policy: { language }, credentials }, board), board);
    press(token, "OK", ...PIN, "OK", ...PIN, "OK", "OK", "OFF");
    const order = encodeOrder(1, fieldsOf([1, 2, 3, 4], ["1", "2", "3", "VND"]));
    const body = orderBody(counterFromNumber(1), NOW + 10, order);
    const mac = await bankKeys().authenticateOrder({ serial: SERIAL, model: modelOf(board) }, body);
    await sendBankOrder(memoryTransport(token), body, mac);
    press(token, ...PIN, "OK");
    token.advance({ seconds: 10 });
    press(token, "OK", "1", "OK");
    screen(token, "bank-order/expired");
  });

  test("wrong PINs are counted until the token locks", async () => {
    await using token = await boot(active, board);
    press(token, "OK", ..."918273", "OK");
    screen(token, "wrong-pin");
    press(token, "OK", "MENU");
    screen(token, "about");
    press(token, "OFF", "OK");
    for (let tries = 0; tries < 4; tries++) press(token, ..."918273", "OK", "OK");
    screen(token, "locked");
  });

  test("a locked token is unlocked by an answer of the bank's, and has its PIN", async () => {
    await using token = await boot(active, board);
    press(token, "OK");
    for (let tries = 0; tries < 5; tries++) press(token, ..."918273", "OK", "OK");
    screen(token, "unlock/challenge");
    const digits = /\d{4} \d{4}/.exec(token.text())?.[0].replace(" ", "") ?? "";
    const answer = await bankKeys().unlockAnswer({ serial: SERIAL, model: modelOf(board) }, digits);
    press(token, "OK", "1", "2");
    screen(token, "unlock/answer-typing");
    press(token, "CLEAR", "CLEAR", ...wrongBy1(answer));
    screen(token, "unlock/answer-typed");
    press(token, "OK");
    screen(token, "unlock/wrong-answer");
    press(token, "OK", "OK", ...answer, "OK");
    screen(token, "unlock/unlocked");
    press(token, "OK");
    screen(token, "enter-pin");
    press(token, ...PIN, "OK");
    screen(token, "menu-time-code");
  });

  test("wrong answers make a locked token deaf for an hour", async () => {
    await using token = await boot(active, board);
    press(token, "OK");
    for (let tries = 0; tries < 5; tries++) press(token, ..."918273", "OK", "OK");
    press(token, "OFF", "OK");
    screen(token, "locked-can-unlock");
    press(token, "OK");
    for (let tries = 0; tries < 5; tries++) press(token, "OK", ..."00000000", "OK", "OK");
    press(token, "OK", "OK", "OK");
    screen(token, "unlock/wait");
  });

  // Elsewhere there is no clock chip that somebody could turn.
  test.runIf(board === "pico-keypad")("a locked token whose clock was changed does not even ask its bank", async () => {
    await using token = await boot(active, board);
    press(token, "OK");
    for (let tries = 0; tries < 5; tries++) press(token, ..."918273", "OK", "OK");
    press(token, "OFF");
    token.machine.clock.setTime(NOW - 60);
    press(token, "OK", "OK");
    screen(token, "unlock/clock-changed");
  });

  test("a customer activates a token that came in the mail", async () => {
    const code = ACTIVATION_CODE;
    await using token = await boot(
      await personalised({ policy: { language }, activation: { days: 30 } }, board),
      board,
    );
    screen(token, "first-picture");
    press(token, "OK");
    screen(token, "activation/empty");
    press(token, ...code.slice(0, 13));
    screen(token, "activation/typing");
    press(token, ...code.slice(13, 19), code[19] === "0" ? "1" : "0", "OK");
    screen(token, "activation/misread");
    press(token, "CLEAR", "CLEAR", ...code.slice(18));
    screen(token, "activation/typed");
    press(token, "OK");
    screen(token, "choose-pin");
    press(token, ...PIN, "OK", ...PIN, "OK");
    screen(token, "pin-is-set");
    press(token, "OK", ...PIN, "OK");
    screen(token, "menu-time-code");
  });

  test("wrong activation codes are counted until the token belongs to the desk; one that came too late does, too", async () => {
    const flash = await personalised({ policy: { language, pinTryLimit: 10 }, activation: { days: 30 } }, board);
    await using token = await boot(flash, board);
    press(token, "OK", ...OTHER_CODE, "OK");
    screen(token, "activation/wrong-code");
    for (let tries = 1; tries < 5; tries++) press(token, "OK", ...OTHER_CODE, "OK");
    screen(token, "activation/locked");
    await using late = await boot(flash, board);
    late.advance({ days: 30 });
    press(late, "OK", "OK", ...ACTIVATION_CODE, "OK");
    screen(late, "activation/expired");
  });

  // Elsewhere there is no clock chip that somebody could turn.
  test.runIf(board === "pico-keypad")("a clock that was set back gives no code", async () => {
    await using token = await boot(active, board);
    token.machine.clock.setTime(NOW + 86_400);
    press(token, "OK", ...PIN, "OK", "1", "OFF");
    token.machine.clock.setTime(NOW);
    press(token, "OK", ...PIN, "OK", "1");
    screen(token, "clock-changed");
  });

  test("a flash that fails is told, and gives no code", async () => {
    await using token = await boot(active, board);
    press(token, "OK", ...PIN);
    vi.spyOn(token.machine.flash, "program").mockImplementation(() => {
      throw new Error("worn out");
    });
    press(token, "OK");
    screen(token, "device-fault");
  });

  // Elsewhere it is the interpreter's own clock, which nobody can take away.
  test.runIf(board === "pico-keypad")("a clock chip that does not answer is told, wherever it is asked", async () => {
    await using token = await boot(active, board);
    token.machine.i2c.detach(token.machine.manifest.clock!.address);
    press(token, "OK", "MENU", "OK", "5");
    screen(token, "device-fault");
    press(token, "OK", "OK", ...PIN, "OK", "1");
    screen(token, "device-fault");
  });

  test("a code bears the bank's name where it gave one, and else the token's own word", async () => {
    const label = name === "vi" ? "Thanh toán" : "Payments";
    const credentials = [
      { slot: 0, kind: "time-code", suite: "TOTP-SHA256-8-30" },
      { slot: 1, kind: "challenge", suite: "OCRA-1:HOTP-SHA256-8:QN10-T30S", label },
      { ...connectedCredential(2, "VND"), label: name === "vi" ? "Đơn hàng" : "Purchases" },
    ] as const;
    await using token = await boot(await personalised({ policy: { language }, credentials }, board), board);
    press(token, "OK", ...PIN, "OK", ...PIN, "OK", "OK", ...PIN, "OK");
    screen(token, "named/menu");
    press(token, "3");
    screen(token, "named/nothing-came");
    press(token, "OK", "2", ...CHALLENGE, "OK", "OK");
    expect.soft(token).toShowCode({ digits: 8 });
    screen(token, "named/code");
  });

  test("several codes of a kind bear the bank's names, and the list scrolls", async () => {
    const suite = "TOTP-SHA256-8-30";
    const credentials = ["Savings", "Salary", "Family", "Company"].map((label, slot) => ({
      slot,
      kind: "time-code" as const,
      suite,
      label,
    }));
    await using token = await boot(await personalised({ policy: { language }, credentials }, board), board);
    press(token, "OK", ...PIN, "OK", ...PIN, "OK", "OK", ...PIN, "OK");
    screen(token, "menu-of-four");
    press(token, "UP");
    screen(token, "menu-of-four-scrolled");
  });
});
