import { expect, test } from "vitest";
import { parseCounterCodeSuite } from "./counter-code.ts";

test("the suite of a counter code names hash and digits", () => {
  const text = "HOTP-SHA256-8";
  expect(parseCounterCodeSuite(text)).toEqual({ text, hash: "sha256", digits: 8 });
  expect(parseCounterCodeSuite("HOTP-SHA1-10")).toMatchObject({ hash: "sha1", digits: 10 });
});

test.each([
  "",
  "HOTP",
  "HOTP-SHA1-5",
  "HOTP-SHA1-11",
  "HOTP-SHA1-06",
  "HOTP-MD5-6",
  "TOTP-SHA1-6-30",
  "HOTP-SHA1-6-30",
])("%j is none", (text) =>
  expect(() => parseCounterCodeSuite(text)).toThrow(expect.objectContaining({ part: "suite" })),
);
