/** Whatever the token can say, in either language and on either board, some golden shows. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseGolden } from "../../emulator/testing/golden.ts";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";
import type { BoardName } from "../../test/end-to-end/shown-tokens.ts";
import { bankMessage } from "./bank-messages.ts";
import { clockMessage } from "./clock-messages.ts";
import { message } from "./messages.ts";
import { orderMessage } from "./order-messages.ts";
import { settingsMessage } from "./settings-messages.ts";
import { verifyMessage } from "./verify-messages.ts";

const modules: Record<string, (language: number, id: never) => string> = {
  messages: message,
  "order-messages": orderMessage,
  "bank-messages": bankMessage,
  "verify-messages": verifyMessage,
  "clock-messages": clockMessage,
  "settings-messages": settingsMessage,
};
const languages = { vi: LANGUAGE_VIETNAMESE, en: LANGUAGE_ENGLISH };

/** What only a board with a device root asks: `forgotten-pin.test.ts`. */
const recovery = { pinKnown: "both", keepPin: "both", otherPin: "both" } as const;

/** What a board never says, by its language or in both. */
const never: Record<BoardName, Partial<Record<string, "vi" | "both">>> = {
  "pico-keypad": {
    ...recovery,
    // A board without an installation has nowhere to keep a choice of language.
    blank: "vi",
    // Digits and MENU have keys of their own.
    chooseDigit: "both",
    takeDigit: "both",
    holdOk: "both",
  },
  "pico-buttons": {
    ...recovery,
    blank: "vi",
    // How a digit is chosen stands in their place.
    pinDigits: "both",
    fromLetter: "both",
    answerDigits: "both",
    clearBack: "both",
    // There is no clock chip that somebody could turn.
    clockChanged: "both",
    askBank: "both",
  },
};

const folder = new URL("./__screens__/", import.meta.url);
const goldens = readdirSync(folder, { recursive: true, encoding: "utf8" })
  // Of the experimental board there are only the screens that differ.
  .filter((name) => name.endsWith(".txt") && !name.startsWith("pixljs"))
  .map((name) => ({ name: name.slice(0, -".txt".length), lines: linesOf(name) }));

function linesOf(name: string): string[] {
  const golden = parseGolden(readFileSync(new URL(name, folder), "utf8"));
  expect(golden, name).toBeDefined();
  return golden!.lines;
}

/** What the tests of a board compare its screens with: see `goldenOf`. */
function shownBy(board: BoardName): string[] {
  const own = (name: string) => name.startsWith("buttons/");
  const keypad = goldens.filter(({ name }) => !own(name));
  if (board === "pico-keypad") return keypad.flatMap(({ lines }) => lines);
  const replaced = (name: string) => goldens.some((other) => other.name === `buttons/${name}`);
  const shared = keypad.filter(({ name }) => !replaced(name) && !name.endsWith("clock-changed"));
  return [...shared, ...goldens.filter(({ name }) => own(name))].flatMap(({ lines }) => lines);
}

describe.each(["pico-keypad", "pico-buttons"] as const)("on %s", (board) => {
  const lines = shownBy(board);

  test.each(Object.entries(modules))("some golden shows each of %s in both languages", (name, say) => {
    const source = readFileSync(new URL(`./${name}.ts`, import.meta.url), "utf8");
    const ids = [...source.matchAll(/case "(\w+)"/g)].map((match) => match[1]);
    expect(ids.length).toBeGreaterThan(3);
    for (const id of ids) {
      for (const [language, number] of Object.entries(languages)) {
        const text = say(number, id as never).trim();
        // A tag is followed by its value, and no word of a sentence.
        const shows = (line: string) => (id.endsWith("Tag") ? line.startsWith(`${text} `) : line.includes(text));
        const exempt = never[board][id];
        const expected = exempt !== "both" && exempt !== language;
        expect.soft(lines.some(shows), `${id} in ${language}: "${text}"`).toBe(expected);
      }
    }
  });
});
