import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";
import { bankMessage } from "./bank-messages.ts";
import { clockMessage } from "./clock-messages.ts";
import { message } from "./messages.ts";
import { orderMessage } from "./order-messages.ts";
import { settingsMessage } from "./settings-messages.ts";
import { verifyMessage } from "./verify-messages.ts";

/** Each module of messages, with its function. */
const modules: [string, (language: number, id: never) => string][] = [
  ["messages", message],
  ["order-messages", orderMessage],
  ["bank-messages", bankMessage],
  ["verify-messages", verifyMessage],
  ["clock-messages", clockMessage],
  ["settings-messages", settingsMessage],
];

/** Characters that a message leaves to what shares its line, where that is something. */
const company: Record<string, number> = {
  triesLeft: 2,
  waitMinutes: 2,
  // The list's own number stands before it.
  selfTest: 2,
  changePin: 2,
  otherLanguage: 2,
  easyOn: 2,
  easyOff: 2,
  clockMenu: 2,
  versionsMenu: 2,
  // A date, a number of days with the drift, a version.
  clockSet: 10,
  clockDrift: 15,
  driftDays: 15,
  firmwareVersion: 8,
  keyVersion: 3,
  assuranceClass: 1,
};

describe.each(modules)("in %s", (name, say) => {
  const source = readFileSync(new URL(`./${name}.ts`, import.meta.url), "utf8");
  const ids = [...source.matchAll(/case "(\w+)"/g)].map((match) => match[1]);

  test.each(ids)("the message %s fits a line of 21 characters in both languages and differs between them", (id) => {
    const english = say(LANGUAGE_ENGLISH, id as never);
    const vietnamese = say(LANGUAGE_VIETNAMESE, id as never).normalize("NFC");
    expect(vietnamese).toBe(say(LANGUAGE_VIETNAMESE, id as never));
    const room = id.endsWith("Tag") ? 4 : 21 - (company[id] ?? 0);
    expect(english.length).toBeLessThanOrEqual(room);
    expect(vietnamese.length).toBeLessThanOrEqual(room);
    expect(vietnamese).not.toBe(english);
  });
});
