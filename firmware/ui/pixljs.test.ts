/** The experimental token on a Pixl.js: it is issued where it is made, and its codes are by counter. In both languages. */
import { describe, expect, test } from "vitest";
import "../../emulator/testing/vitest.ts";
import { codeOf } from "../../emulator/testing/capture.ts";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { keysFor } from "../../emulator/testing/typed-keys.ts";
import { hashes, wire } from "../../host-tools/crypto/node.ts";
import {
  KIND_CHALLENGE,
  KIND_COUNTER_CODE,
  LANGUAGE_ENGLISH,
  LANGUAGE_VIETNAMESE,
} from "../../protocol/apdu/credential-kind.ts";
import { makeChallenge } from "../../protocol/otp/challenge.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { shownCodes } from "../../test/end-to-end/shown-codes.ts";
import rfc4226 from "../../test/vectors/hotp-rfc4226.json" with { type: "json" };
import { issuedEntries } from "../core/issue.ts";

const SERIAL = "OC-PIXL-0001";
const PIN = "274913";
const CHALLENGE = makeChallenge("3456", "20117");
const SUITE = "OCRA-1:HOTP-SHA256-8:C-QN10";
const SEED = new Uint8Array(32).fill(0x5e);
/** OK for so long is MENU. */
const HOLD_MS = 1000;
const NONE = new Uint8Array(0);
const CREDENTIALS = [
  { slot: 0, kind: KIND_COUNTER_CODE, suite: "HOTP-SHA1-6", label: "", parameters: NONE },
  { slot: 1, kind: KIND_CHALLENGE, suite: SUITE, label: "", parameters: NONE },
];
const codes = rfc4226.vectors.map(({ otp6 }) => otp6);

function issued(language: 0 | 1 = LANGUAGE_ENGLISH): Promise<Token> {
  const policy = { pinTries: 3, autoOffSeconds: 30, language };
  const seeds = [wire.fromLatin1(rfc4226.keyAscii), SEED];
  const install = { serial: SERIAL, entries: issuedEntries(wire, SERIAL, policy, CREDENTIALS, seeds) };
  return bootToken({ board: "pixljs", port: false, install });
}

const answer = (counter: number) =>
  ocra(hashes, SEED, parseSuite(SUITE), { counter: counterFromNumber(counter), question: CHALLENGE });

function type(token: Token, digits: string): void {
  for (const digit of digits) token.press(...keysFor(token.machine.manifest, digit));
  token.press("OK");
}

/** From the first picture of an issued token. */
function setPin(token: Token): void {
  token.press("OK");
  type(token, PIN);
  type(token, PIN);
  token.press("OK");
}

/** From a PIN that is asked for. */
function counterCode(token: Token): string {
  type(token, PIN);
  token.press("OK");
  const code = codeOf(token);
  token.press("CLEAR", "OK");
  return code;
}

function losePower(token: Token): void {
  token.powerOff();
  token.powerOn();
  token.press("OK");
}

describe.each([
  ["vi", LANGUAGE_VIETNAMESE],
  ["en", LANGUAGE_ENGLISH],
] as const)("in %s", (name, language) => {
  test("a customer chooses a PIN with four buttons, and looks at the settings", async () => {
    await using token = await issued(language);
    const screen = (golden: string) => expect.soft(token).toMatchScreen(`pixljs/${name}/${golden}`);
    screen("first-picture");
    setPin(token);
    type(token, PIN);
    screen("menu");
    token.press("UP", "OK");
    screen("about");
    token.press("OK");
    screen("settings");
    token.press("DOWN", "OK");
    expect.soft(token).toMatchScreen(`buttons/${name}/enter-pin`);
  });
});

test("its counter codes are those of RFC 4226, one after the other, whatever power is lost between them", async () => {
  await using token = await issued();
  setPin(token);
  for (const code of codes.slice(0, 4)) expect(counterCode(token)).toBe(code);
  losePower(token);
  for (const code of codes.slice(4, 6)) expect(counterCode(token)).toBe(code);
});

test("it answers a challenge of its bank's by a counter of its own", async () => {
  await using token = await issued();
  setPin(token);
  for (const counter of [0, 1]) {
    type(token, PIN);
    token.press("DOWN", "OK");
    type(token, CHALLENGE);
    expect(token.text()).toContain("Account ends in");
    token.press("OK");
    token.advance({ seconds: 1 });
    expect(codeOf(token)).toBe(answer(counter));
    token.press("CLEAR", "OK");
  }
  expect(counterCode(token)).toBe(codes[0]);
});

test("wrong PINs lock it for good: nobody is there who could open it", async () => {
  await using token = await issued();
  setPin(token);
  // One wrong PIN in sixteen opens a token of class O, and gives the tries back.
  for (let wrong = 10; !token.text().includes("Token is locked"); wrong++) {
    expect(wrong).toBeLessThan(40);
    token.press("CLEAR", "CLEAR", "OK");
    type(token, `9182${wrong}`);
  }
  losePower(token);
  expect(token.text()).toContain("Token is locked");
  expect(token.text()).toContain("Visit your bank");
});

test("its language and its PIN are changed in the settings", async () => {
  await using token = await issued();
  setPin(token);
  const settings = () => {
    token.machine.keyDown("OK");
    token.advance({ ms: HOLD_MS });
    token.machine.keyUp("OK");
    token.advance({ ms: 60 });
    token.press("OK");
  };
  settings();
  token.press("OK");
  losePower(token);
  expect(token.text()).toContain("Nhập mã PIN");
  settings();
  token.press("OK");
  token.press("CLEAR", "OK");
  settings();
  token.press("DOWN", "OK");
  for (const pin of [PIN, PIN, "835026", "835026"]) type(token, pin);
  expect(token.text()).toContain("PIN is set");
  token.press("OK");
  type(token, "835026");
  expect(token.text()).toContain("Choose a code");
});

test("no byte from a line does anything, and none is answered", async () => {
  await using token = await issued();
  const before = token.machine.flashDump();
  let said = "";
  token.machine.onTransmit = (text) => {
    said += text;
  };
  token.machine.receive("\x03\x03\x10reset()\n\xc0\x00\x01\xc0".repeat(100));
  token.advance({ seconds: 1 });
  expect(said).toBe("");
  expect(token.machine.flashDump()).toEqual(before);
  expect(token.text()).toContain("Press OK to start");
});

test("its journal is the last two pages of its Storage, and nothing else is in them", async () => {
  await using token = await issued();
  const files = token.machine.flashDump().slice(0, 7 * 4096);
  setPin(token);
  for (const code of codes.slice(0, 10)) expect(counterCode(token)).toBe(code);
  expect(token.machine.flashDump().slice(0, 7 * 4096)).toEqual(files);
});

test("wherever the power goes during a code, and however much of a write is done, no code comes twice and no PIN is lost", async () => {
  for (const tear of [0, 0.5, 1]) {
    for (let operation = 0; ; operation++) {
      await using token = await issued();
      setPin(token);
      type(token, PIN);
      const first = token.machine.flash.operations;
      token.machine.cut = { index: first + operation, tear };
      const [shown] = shownCodes(token, () => token.press("OK"));
      const whole = token.machine.cut !== undefined;
      token.machine.cut = undefined;
      losePower(token);
      const next = counterCode(token);
      expect(shown === undefined ? codes.slice(0, 2) : [codes[1]], `operation ${operation}, tear ${tear}`).toContain(
        next,
      );
      expect(counterCode(token)).toBe(codes[codes.indexOf(next) + 1]);
      if (whole) {
        expect(operation).toBeGreaterThan(1);
        break;
      }
    }
  }
});
