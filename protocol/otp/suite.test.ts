import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { OtpError } from "./errors.ts";
import { parseSuite } from "./suite.ts";
import { parseTimeCodeSuite } from "./time-code.ts";

const hash = fc.constantFrom("sha1", "sha256", "sha512");
const two = (n: number) => String(n).padStart(2, "0");

/** A suite and its text, from the grammar of RFC 6287 6. */
const suites = fc
  .record({
    hash,
    digits: fc.constantFrom(0, 4, 5, 6, 7, 8, 9, 10),
    counter: fc.boolean(),
    questionFormat: fc.constantFrom("A", "N", "H"),
    questionLength: fc.integer({ min: 4, max: 64 }),
    oneDigit: fc.boolean(),
    pinHash: fc.option(hash),
    sessionLength: fc.option(fc.integer({ min: 1, max: 512 })),
    step: fc.option(
      fc.oneof(
        fc.tuple(fc.integer({ min: 1, max: 59 }), fc.constantFrom("S", "M")),
        fc.tuple(fc.integer({ min: 1, max: 48 }), fc.constant("H")),
      ),
    ),
  })
  .map(({ oneDigit, step, sessionLength, ...suite }) => {
    const length = oneDigit ? String(suite.questionLength) : two(suite.questionLength);
    const seconds = { S: 1, M: 60, H: 3600 };
    const text =
      `OCRA-1:HOTP-${suite.hash.toUpperCase()}-${suite.digits}:${suite.counter ? "C-" : ""}` +
      `Q${suite.questionFormat}${length}${suite.pinHash === null ? "" : `-P${suite.pinHash.toUpperCase()}`}` +
      `${sessionLength === null ? "" : `-S${String(sessionLength).padStart(3, "0")}`}` +
      `${step === null ? "" : `-T${step[0]}${step[1]}`}`;
    const timeStepSeconds = step === null ? 0 : step[0] * seconds[step[1] as keyof typeof seconds];
    return { ...suite, text, sessionLength: sessionLength ?? 0, timeStepSeconds };
  });

