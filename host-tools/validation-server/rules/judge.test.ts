import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashes } from "../../crypto/node.ts";
import { type CredentialSuite, credentialSuite, SuiteError } from "./credential-suite.ts";
import { judge } from "./judge.ts";

const seed = new Uint8Array(32).fill(7);
const suite = credentialSuite("time-code", "TOTP-SHA256-8-30");
const window = { back: 2, forward: 1 };
const at = (step: number) => step * 30_000;
const question = { suite, window, drift: 0, lastStep: -1, question: "" };

describe("a code", () => {
  it("is right within the window around the drift and wrong outside", () => {
    const small = fc.integer({ min: -6, max: 6 });
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 2 ** 32 }), small, small, (now, drift, offset) => {
        const step = now + drift + offset;
        const code = suite.codeAt(hashes, seed, step, "");
        const judgement = judge(hashes, seed, { ...question, drift }, code, at(now) + 29_999);
        if (offset >= -2 && offset <= 1) expect(judgement).toEqual({ verdict: "right", step });
        else expect(judgement).toEqual({ verdict: "wrong" });
      }),
    );
  });

  it("of a step that was accepted, or of one before it, is used", () => {
    for (const lastStep of [999, 1000, 1001]) {
      const code = suite.codeAt(hashes, seed, 1000, "");
      const { verdict } = judge(hashes, seed, { ...question, lastStep }, code, at(1000));
      expect(verdict).toBe(lastStep < 1000 ? "right" : "used");
    }
  });

  it("of another length, or of no digits, is wrong", () => {
    const code = suite.codeAt(hashes, seed, 1000, "");
    for (const other of ["", code.slice(1), `${code}0`, ` ${code}`, "٠١٢٣٤٥٦٧"])
      expect(judge(hashes, seed, question, other, at(1000)).verdict).toBe("wrong");
  });

  it("costs the same number of computations wherever it matches, and where it does not", () => {
    let computed = 0;
    const counting: CredentialSuite = {
      ...suite,
      codeAt: (...args) => {
        computed++;
        return suite.codeAt(...args);
      },
    };
    for (const step of [998, 999, 1000, 1001, 5]) {
      computed = 0;
      judge(hashes, seed, { ...question, suite: counting }, suite.codeAt(hashes, seed, step, ""), at(1000));
      expect(computed).toBe(4);
    }
  });

  it("that two steps share counts for the one that was not used", () => {
    const same: CredentialSuite = { ...suite, codeAt: () => "00000000" };
    const judged = (lastStep: number) =>
      judge(hashes, seed, { ...question, suite: same, lastStep }, "00000000", at(1000));
    expect(judged(-1)).toEqual({ verdict: "right", step: 998 });
    expect(judged(999)).toEqual({ verdict: "right", step: 1000 });
    expect(judged(1001)).toEqual({ verdict: "used" });
  });

  it("can be judged in the first seconds of 1970", () => {
    expect(judge(hashes, seed, question, suite.codeAt(hashes, seed, 0, ""), 0)).toEqual({ verdict: "right", step: 0 });
  });
});

describe("a suite", () => {
  it("of a time code has a hash, 6 to 10 digits and a period", () => {
    expect(credentialSuite("time-code", "TOTP-SHA1-6-30")).toMatchObject({ digits: 6, period: 30 });
    expect(credentialSuite("time-code", "TOTP-SHA512-8-60")).toMatchObject({ digits: 8, period: 60 });
    for (const text of ["TOTP-MD5-6-30", "TOTP-SHA1-5-30", "TOTP-SHA1-6-0", "TOTP-SHA1-06-30", "HOTP-SHA1-6", ""])
      expect(() => credentialSuite("time-code", text), text).toThrow(SuiteError);
  });

  it("of a challenge asks for ten digits and has a time step, and nothing that the customer does not type", () => {
    expect(credentialSuite("challenge", "OCRA-1:HOTP-SHA256-8:QN10-T30S")).toMatchObject({ digits: 8, period: 30 });
    const refused = [
      "OCRA-1:HOTP-SHA256-8:QN10",
      "OCRA-1:HOTP-SHA256-8:QN08-T30S",
      "OCRA-1:HOTP-SHA256-8:QA10-T30S",
      "OCRA-1:HOTP-SHA256-8:C-QN10-T30S",
      "OCRA-1:HOTP-SHA256-8:QN10-PSHA1-T30S",
      "OCRA-1:HOTP-SHA256-8:QN10-S064-T30S",
      "OCRA-1:HOTP-SHA256-4:QN10-T30S",
      "OCRA-1:HOTP-SHA256-0:QN10-T30S",
      "TOTP-SHA256-8-30",
    ];
    for (const text of refused) expect(() => credentialSuite("challenge", text), text).toThrow(SuiteError);
  });
});
