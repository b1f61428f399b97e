import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ENGLISH, type Message, message, VIETNAMESE } from "./messages.ts";

const source = readFileSync(new URL("./messages.ts", import.meta.url), "utf8");
const ids = [...source.matchAll(/case "(\w+)"/g)].map((match) => match[1] as Message);

test.each(ids)("the message %s fits a line of 21 characters in both languages and differs between them", (id) => {
  const english = message(ENGLISH, id);
  const vietnamese = message(VIETNAMESE, id).normalize("NFC");
  expect(vietnamese).toBe(message(VIETNAMESE, id));
  // A number follows "tries left".
  const room = id === "triesLeft" ? 19 : 21;
  expect(english.length).toBeLessThanOrEqual(room);
  expect(vietnamese.length).toBeLessThanOrEqual(room);
  expect(vietnamese).not.toBe(english);
});
