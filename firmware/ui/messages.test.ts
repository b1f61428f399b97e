import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";
import { bankMessage } from "./bank-messages.ts";
import { message } from "./messages.ts";
import { orderMessage } from "./order-messages.ts";
import { verifyMessage } from "./verify-messages.ts";

/** Each module of messages, with its function. */
const modules: [string, (language: number, id: never) => string][] = [
  ["messages", message],
  ["order-messages", orderMessage],
  ["bank-messages", bankMessage],
  ["verify-messages", verifyMessage],
];

describe.each(modules)("in %s", (name, say) => {
  const source = readFileSync(new URL(`./${name}.ts`, import.meta.url), "utf8");
  const ids = [...source.matchAll(/case "(\w+)"/g)].map((match) => match[1]);

  test.each(ids)("the message %s fits a line of 21 characters in both languages and differs between them", (id) => {
    const english = say(LANGUAGE_ENGLISH, id as never);
    const vietnamese = say(LANGUAGE_VIETNAMESE, id as never).normalize("NFC");
    expect(vietnamese).toBe(say(LANGUAGE_VIETNAMESE, id as never));
    // A number follows some, and a value a tag.
    const room = ["triesLeft", "waitMinutes"].includes(id) ? 19 : id.endsWith("Tag") ? 4 : 21;
    expect(english.length).toBeLessThanOrEqual(room);
    expect(vietnamese.length).toBeLessThanOrEqual(room);
    expect(vietnamese).not.toBe(english);
  });
});
