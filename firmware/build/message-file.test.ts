import { parse } from "acorn";
import { expect, test } from "vitest";
import { applyEdits } from "./edits.ts";
import { buildMessages, numberMessages, storedMessages, wordsIn } from "./message-file.ts";

const numbers = new Map([
  ["refused", 1],
  ["settings", 12],
]);
const numbered = (source: string) =>
  applyEdits(source, numberMessages(parse(source, { ecmaVersion: "latest", sourceType: "module" }), numbers)).text;

test("a word for a message is a number, wherever it is handed on or compared", () => {
  expect(numbered('say("refused");x=a==="settings"?"menu":b')).toBe('say((1));x=a===(12)?"menu":b');
  expect(numbered('switch(x){case"refused":y()}')).toBe("switch(x){case(1):y()}");
});

test.each(['x={"refused":1}', 'x["refused"]'])("such a word can be no member's name: %s", (source) => {
  expect(() => numbered(source)).toThrow('"refused" is a message');
});

test("every message has a number of its own, and none is 0", () => {
  const { numbers, texts } = buildMessages();
  expect(new Set(numbers.values()).size).toBe(numbers.size);
  expect(Math.min(...numbers.values())).toBe(1);
  expect(texts.length).toBe(2 * numbers.size);
});

test("a bundle has the messages whose words stand in it", () => {
  const said = wordsIn(parse('a("refused");b="settings"+"nothing"', { ecmaVersion: "latest" }));
  expect([...buildMessages(said).numbers.keys()].sort()).toEqual(["refused", "settings"]);
});

test("a module of messages reads the file in a bundle, and no other module does", () => {
  expect(storedMessages("bank-messages.ts")).toContain("bankMessage");
  expect(storedMessages("face.ts")).toBeUndefined();
});
