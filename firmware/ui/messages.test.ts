import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LANGUAGE_ENGLISH, LANGUAGE_VIETNAMESE } from "../../protocol/apdu/credential-kind.ts";
import { type Message, message } from "./messages.ts";

const source = readFileSync(new URL("./messages.ts", import.meta.url), "utf8");
const ids = [...source.matchAll(/case "(\w+)"/g)].map((match) => match[1] as Message);

test.each(ids)("the message %s fits a line of 21 characters in both languages and differs between them", (id) => {
  const english = message(LANGUAGE_ENGLISH, id);
  const vietnamese = message(LANGUAGE_VIETNAMESE, id).normalize("NFC");
  expect(vietnamese).toBe(message(LANGUAGE_VIETNAMESE, id));
  // A number follows "tries left".
  const room = id === "triesLeft" ? 19 : 21;
  expect(english.length).toBeLessThanOrEqual(room);
  expect(vietnamese.length).toBeLessThanOrEqual(room);
  expect(vietnamese).not.toBe(english);
});
