/** The token with four buttons and no clock chip: every way that a customer goes, walked with UP, DOWN, OK and CLEAR, in both languages. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import "../../emulator/testing/vitest.ts";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { keysFor } from "../../emulator/testing/typed-keys.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";
import { makeChallenge } from "../../protocol/otp/challenge.ts";
import { personaliseToken } from "../../test/end-to-end/personalised.ts";

// The key service makes its seeds of this.
vi.mock("node:crypto", async (original) => ({
  ...(await original<typeof import("node:crypto")>()),
  randomBytes: (size: number) => Buffer.alloc(size, 0x5e),
}));

const SERIAL = "OC-BUTTONS-0001";
const PIN = "274913";
/** 2027-01-15 08:00:05 UTC: five seconds into a time step. */
const NOW = 1_800_000_005;
const CHALLENGE = makeChallenge("3456", "20117");
/** OK for so long is MENU. */
const HOLD_MS = 1000;

const factory = () =>
  bootToken({
    board: "pico-buttons",
    port: false,
    install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL, 0x0002) },
  });

function type(token: Token, digits: string): void {
  for (const digit of digits) token.press(...keysFor(token.machine.manifest, digit));
}

function holdOk(token: Token): void {
  token.machine.keyDown("OK");
  token.advance({ ms: HOLD_MS });
  token.machine.keyUp("OK");
  token.advance({ ms: 60 });
}

test("a token from the factory opens its settings with OK held down", async () => {
  await using token = await factory();
  expect.soft(token).toMatchScreen("buttons/walk/factory/first-picture");
  holdOk(token);
  expect.soft(token).toMatchScreen("buttons/walk/factory/about");
  token.press("OK");
  expect.soft(token).toMatchScreen("factory/settings");
  token.press("OK");
  expect.soft(token).toMatchScreen("factory/self-test");
  token.press("CLEAR");
  expect.soft(token).toMatchScreen("buttons/walk/factory/first-picture");
});

describe.each([
  ["vi", LANGUAGE_VIETNAMESE],
  ["en", LANGUAGE_ENGLISH],
] as const)("in %s", (name, language) => {
  let token: Token;
  const screen = (golden: string) => expect.soft(token).toMatchScreen(`buttons/walk/${name}/${golden}`);
  /** What the token with a full keypad shows, too. */
  const common = (golden: string) => expect.soft(token).toMatchScreen(`${name}/${golden}`);
  const enterPin = () => {
    type(token, PIN);
    token.press("OK");
  };

  beforeEach(async () => {
    token = await factory();
    await personaliseToken(token, NOW, { policy: { language } });
  });

  test("a customer chooses a PIN", async () => {
    screen("first-picture");
    token.press("OK");
    screen("choose-pin");
    token.press("UP", "UP");
    screen("choose-pin-choosing");
    token.press("CLEAR");
    screen("choose-pin");
    type(token, PIN);
    common("choose-pin-typed");
    token.press("UP");
    screen("choose-pin-choosing-another");
    token.press("CLEAR", "OK");
    screen("repeat-pin");
    enterPin();
    common("pin-is-set");
    token.press("OK");
    screen("enter-pin");
    token.press("CLEAR");
    expect.soft(token.machine.display.on).toBe(false);
  });

  describe("with a PIN", () => {
    beforeEach(() => {
      token.press("OK");
      enterPin();
      enterPin();
      token.press("OK");
    });

    test("a customer reads a time code, and any button makes it dark", () => {
      enterPin();
      screen("menu-time-code");
      token.press("OK");
      expect.soft(token).toShowCode({ digits: 8 });
      screen("time-code");
      token.press("CLEAR");
      expect.soft(token.machine.display.on).toBe(false);
    });

    test("a customer signs a payment, and corrects a digit", () => {
      enterPin();
      token.press("DOWN", "OK");
      screen("number");
      type(token, CHALLENGE.slice(0, 6));
      token.press("DOWN");
      screen("number-choosing");
      token.press("CLEAR", "CLEAR");
      type(token, CHALLENGE.slice(5));
      common("number-typed");
      token.press("OK");
      common("confirm");
      token.press("OK");
      expect.soft(token).toShowCode({ digits: 8 });
    });

    test("a customer finds the settings behind the codes, and changes the PIN there", () => {
      enterPin();
      token.press("UP");
      screen("menu-settings");
      token.press("OK");
      screen("about");
      token.press("OK");
      common("settings");
      token.press("OK");
      screen("enter-pin");
      enterPin();
      enterPin();
      for (let times = 0; times < 2; times++) {
        type(token, "604829");
        token.press("OK");
      }
      common("pin-is-set");
      token.press("OK");
      type(token, "604829");
      token.press("OK");
      screen("menu-time-code");
    });

    test("settings are there before the PIN, too, and CLEAR leads back", () => {
      holdOk(token);
      screen("about");
      token.press("CLEAR");
      screen("first-picture");
      token.press("CLEAR");
      screen("enter-pin");
    });

    test("after a loss of power there is no time code until a host has set the clock", async () => {
      token.powerOff();
      token.powerOn();
      screen("first-picture");
      token.press("OK");
      enterPin();
      token.press("OK");
      common("clock-lost-power");
    });
  });
});

test("a contact that bounces, two buttons that roll over and a button that stays down are one press each", async () => {
  await using token = await factory();
  await personaliseToken(token, NOW, { policy: { language: LANGUAGE_ENGLISH } });
  const { machine } = token;
  machine.keypad.bounceMs = 15;
  token.press("OK");
  token.press("UP");
  expect(token.text()).toContain("0_____");
  // Five seconds long.
  machine.keyDown("UP");
  token.advance({ seconds: 5 });
  machine.keyUp("UP");
  token.advance({ ms: 60 });
  expect(token.text()).toContain("1_____");
  machine.keyDown("OK");
  token.advance({ ms: 100 });
  machine.keyDown("UP");
  token.advance({ ms: 100 });
  machine.keyUp("OK");
  machine.keyUp("UP");
  token.advance({ ms: 100 });
  expect(token.text()).toContain("*0____");
  // Until the last seconds before it goes dark.
  expect(machine.idleMs).toBeGreaterThan(19_000);
  expect(machine.faults).toEqual([]);
});
