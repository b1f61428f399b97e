/** A token with four buttons and no battery for its clock, in its customer's hands: it loses its power, and no desk is near. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { codeOf } from "../../emulator/testing/capture.ts";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { keysFor } from "../../emulator/testing/typed-keys.ts";
import { hashes } from "../../host-tools/crypto/node.ts";
import { tokenInfo } from "../../host-tools/device/token.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import type { Enrolment } from "../../host-tools/provisioning/enrolment.ts";
import { makeChallenge } from "../../protocol/otp/challenge.ts";
import { checkDigit } from "../../protocol/otp/check-digit.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { encodeOrder, orderQuestion } from "../../protocol/otp/order.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { builtBundle, memoryTransport, PIN } from "./bank.ts";
import { bankKeys, personaliseToken, seedOf } from "./personalised.ts";
import { shownCodes } from "./shown-codes.ts";

const SERIAL = "OC-NO-CLOCK";
const IDENTITY = { serial: SERIAL, model: new Uint8Array([0, 2]) };
const NOW = 1_800_000_000;
const CHALLENGE = makeChallenge("3456", "20117");
const CREDENTIALS = [
  { slot: 0, kind: "challenge", suite: "OCRA-1:HOTP-SHA256-8:C-QN10", label: "Challenge" },
  {
    slot: 1,
    kind: "sign",
    suite: "OCRA-1:HOTP-SHA256-8:C-QH64",
    label: "Sign",
    form: { template: 1, currency: "VND", minorDigits: 0 },
  },
] as const;

let token: Token;
let enrolment: Enrolment;
let letter = "";

const keys = (digits: string) => [...digits].flatMap((digit) => keysFor(token.machine.manifest, digit));
const type = (digits: string) => token.press(...keys(digits), "OK");
const losePower = () => {
  token.powerOff();
  token.powerOn();
};

beforeEach(async () => {
  const install = { serial: SERIAL, ...laboratoryTransportKeys(SERIAL, 0x0002) };
  token = await bootToken({ ...(await builtBundle("pico-buttons")), install, port: false });
  enrolment = await personaliseToken(token, NOW, {
    credentials: CREDENTIALS,
    activation: { days: 30 },
    beforeCommit: async (_, made) => {
      letter = made?.activationCode.replaceAll(" ", "") ?? "";
    },
  });
  losePower();
});
afterEach(() => token.close());

function activate(): void {
  token.press("OK");
  type(letter);
  type(PIN);
  type(PIN);
  token.press("OK");
}

/** The code that the server expects next. */
function expected(at: number, counter: number, question: string): string {
  const suite = parseSuite(CREDENTIALS[at].suite);
  return ocra(hashes, seedOf(enrolment, at), suite, { counter: counterFromNumber(counter), question });
}

/** From a token that has just got its power, or is dark, to the menu. */
function enterPin(pin = PIN): void {
  token.advance({ seconds: 31 });
  token.press("OK");
  type(pin);
}

function challengeCode(): string {
  enterPin();
  token.press("OK");
  type(CHALLENGE);
  token.press("OK");
  return codeOf(token);
}

function signature(transactionCode: string, account: string, amount: string): string {
  enterPin();
  token.press("DOWN", "OK");
  for (const field of [transactionCode, account, amount]) type(field);
  token.press("OK");
  return codeOf(token);
}

test("it tells a host that its customer's letter is awaited, until when and how often, and then no more", async () => {
  const info = () => tokenInfo(memoryTransport(token));
  expect(await info()).toMatchObject({ state: 2, pinTriesLeft: 5, activationEnd: NOW + 30 * 86_400 });
  activate();
  expect(await info()).toMatchObject({ state: 3 });
  expect((await info()).activationEnd).toBeUndefined();
});

test("it takes the code of the letter after a loss of power, and then a PIN; five wrong ones are for the desk", () => {
  const digits = `${letter.slice(0, 18)}${(Number(letter[18]) + 1) % 10}`;
  const wrong = digits + checkDigit(new Uint8Array(Buffer.from(digits)), digits.length);
  token.press("OK");
  for (let left = 4; left > 0; left--) {
    type(wrong);
    expect(token.text()).toContain(`Tries left: ${left}`);
    losePower();
    token.press("OK");
  }
  type(letter);
  expect(token.text()).toContain("Choose a new PIN");
  losePower();
  token.press("OK");
  for (let tries = 0; tries < 5; tries++) {
    type(wrong);
    token.press("OK");
  }
  losePower();
  expect(token.text()).toContain("Token is locked");
});

test("it answers challenges and signs by counters of their own, which no loss of power brings back", () => {
  activate();
  const order = encodeOrder(
    1,
    ["4711", "0071000123456", "1500000", "VND"].map((text, at) => ({
      tag: at + 1,
      value: new Uint8Array(Buffer.from(text)),
    })),
  );
  const question = orderQuestion(hashes.sha256, order);
  for (let counter = 0; counter < 3; counter++) {
    expect(challengeCode()).toBe(expected(0, counter, CHALLENGE));
    expect(signature("4711", "0071000123456", "1500000")).toBe(expected(1, counter, question));
    losePower();
  }
});

test("wherever the power goes, a challenge is not answered twice with one counter", () => {
  activate();
  const seen: string[] = [];
  for (let at = 1; at <= 5; at++) {
    enterPin();
    token.press("OK");
    type(CHALLENGE);
    token.machine.cut = { index: token.machine.flash.operations + at - 1, tear: 0.5 };
    seen.push(...shownCodes(token, () => token.press("OK")));
    token.machine.cut = undefined;
    losePower();
    seen.push(challengeCode());
  }
  expect(seen.length).toBeGreaterThan(5);
  expect(new Set(seen).size).toBe(seen.length);
});

test("wrong PINs lock it, and an answer of its bank's opens it, after a loss of power too; five wrong answers are for the desk", async () => {
  activate();
  // One wrong PIN in sixteen opens a token of class O, and gives the tries back.
  const lock = () => {
    for (let wrong = 10; !token.text().includes("Token is locked"); wrong++) {
      expect(wrong).toBeLessThan(40);
      enterPin(`9182${wrong}`);
    }
  };
  lock();
  losePower();
  token.press("OK");
  expect(token.text()).toContain("Read to your bank");
  const bank = bankKeys();
  const challenge = token.screen()[1].replaceAll(" ", "");
  const answer = await bank.unlockAnswer(IDENTITY, challenge);
  bank.close();
  token.press("OK");
  type("12345678");
  expect(token.text()).toContain("Wrong answer");
  losePower();
  token.press("OK");
  expect(token.screen()[1].replaceAll(" ", "")).toBe(challenge);
  token.press("OK");
  type(answer);
  expect(token.text()).toContain("The PIN is as before");
  token.press("OK");
  type(PIN);
  expect(token.text()).toContain("Choose a code");

  lock();
  for (let tries = 0; tries < 5; tries++) {
    token.press("OK", "OK");
    type("12345678");
    losePower();
  }
  token.press("OK", "OK");
  expect(token.text()).toContain("Too many wrong ones");
  expect(token.text()).toContain("Take it to your bank");
});
