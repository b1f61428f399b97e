/** What the face does beside its everyday screens: it counts down, it is read by who sees little, and it tells what the token is. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Oled } from "../../emulator/machine/oled.ts";
import "../../emulator/testing/vitest.ts";
import { readBuilt } from "../../emulator/built.ts";
import type { Token } from "../../emulator/testing/token.ts";
import type { PersonaliseOptions } from "../../host-tools/provisioning/personalise.ts";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";
import { makeChallenge } from "../../protocol/otp/challenge.ts";
import { checkDigit } from "../../protocol/otp/check-digit.ts";
import {
  type BoardName,
  blank,
  boot,
  factory,
  goldenOf,
  NOW,
  PIN,
  personalised,
  press,
  setClock,
  withPin,
} from "../../test/end-to-end/shown-tokens.ts";
import { routines } from "../crypto/routines.part.ts";

// The key service makes its seeds of this.
vi.mock("node:crypto", async (original) => ({
  ...(await original<typeof import("node:crypto")>()),
  randomBytes: (size: number) => Buffer.alloc(size, 0x5e),
  randomInt: (most: number) => most - 3,
}));

const CHALLENGE = makeChallenge("3456", "20117");
const ACTIVATION_CODE = "7777777777777777777" + checkDigit(Buffer.from("7777777777777777777"), 19);

/** The length of the line on the upper edge, in columns. */
const edge = (token: Token) =>
  token
    .capture()
    .pixels.subarray(0, 128)
    .filter((byte) => (byte & 3) === 3).length;

const boards: BoardName[] = ["pico-keypad", "pico-buttons"];

test.each(boards)(
  "a %s that has the firmware and nothing else says so, in English: it has nowhere to keep a choice",
  async (board) => {
    await using token = await blank(board);
    expect.soft(token).toMatchScreen("blank");
  },
);