describe("parseSuite", () => {
  test("reads every suite of the grammar, and keeps its text byte for byte", () => {
    fc.assert(
      fc.property(suites, (suite) => {
        const bytes = new Uint8Array(Buffer.from(suite.text, "latin1"));
        expect(parseSuite(suite.text)).toEqual({ ...suite, bytes });
        expect(parseSuite(suite.text, bytes)).toEqual({ ...suite, bytes });
      }),
      { numRuns: runs(1000) },
    );
  });

  test("reads the RFC's own example of a one-digit length", () => {
    const suite = parseSuite("OCRA-1:HOTP-SHA1-4:QH8-S512");
    expect([suite.questionLength, suite.sessionLength, suite.digits]).toEqual([8, 512, 4]);
  });

  test.each([
    ["nothing", ""],
    ["another algorithm", "OCRA-2:HOTP-SHA1-6:QN08"],
    ["lower case", "ocra-1:hotp-sha1-6:qn08"],
    ["a space at the end", "OCRA-1:HOTP-SHA1-6:QN08 "],
    ["a line feed at the end", "OCRA-1:HOTP-SHA1-6:QN08\n"],
    ["two parts", "OCRA-1:HOTP-SHA1-6"],
    ["four parts", "OCRA-1:HOTP-SHA1-6:QN08:"],
    ["another function", "OCRA-1:TOTP-SHA1-6:QN08"],
    ["SHA-384", "OCRA-1:HOTP-SHA384-6:QN08"],
    ["a property of every object as the hash", "OCRA-1:HOTP-constructor-6:QN08"],
    ["no truncation", "OCRA-1:HOTP-SHA1:QN08"],
    ["an empty truncation", "OCRA-1:HOTP-SHA1-:QN08"],
    ["a truncation of 3", "OCRA-1:HOTP-SHA1-3:QN08"],
    ["a truncation of 11", "OCRA-1:HOTP-SHA1-11:QN08"],
    ["a truncation of 06", "OCRA-1:HOTP-SHA1-06:QN08"],
    ["a truncation of 00", "OCRA-1:HOTP-SHA1-00:QN08"],
    ["no question", "OCRA-1:HOTP-SHA1-6:C"],
    ["no inputs", "OCRA-1:HOTP-SHA1-6:"],
    ["an unknown format", "OCRA-1:HOTP-SHA1-6:QX08"],
    ["no question length", "OCRA-1:HOTP-SHA1-6:QN"],
    ["a question length of 03", "OCRA-1:HOTP-SHA1-6:QN03"],
    ["a question length of 3", "OCRA-1:HOTP-SHA1-6:QN3"],
    ["a question length of 65", "OCRA-1:HOTP-SHA1-6:QN65"],
    ["a question length of 008", "OCRA-1:HOTP-SHA1-6:QN008"],
    ["a question length with a sign", "OCRA-1:HOTP-SHA1-6:QN+8"],
    ["a question length in another script", "OCRA-1:HOTP-SHA1-6:QN\u0660\u0668"],
    ["the counter after the question", "OCRA-1:HOTP-SHA1-6:QN08-C"],
    ["the counter twice", "OCRA-1:HOTP-SHA1-6:C-C-QN08"],
    ["two questions", "OCRA-1:HOTP-SHA1-6:QN08-QN08"],
    ["a PIN without a hash", "OCRA-1:HOTP-SHA1-6:QN08-P"],
    ["a PIN with an unknown hash", "OCRA-1:HOTP-SHA1-6:QN08-PMD5"],
    ["a session without a length", "OCRA-1:HOTP-SHA1-6:QN08-S"],
    ["a session length of two digits", "OCRA-1:HOTP-SHA1-6:QN08-S64"],
    ["a session of 000", "OCRA-1:HOTP-SHA1-6:QN08-S000"],
    ["a session of 513", "OCRA-1:HOTP-SHA1-6:QN08-S513"],
    ["no time step", "OCRA-1:HOTP-SHA1-6:QN08-T"],
    ["no unit", "OCRA-1:HOTP-SHA1-6:QN08-T30"],
    ["no number", "OCRA-1:HOTP-SHA1-6:QN08-TS"],
    ["0 seconds", "OCRA-1:HOTP-SHA1-6:QN08-T0S"],
    ["0 minutes", "OCRA-1:HOTP-SHA1-6:QN08-T0M"],
    ["0 hours", "OCRA-1:HOTP-SHA1-6:QN08-T0H"],
    ["60 seconds", "OCRA-1:HOTP-SHA1-6:QN08-T60S"],
    ["60 minutes", "OCRA-1:HOTP-SHA1-6:QN08-T60M"],
    ["49 hours", "OCRA-1:HOTP-SHA1-6:QN08-T49H"],
    ["a leading zero", "OCRA-1:HOTP-SHA1-6:QN08-T01M"],
    ["days", "OCRA-1:HOTP-SHA1-6:QN08-T1D"],
    ["session and PIN exchanged", "OCRA-1:HOTP-SHA1-6:QN08-S064-PSHA1"],
    ["time and session exchanged", "OCRA-1:HOTP-SHA1-6:QN08-T1M-S064"],
    ["a hyphen at the end", "OCRA-1:HOTP-SHA1-6:QN08-"],
    ["an empty input between", "OCRA-1:HOTP-SHA1-6:QN08--T1M"],
  ])("refuses %s", (_, text) => {
    expect(() => parseSuite(text)).toThrow(expect.objectContaining({ name: "OtpError", part: "suite" }));
  });

  test("a suite with one character changed is another suite or a typed error", () => {
    const changed = fc.tuple(suites, fc.nat(), fc.string({ unit: "binary", maxLength: 2 })).map(([suite, at, put]) => {
      const cut = at % suite.text.length;
      return suite.text.slice(0, cut) + put + suite.text.slice(cut + 1);
    });
    fc.assert(
      fc.property(fc.oneof(changed, fc.string({ unit: "binary", maxLength: 80 })), (text) => {
        try {
          expect(parseSuite(text).text).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(OtpError);
        }
      }),
      { numRuns: runs(2000) },
    );
  });

  test("what an error quotes is short and free of control characters", () => {
    const text = `OCRA-1:HOTP-SHA1-6:QN08-S${"\u001b".repeat(5000)}`;
    expect(() => parseSuite(text)).toThrow(/^[\x20-\x7e]{1,400}$/);
  });
});

describe("parseTimeCodeSuite", () => {
  test("reads every suite of its grammar", () => {
    fc.assert(
      fc.property(hash, fc.integer({ min: 6, max: 10 }), fc.integer({ min: 1, max: 86400 }), (name, digits, period) => {
        const text = `TOTP-${name.toUpperCase()}-${digits}-${period}`;
        expect(parseTimeCodeSuite(text)).toEqual({ text, hash: name, digits, period });
      }),
    );
  });

  test.each([
    "",
    "TOTP-SHA256-8",
    "TOTP-SHA256-8-30-0",
    "HOTP-SHA256-8-30",
    "TOTP-SHA384-8-30",
    "TOTP-SHA256-5-30",
    "TOTP-SHA256-11-30",
    "TOTP-SHA256-08-30",
    "TOTP-SHA256-8-030",
    "TOTP-SHA256-8-0",
    "TOTP-SHA256-8-86401",
    "TOTP-SHA256-8-30 ",
    "totp-sha256-8-30",
  ])("refuses %j", (text) => {
    expect(() => parseTimeCodeSuite(text)).toThrow(expect.objectContaining({ name: "OtpError", part: "suite" }));
  });
});
