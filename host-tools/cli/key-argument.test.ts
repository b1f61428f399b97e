import fc from "fast-check";
import { ScureBase32Plugin } from "otplib";
import { describe, expect, test } from "vitest";
import { parseHex, parseKey } from "./key-argument.ts";
import { UsageError } from "./usage-error.ts";

const base32 = new ScureBase32Plugin();
const keys = fc.uint8Array({ minLength: 1, maxLength: 80 });

describe("a key on the command line", () => {
  test("is the same from hex and from base32, whatever its case, blanks and padding", () => {
    fc.assert(
      fc.property(keys, fc.boolean(), (key, padding) => {
        const hex = Buffer.from(key).toString("hex");
        const encoded = base32.encode(key, { padding });
        for (const text of [
          hex,
          hex.toUpperCase(),
          `hex:${hex}`,
          `base32:${encoded}`,
          `BASE32:${encoded.toLowerCase()}`,
        ]) {
          expect(parseKey(text, "--key")).toEqual(key);
        }
        expect(parseKey(`base32:${encoded.replace(/(.{4})/g, "$1 ")}`, "--key")).toEqual(key);
        if (!/^[0-9a-f]*$/i.test(encoded)) expect(parseKey(encoded, "--key")).toEqual(key);
      }),
    );
  });

  test("of hex digits in pairs is hex, unless it says base32", () => {
    expect(parseKey("ABCDEF234567ABCD", "--key")).toHaveLength(8);
    expect(parseKey("base32:ABCDEF234567ABCD", "--key")).toHaveLength(10);
  });

  test.each([
    "",
    " ",
    "hex:",
    "base32:",
    "abc",
    "hex:abc",
    "hex:GEZDGNBV",
    "0x3132",
    "GEZDGNB1",
    "GEZDGNBVG",
    "GEZ",
    "GEZDGNBVGYZ",
    "base32:AB",
    "=",
    "MZ=XW",
  ])("refuses %j and does not repeat it", (text) => {
    let message = "";
    try {
      parseKey(text, "--key");
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      message = (error as UsageError).message;
    }
    expect(message).toMatch(/^--key: /);
    if (text.trim().length > 3) expect(message).not.toContain(text);
  });

  test("of arbitrary text is a key or wrong usage", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        for (const parse of [parseKey, parseHex]) {
          try {
            expect(parse(text, "--key").length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
          }
        }
      }),
    );
  });
});