describe.each([
  ["pico-keypad", "vi", LANGUAGE_VIETNAMESE],
  ["pico-keypad", "en", LANGUAGE_ENGLISH],
  ["pico-buttons", "vi", LANGUAGE_VIETNAMESE],
  ["pico-buttons", "en", LANGUAGE_ENGLISH],
] as const)("on %s in %s", (board, name, language) => {
  /** What needs keys for the digits, a clock that can be turned, or a buzzer. */
  const withKeypad = test.runIf(board === "pico-keypad");
  let issued: Uint8Array;
  let active: Uint8Array;
  const screen = (token: Token, golden: string) =>
    expect.soft(token).toMatchScreen(goldenOf(board, `${name}/${golden}`));
  const withCredentials = (credentials: PersonaliseOptions["credentials"]) =>
    withPin({ policy: { language }, credentials }, board);

  beforeAll(async () => {
    issued = await personalised({ policy: { language } }, board);
    active = await withPin({ policy: { language } }, board);
  });

  /** A token before a bank had it, in the customer's language all the same. */
  const inLanguage = (token: Token) => {
    if (language === LANGUAGE_VIETNAMESE) press(token, "MENU", "OK", "2", "OK", "CLEAR");
  };

  test("a token from the factory", async () => {
    await using token = await factory(board);
    inLanguage(token);
    screen(token, "factory/first-picture");
    press(token, "MENU");
    screen(token, "factory/about");
    press(token, "OK");
    screen(token, "factory/settings");
    press(token, "1");
    screen(token, "factory/self-test");
  });

  withKeypad("what is typed where the token asks for OK is typed: a PIN, and an activation code", async () => {
    for (const [flash, seen] of [
      [issued, "**____"],
      [active, "**____"],
      [await personalised({ policy: { language }, activation: { days: 30 } }, board), "27"],
    ] as const) {
      await using token = await boot(flash, board);
      press(token, "2", "7");
      expect(token.text()).toContain(seen);
    }
  });

  withKeypad("an activation code that was right is not thrown away by a CLEAR too many", async () => {
    await using token = await boot(
      await personalised({ policy: { language }, activation: { days: 30 } }, board),
      board,
    );
    press(
      token,
      ...ACTIVATION_CODE,
      "OK",
      ..."123456",
      "OK",
      "OK",
      "CLEAR",
      ...PIN,
      "OK",
      ...PIN,
      "OK",
      "OK",
      ...PIN,
      "OK",
      "1",
    );
    expect(token.text()).toMatch(/\d{4} \d{4}/);
  });

  test("the last ten seconds before it goes dark are seen on the upper edge, and any key takes them back", async () => {
    await using token = await boot(active, board);
    press(token, "OK", "1");
    token.advance({ seconds: 19.9 });
    expect(edge(token)).toBe(0);
    token.advance({ seconds: 0.1 });
    expect(edge(token)).toBe(128);
    token.advance({ seconds: 4 });
    screen(token, "countdown/pin");
    press(token, "2");
    expect(edge(token)).toBe(0);
    expect(token.text()).toContain("**____");
    token.advance({ seconds: 29 });
    expect(edge(token)).toBe(12);
    expect(token.machine.display.on).toBe(true);
    token.advance({ seconds: 1 });
    expect(token.machine.display.on).toBe(false);
    press(token, "OK", ...PIN, "OK", "1");
    token.advance({ seconds: 25 });
    screen(token, "countdown/code");
  });

  test("a policy of fewer seconds counts from its first one on", async () => {
    await using token = await boot(await personalised({ policy: { language, autoOffSeconds: 3 } }, board), board);
    token.advance({ seconds: 3 });
    press(token, "OK", "OK");
    expect(edge(token)).toBe(36);
    token.advance({ seconds: 2 });
    expect(edge(token)).toBe(12);
    token.advance({ seconds: 1 });
    expect(token.machine.display.on).toBe(false);
  });

  test("a display that takes no picture of the countdown goes dark in time", async () => {
    await using token = await boot(active, board);
    press(token, "OK");
    const display = token.machine.display as Oled;
    const write = vi.spyOn(display, "write").mockImplementation(() => {
      throw new Error("no acknowledge");
    });
    for (let second = 0; second < 29; second++) {
      try {
        token.advance({ seconds: 1 });
      } catch {
        // The firmware's own: its next second comes all the same.
      }
    }
    write.mockRestore();
    token.advance({ seconds: 3 });
    expect(display.on).toBe(false);
  });

  test("the settings show the clock, which goes, and the versions", async () => {
    await using token = await boot(active, board);
    press(token, "OK", "MENU", "OK", "UP");
    screen(token, "settings/last");
    press(token, "OK");
    screen(token, "settings/versions");
    press(token, "OK", "OK", "MENU", "OK", "5");
    screen(token, "settings/clock");
    token.advance({ seconds: 2 });
    expect(token.screen()[1]).toMatch(/^2027-01-15 08:00:\d\d$/);
    const before = token.screen()[1];
    token.advance({ seconds: 1 });
    expect(token.screen()[1]).not.toBe(before);
    token.advance({ seconds: 60 });
    expect(token.machine.idleMs).toBe(Number.POSITIVE_INFINITY);
  });

  test("the clock's screen tells its drift", async () => {
    await using token = await boot(active, board);
    // Three seconds fast after ninety days.
    token.advance({ days: 90 });
    await setClock(token, Math.floor(shownTime(token)) - 3);
    press(token, "OFF", "OK", "MENU", "OK", "5");
    screen(token, "settings/clock-drift");
  });

  withKeypad("a clock that was changed says so on its screen", async () => {
    await using token = await boot(active);
    token.machine.clock.setTime(NOW - 1);
    press(token, "OK", "MENU", "OK", "5");
    screen(token, "settings/clock-changed");
  });

  test("a clock that lost its power, and one that the bank has not set for too long, are told", async () => {
    await using lost = await boot(active, board);
    if (board === "pico-keypad") lost.machine.clock.removeCell();
    else {
      lost.powerOff();
      lost.powerOn();
    }
    press(lost, "OK", ...PIN, "OK", "1");
    screen(lost, "clock-lost-power");
    press(lost, "OK", "OK", "MENU", "OK", "5");
    screen(lost, "settings/clock-lost-power");
    await using late = await boot(await withPin({ policy: { language, clockDays: 30 } }, board), board);
    late.advance({ days: 31 });
    press(late, "OK", ...PIN, "OK", "1");
    screen(late, "clock-check-due");
  });

  test("a self-test that fails is told, at once and where a PIN is asked for", async () => {
    await using token = await boot(active, board, await withBrokenCode(board));
    press(token, "OK", "MENU", "OK", "2");
    screen(token, "self-test-failed");
    press(token, "OK", "OK", ...PIN, "OK");
    screen(token, "not-sound");
  });

  test("a personalised token, without a PIN and with one, tests itself, and has its settings", async () => {
    await using token = await boot(issued, board);
    press(token, "MENU");
    screen(token, "issued/about");
    press(token, "OK");
    screen(token, "issued/settings");
    press(token, "1");
    screen(token, "self-test-passed");
  });

  test("codes of six and of ten digits are in two groups, and one that has outlived its step has an empty bar", async () => {
    const flash = await withCredentials([
      { slot: 0, kind: "time-code", suite: "TOTP-SHA1-6-30", label: "Six" },
      { slot: 1, kind: "time-code", suite: "TOTP-SHA256-10-30", label: "Ten" },
    ]);
    await using token = await boot(flash, board);
    press(token, "OK", ...PIN, "OK", "1");
    expect.soft(token).toShowCode({ digits: 6 });
    screen(token, "code-of-six");
    press(token, "OFF", "OK", ...PIN, "OK", "2");
    expect.soft(token).toShowCode({ digits: 10 });
    screen(token, "code-of-ten");
    token.advance({ seconds: 26 });
    screen(token, "code-outlived");
  });

  test("eight codes have their names and their places in the list", async () => {
    const labels = ["Savings", "Salary", "Family", "Company", "Travel", "Shop", "Rent", "School"];
    const credentials = labels.map((label, slot) => ({
      slot,
      kind: "time-code" as const,
      suite: "TOTP-SHA256-8-30",
      label,
    }));
    await using token = await boot(await withCredentials(credentials), board);
    press(token, "OK", ...PIN, "OK", "UP");
    screen(token, "menu-of-eight");
  });

  describe("in the accessible mode", () => {
    let easy: Uint8Array;
    const easyOf = async (flash: Uint8Array, number: string) => {
      const token = await boot(flash, board);
      press(token, "OFF", "OK", "MENU", "OK", number, "OFF");
      return token.machine.flashDump();
    };

    beforeAll(async () => {
      easy = await easyOf(active, "4");
    });

    test("digits are twice as high, and the mode is remembered", async () => {
      await using token = await boot(active, board);
      press(token, "OK", "MENU", "OK", "4");
      screen(token, "accessible/settings");
      token.machine.powerOff();
      token.powerOn();
      if (board === "pico-buttons") await setClock(token, NOW);
      press(token, "OK", ..."274");
      screen(token, "accessible/pin");
      press(token, ..."913", "OK", "2", ...CHALLENGE.slice(0, 6));
      screen(token, "accessible/number-typing");
      press(token, ...CHALLENGE.slice(6));
      screen(token, "accessible/number-typed");
      press(token, "OK");
      screen(token, "accessible/confirm");
      press(token, "OK");
      expect.soft(token).toShowCode({ digits: 8 });
      screen(token, "accessible/signature");
      press(token, "OFF", "OK", ...PIN, "OK", "1");
      expect.soft(token).toShowCode({ digits: 8 });
      screen(token, "accessible/time-code");
      press(token, "OFF", "OK", "MENU", "OK", "4");
      expect.soft(token).toMatchScreen(goldenOf(board, `${name}/settings/large-off`));
      press(token, "OFF", "OK");
      screen(token, "enter-pin");
    });

    test("an account of nineteen digits, an activation code and a code of ten fit", async () => {
      const form = { template: 1, currency: "VND", minorDigits: 0 } as const;
      const flash = await withCredentials([
        { slot: 0, kind: "sign", suite: "OCRA-1:HOTP-SHA256-8:QH64-T30S", form },
        { slot: 1, kind: "time-code", suite: "TOTP-SHA256-10-30" },
      ]);
      await using token = await boot(await easyOf(flash, "4"), board);
      press(token, "OK", ...PIN, "OK", "1", ..."482913", "OK", ..."9704366812345678901");
      screen(token, "accessible/account");
      press(token, "OK", ..."9876543210987");
      screen(token, "accessible/amount");
      press(token, "OFF", "OK", ...PIN, "OK", "2");
      expect.soft(token).toShowCode({ digits: 10 });
      screen(token, "accessible/code-of-ten");
      const sent = await personalised({ policy: { language }, activation: { days: 30 } }, board);
      await using mailed = await boot(await easyOf(sent, "3"), board);
      press(mailed, "OK", "OK", ...ACTIVATION_CODE);
      screen(mailed, "accessible/activation");
    });

    test("it stays awake for twice the time", async () => {
      await using token = await boot(easy, board);
      press(token, "OK");
      token.advance({ seconds: 59 });
      expect(token.machine.display.on).toBe(true);
      expect(edge(token)).toBe(12);
      token.advance({ seconds: 1 });
      expect(token.machine.display.on).toBe(false);
    });

    withKeypad(
      "each key clicks, all of them alike, and nothing else is heard until its customer asks for it",
      async () => {
        await using token = await boot(easy, board);
        const { tones } = token.machine.buzzer;
        press(token, "OK", ...PIN, "OK", "1");
        expect(tones.map(({ hertz }) => hertz)).toEqual(Array(PIN.length + 3).fill(2000));
        token.advance({ seconds: 50 });
        expect(tones).toHaveLength(PIN.length + 3);
        expect(token.machine.buzzer.hertz).toBe(0);
      },
    );

    withKeypad("a click ends also where nothing can be drawn", async () => {
      await using token = await boot(easy, board);
      press(token, "OK");
      const { buzzer, display } = token.machine;
      const broken = vi.spyOn(display as Oled, "write").mockImplementation(() => {
        throw new Error("no answer from the display");
      });
      const clicks = buzzer.tones.length;
      expect(() => press(token, "1")).toThrow("no answer from the display");
      broken.mockRestore();
      expect(buzzer.tones).toHaveLength(clicks + 1);
      expect(buzzer.hertz).toBe(0);
    });

    withKeypad(
      "DOWN says the code: as many short beeps as the digit, a breath after three, a long one for zero; DOWN says it again",
      async () => {
        await using token = await boot(easy, board);
        const { tones } = token.machine.buzzer;
        press(token, "OK", ...PIN, "OK", "1");
        const code = token.screen()[1].replace(" ", "");
        for (let times = 0; times < 2; times++) {
          const start = tones.length;
          press(token, "DOWN");
          token.advance({ seconds: 25 });
          expect(heard(tones.slice(start + 1))).toBe(code);
        }
        expect(token.text()).toContain(code.slice(0, 4));
      },
    );

    withKeypad("a key ends what is being said, and so does the dark", async () => {
      await using token = await boot(easy, board);
      const { tones } = token.machine.buzzer;
      press(token, "OK", ...PIN, "OK", "1", "DOWN");
      token.advance({ seconds: 2 });
      press(token, "OFF");
      const count = tones.length;
      token.advance({ seconds: 30 });
      expect(tones).toHaveLength(count);
      expect(token.machine.buzzer.hertz).toBe(0);
      expect(token.machine.display.on).toBe(false);
    });

    withKeypad("what is typed is never said", async () => {
      await using token = await boot(easy, board);
      const { tones } = token.machine.buzzer;
      press(token, "OK", ...PIN, "DOWN");
      const count = tones.length;
      token.advance({ seconds: 20 });
      expect(tones).toHaveLength(count);
    });
  });

  withKeypad("without the accessible mode it is silent", async () => {
    await using token = await boot(active, board);
    press(token, "OK", ...PIN, "OK", "1", "DOWN");
    token.advance({ seconds: 20 });
    expect(token.machine.buzzer.tones).toEqual([]);
  });
});

/** Digits as a customer counts them. */
function heard(tones: readonly { at: number; ms: number | undefined }[]): string {
  let digits = "";
  let count = 0;
  for (const [i, { at, ms = 0 }] of tones.entries()) {
    if (ms > 300) digits += "0";
    else count++;
    const next = tones[i + 1];
    if (count > 0 && (next === undefined || next.at - at - ms > 500)) {
      digits += count;
      count = 0;
    }
  }
  return digits;
}

/** The board after one bit of the routine that PINs go through has flipped. */
async function withBrokenCode(board: BoardName) {
  const { bundle, manifest } = await readBuilt(board);
  const image = Buffer.from(manifest.files["ochre.nat"], "base64");
  image[routines().sha256.at] ^= 1;
  return { bundle, manifest: { ...manifest, files: { ...manifest.files, "ochre.nat": image.toString("base64") } } };
}

/** By the clock's own screen, Unix seconds. */
function shownTime(token: Token): number {
  press(token, "OK", "MENU", "OK", "5");
  const time = Date.parse(`${token.screen()[1]}Z`) / 1000;
  press(token, "OFF");
  return time;
}
