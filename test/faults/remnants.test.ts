import { expect, test } from "vitest";
import { remnants, secretsOfPin, withoutShown } from "./remnants.ts";

const secrets = secretsOfPin("274913");
const memory = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

test("digits of a PIN are found in a memory, backwards and beside a code that was shown too", () => {
  expect(remnants(memory("x2749x"), secrets)).toHaveLength(1);
  expect(remnants(memory("x1947x"), secrets)).toHaveLength(1);
  expect(remnants(withoutShown(memory("5536 1947, then 7491"), ["  5536 1947  "]), secrets)).toHaveLength(1);
});

test.each(["5536 1947", "55361947", "1947", "amount 1947"])(
  "a code that was shown is no PIN, by chance: %s",
  (text) => {
    expect(remnants(memory(text), secrets)).toHaveLength(1);
    expect(remnants(withoutShown(memory(text), ["  5536 1947  "]), secrets)).toEqual([]);
  },
);
