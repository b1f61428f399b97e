/** A locked token on a board with a device root asks whether the PIN is known, and lets its customer set another. Its display is a list of lines here. */
import { expect, test, vi } from "vitest";
import { aes128, hashes, wire } from "../../host-tools/crypto/node.ts";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE, UNLOCK_SUITE } from "../../protocol/apdu/credential-kind.ts";
import { hmac } from "../../protocol/otp/hmac.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { TornFlash } from "../../test/faults/torn-flash.ts";
import { clockMark } from "../core/clock-guard.ts";
import { POLICY, SERIAL, TRIES, UNLOCK_KEY } from "../core/entries.ts";
import { recovery } from "../core/recovery.ts";
import { LOCKED, Token } from "../core/token.ts";
import { credentialEntries } from "../core/vault.ts";
import type { Board, Key } from "../hal/board.ts";
import { bankCode } from "./bank-code.part.ts";
import type { Font } from "./canvas.ts";
import { Face } from "./face.ts";
import { forgottenPin } from "./forgotten-pin.ts";
import { newPin } from "./new-pin.part.ts";
import { settings } from "./settings.part.ts";

const lines: string[] = [];
// Its pixels are drawn by functions that the interpreter alone has.
vi.mock("./canvas.ts", () => ({
  Canvas: class {
    clear() {
      lines.length = 0;
    }
    clearPages(first: number) {
      delete lines[first];
    }
    text(_: Font, page: number, _x: number, text: string) {
      lines[page] = text;
    }
    centred(_: Font, page: number, text: string) {
      lines[page] = text;
    }
    invert(page: number) {
      lines[page] = `> ${lines[page]}`;
    }
    squeezed() {}
    bar() {}
    flush() {}
  },
}));

const ascii = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const SECRET = ascii("unlock key 16 by");
const NOW = 1_800_000_000;
const PIN = "274913";
const NEW_PIN = "60482915";

function lockedToken(language = LANGUAGE_ENGLISH) {
  let salts = 0;
  const bind = (k: Uint8Array) => hmac(hashes.sha256, ascii("device root"), k);
  const waiting: (() => void)[] = [];
  const board = {
    flash: new TornFlash({ pageSize: 2048, pages: 2 }),
    wire,
    clock: { now: () => NOW, soundNow: () => NOW, lostPower: () => false, volatile: false },
    bind,
    random: (length: number) => hmac(hashes.sha256, SECRET, ascii(`${++salts}`)).subarray(0, length),
    pinRounds: () => 1,
    primitives: { hashes, aes128, broken: [], intact: () => true },
    display: { on: () => {}, off: () => {} },
    keypad: { keyForEach: true },
    timers: { after: (ms: number, call: () => void) => (ms === 1 ? waiting.push(call) : 0), cancel: () => {} },
  } as unknown as Board;
  const token = new Token(board, recovery(board, bind));
  token.journal.format([{ id: SERIAL, value: ascii("OC-FORGOT") }]);
  token.journal.rewrite([
    ...credentialEntries(
      board,
      [{ slot: 0, kind: 1, suite: "TOTP-SHA256-8-30", label: "Login", parameters: new Uint8Array(0) }],
      [new Uint8Array(32).fill(0xc0)],
    ),
    { id: POLICY, value: new Uint8Array([3, 0, 30, language, 0, 0]) },
    { id: UNLOCK_KEY, value: SECRET.slice() },
    clockMark(NOW),
  ]);
  token.vault.setPin(ascii(PIN));
  while (token.vault.triesLeft() > 0) token.vault.open(ascii("918273"));
  const narrow = { width: 6, columns: [] as Font["columns"] } as Font;
  const fonts = { text: narrow, typed: narrow, digits: { width: 12 } as Font, page: 3 };
  const face = new Face(token, () => fonts, { newPin, settings, bankCode });
  face.forgottenPin = forgottenPin;
  face.start();
  const press = (...keys: string[]) => {
    for (const key of keys.flatMap((each) => (/^\d+$/.test(each) ? [...each] : [each]))) {
      face.key(key as Key);
      while (waiting.length > 0) waiting.shift()?.();
    }
  };
  return { token, press };
}

const shown = () => lines.filter((line) => line !== undefined);
const answerTo = (challenge: string) =>
  ocra(hashes, SECRET, parseSuite(UNLOCK_SUITE), { question: challenge.replace(" ", "") });

test("the customer says that the PIN is forgotten, has the bank's answer, and sets another", () => {
  const { token, press } = lockedToken();
  press("OK");
  expect(shown()).toEqual(["Do you know your PIN?", "> 1 Yes: keep it", "2 No: set a new one"]);
  press("DOWN");
  expect(shown()).toEqual(["Do you know your PIN?", "1 Yes: keep it", "> 2 No: set a new one"]);
  press("OK");
  const challenge = shown()[1];
  expect(challenge).toMatch(/^2\d{3} \d{4}$/);
  press("OK", answerTo(challenge), "OK");
  expect(shown()[0]).toBe("Choose a new PIN");
  expect(token.state()).toBe(LOCKED);
  press("111111", "OK", "OK", NEW_PIN, "OK", NEW_PIN, "OK");
  expect(token.vault.triesLeft()).toBe(3);
  expect(token.vault.open(ascii(NEW_PIN))).toBe(true);
});

test("it asks in Vietnamese as well", () => {
  const { press } = lockedToken(LANGUAGE_VIETNAMESE);
  press("OK");
  expect(shown()).toEqual(["Bạn nhớ mã PIN không?", "> 1 Nhớ: giữ mã cũ", "2 Quên: đặt mã mới"]);
  press("2");
  expect(shown()[0]).toBe("Đọc cho ngân hàng");
});

test("who knows the PIN keeps it; each kind has an answer of its own", () => {
  const { token, press } = lockedToken();
  press("OK", "2");
  const renew = shown()[1];
  press("OFF", "OK", "OK", "1");
  const keep = shown()[1];
  expect(keep).toBe(renew.replace(/^2/, "1"));
  press("OK", answerTo(renew), "OK");
  expect(shown()[0]).toBe("Wrong answer");
  press("OK", "OK", answerTo(keep), "OK");
  expect(shown()[0]).toBe("Unlocked");
  expect(token.vault.open(ascii(PIN))).toBe(true);
});

test("a display that goes dark before the new PIN is set leaves the token locked, with its old PIN", () => {
  const { token, press } = lockedToken();
  press("OK", "2");
  press("OK", answerTo(shown()[1]), "OK", NEW_PIN, "OFF");
  expect([token.state(), token.vault.triesLeft()]).toEqual([LOCKED, 0]);
  expect(() => token.vault.setPin(ascii(NEW_PIN))).toThrow("set already");
  press("OK", "OK", "1");
  press("OK", answerTo(shown()[1]), "OK");
  expect(token.vault.open(ascii(PIN))).toBe(true);
});

test("who changes the PIN types the present one once: here a wrong one can't pass its check", () => {
  const { token, press } = lockedToken();
  token.journal.commit([{ id: TRIES, value: new Uint8Array(1) }]);
  press("OK", "MENU", "OK", "1", PIN, "OK");
  expect(shown()[0]).toBe("Choose a new PIN");
  press(NEW_PIN, "OK", NEW_PIN, "OK");
  expect(shown()[0]).toBe("PIN is set");
  expect(token.vault.open(ascii(NEW_PIN))).toBe(true);
});
