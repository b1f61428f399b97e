import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accountTail, checkChallenge, formatChallenge, makeChallenge } from "./challenge.ts";
import { dataInput } from "./data-input.ts";
import { OtpError, type OtpPart } from "./errors.ts";
import { parseSuite } from "./suite.ts";

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: length, maxLength: length });

const partOf = (action: () => unknown): OtpPart | undefined => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(OtpError);
    return (error as OtpError).part;
  }
  return undefined;
};

/** Challenges that can be made. */
const challenges = fc
  .tuple(digits(4), digits(5))
  .filter(([account, random]) => partOf(() => makeChallenge(account, random)) === undefined)
  .map(([account, random]) => makeChallenge(account, random));

describe("a challenge", () => {
  test("that is made, is accepted; the rest are multiples of 16", () => {
    fc.assert(
      fc.property(digits(4), digits(5), (account, random) => {
        const part = partOf(() => {
          const challenge = makeChallenge(account, random);
          expect(challenge.slice(0, 9)).toBe(account + random);
          checkChallenge(challenge);
          expect(Number(challenge) % 16).not.toBe(0);
        });
        expect([undefined, "multipleOf16"]).toContain(part);
      }),
    );
  });

  test("of ten digits: one check digit in ten is right, and a right one is refused only for a multiple of 16", () => {
    fc.assert(
      fc.property(digits(9), (nine) => {
        const parts = [..."0123456789"].map((last) => partOf(() => checkChallenge(nine + last)));
        expect(parts.filter((part) => part === "checkDigit")).toHaveLength(9);
        const right = parts.findIndex((part) => part !== "checkDigit");
        expect(parts[right]).toBe(Number(nine + right) % 16 === 0 ? "multipleOf16" : undefined);
      }),
    );
  });

  test("with one digit wrong is always refused", () => {
    fc.assert(
      fc.property(challenges, fc.nat(9), fc.integer({ min: 1, max: 9 }), (challenge, at, by) => {
        const wrong = challenge.slice(0, at) + ((Number(challenge[at]) + by) % 10) + challenge.slice(at + 1);
        expect(partOf(() => checkChallenge(wrong))).toBe("checkDigit");
      }),
    );
  });

  test("never shares its QN10 field with another", () => {
    const suite = parseSuite("OCRA-1:HOTP-SHA256-8:QN10");
    const field = (question: string) => Buffer.from(dataInput(suite, { question })).toString("hex");
    fc.assert(
      fc.property(challenges, challenges, (a, b) => {
        expect(field(a) === field(b)).toBe(a === b);
      }),
    );
    // The collisions that a free QN has, each of ten digits: the number and its multiple by a power of 16.
    fc.assert(
      fc.property(challenges, fc.integer({ min: 1, max: 7 }), (challenge, power) => {
        const multiple = String(BigInt(challenge) * 16n ** BigInt(power)).padStart(10, "0");
        if (Number(challenge) > 0) expect(partOf(() => checkChallenge(multiple))).toBeDefined();
      }),
    );
  });

  test("is read in groups of four, five and one", () => expect(formatChallenge("3456830184")).toBe("3456 83018 4"));

  test.each(["", "345683018", "34568301840", "3456 83018 4"])("%j has not ten digits", (text) => {
    expect(partOf(() => checkChallenge(text))).toBe("challenge");
    expect(partOf(() => formatChallenge(text))).toBe("challenge");
  });

  test("whatever the text, only typed errors come out", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 8, maxLength: 12 }), (text) => {
        expect(partOf(() => checkChallenge(text))).toBe("challenge");
      }),
    );
  });
});

describe("what a challenge is made of", () => {
  test.each([
    ["0071000123456", "3456"],
    ["19036", "9036"],
    ["7", "0007"],
    ["0", "0000"],
  ])("of the account %s it takes %s", (account, tail) => expect(accountTail(account)).toBe(tail));

  test.each(["", "12a4", "VN12 3456"])("%j is no account", (account) => {
    expect(partOf(() => accountTail(account))).toBe("account");
  });

  test.each(["", "123", "12345", "12a4"])("%j are not four digits of an account", (tail) => {
    expect(partOf(() => makeChallenge(tail, "12345"))).toBe("account");
  });

  test.each(["", "1234", "123456", "12 45"])("%j are not five random digits", (random) => {
    expect(partOf(() => makeChallenge("1234", random))).toBe("random");
  });
});
