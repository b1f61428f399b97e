import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashes } from "../../host-tools/crypto/node.ts";
import { runs } from "../../test/fuzz/runs.ts";
import { dataInput, type OcraInputs } from "./data-input.ts";
import { OtpError, type OtpPart } from "./errors.ts";
import { ocra, ocraMac, ocraTimeStep } from "./ocra.ts";
import { parseSuite } from "./suite.ts";

const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const characters = (alphabet: string, min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: min, maxLength: max });
const digits = (max: number) => characters("0123456789", 1, max);
const hexDigits = (max: number) => characters("0123456789abcdefABCDEF", 1, max);

/** The 128 bytes of Q, as hex, for a suite of one question alone. */
const questionField = (inputs: string, question: string, secondQuestion?: string) => {
  const suite = parseSuite(`OCRA-1:HOTP-SHA1-6:${inputs}`);
  const data = dataInput(suite, { question, secondQuestion });
  expect(data.length).toBe(suite.text.length + 1 + 128);
  expect(Buffer.from(data.subarray(0, suite.text.length)).toString("latin1")).toBe(suite.text);
  expect(data[suite.text.length]).toBe(0);
  return hex(data.subarray(suite.text.length + 1));
};

const partOf = (suite: string, inputs: OcraInputs): OtpPart | undefined => {
  try {
    dataInput(parseSuite(suite), inputs);
  } catch (error) {
    expect(error).toBeInstanceOf(OtpError);
    return (error as OtpError).part;
  }
  return undefined;
};

describe("Q", () => {
  test("QN is the number in its shortest hex, then zero nibbles, for 1 to 64 digits", () => {
    fc.assert(
      fc.property(digits(64), (question) => {
        expect(questionField("QN64", question)).toBe(BigInt(question).toString(16).padEnd(256, "0"));
      }),
      { numRuns: runs(1000) },
    );
  });

  test("QN carries through every digit: powers of ten and of two, and their neighbours", () => {
    const edges: bigint[] = [];
    for (let n = 0n; n < 64n; n++) edges.push(10n ** n - 1n, 10n ** n);
    for (let n = 0n; n <= 212n; n++) edges.push(2n ** n - 1n, 2n ** n);
    for (const edge of edges) {
      expect(questionField("QN64", edge.toString())).toBe(edge.toString(16).padEnd(256, "0"));
    }
  });

  test("QN is not injective: 625000, 10000000 and 160000000 are one field, and so are q and 00q", () => {
    const fields = ["625000", "10000000", "160000000", "000625000"].map((question) => questionField("QN10", question));
    expect(new Set(fields).size).toBe(1);
  });

  test("QH is its nibbles as they are, an odd last one high, whatever the case", () => {
    fc.assert(
      fc.property(hexDigits(64), (question) => {
        expect(questionField("QH64", question)).toBe(question.toLowerCase().padEnd(256, "0"));
      }),
    );
  });

  test("QA is its bytes", () => {
    fc.assert(
      fc.property(characters("09azAZ5mM", 1, 64), (question) => {
        expect(questionField("QA64", question)).toBe(Buffer.from(question).toString("hex").padEnd(256, "0"));
      }),
    );
  });

  test("in mutual mode the other side's challenge comes first, and both are encoded as one text", () => {
    expect(questionField("QA08", "CLI22220", "SRV11110")).toBe(questionField("QA16", "CLI22220SRV11110"));
    expect(questionField("QH08", "abc", "12345")).toBe("abc12345".padEnd(256, "0"));
    expect(questionField("QA64", "a".repeat(64), "b".repeat(64))).toBe("61".repeat(64) + "62".repeat(64));
  });

  test("mutual mode is refused for QN", () => {
    expect(partOf("OCRA-1:HOTP-SHA1-6:QN08", { question: "1", secondQuestion: "2" })).toBe("secondQuestion");
  });

  test.each([
    ["QN08", ""],
    ["QN08", "123456789"],
    ["QN08", "12a4"],
    ["QN08", "-1"],
    ["QN08", "1\n"],
    ["QN08", " 1"],
    ["QN08", "\u0661"],
    ["QH08", ""],
    ["QH08", "123456789"],
    ["QH08", "12g4"],
    ["QH08", "0x12"],
    ["QA08", ""],
    ["QA08", "123456789"],
    ["QA08", "a b"],
    ["QA08", "a\u0000"],
    ["QA08", "\u00e9"],
  ])("%s refuses %j, as first and as second question", (inputs, question) => {
    const suite = `OCRA-1:HOTP-SHA1-6:${inputs}`;
    expect(partOf(suite, { question })).toBe("question");
    if (!inputs.startsWith("QN")) {
      expect(partOf(suite, { question: "1", secondQuestion: question })).toBe("secondQuestion");
    }
  });

  test("a question that is none is a typed error, too", () => {
    expect(partOf("OCRA-1:HOTP-SHA1-6:QN08", {} as OcraInputs)).toBe("question");
  });
});

describe("C, P, S and T", () => {
  const all = "OCRA-1:HOTP-SHA512-10:C-QA64-PSHA512-S512-T48H";
  const full = {
    question: "q",
    counter: new Uint8Array(8).fill(0xc0),
    pinHash: new Uint8Array(64).fill(0x50),
    session: new Uint8Array(512).fill(0x53),
    timeStep: new Uint8Array(8).fill(0x54),
  };

  test("stand in this order around Q, each in its whole length", () => {
    expect(hex(dataInput(parseSuite(all), full))).toBe(
      Buffer.from(`${all}\0`, "latin1").toString("hex") +
        "c0".repeat(8) +
        "71".padEnd(256, "0") +
        "50".repeat(64) +
        "53".repeat(512) +
        "54".repeat(8),
    );
  });

  test("S is padded to the left", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (session) => {
        const data = dataInput(parseSuite("OCRA-1:HOTP-SHA1-6:QN08-S064"), { question: "1", session });
        expect(hex(data.subarray(data.length - 64))).toBe(hex(session).padStart(128, "0"));
      }),
    );
  });

  test("a counter of 0 is a counter", () => {
    const suite = parseSuite("OCRA-1:HOTP-SHA1-6:C-QN08");
    expect(dataInput(suite, { question: "0", counter: new Uint8Array(8) }).length).toBe(suite.text.length + 1 + 136);
  });

  const parts = ["counter", "pinHash", "session", "timeStep"] as const;
  test.each(parts)("%s: missing, superfluous, empty or of a wrong length, it is a typed error of its name", (part) => {
    expect(partOf(all, { ...full, [part]: undefined })).toBe(part);
    expect(partOf(all, { ...full, [part]: new Uint8Array(0) })).toBe(part);
    expect(partOf(all, { ...full, [part]: new Uint8Array(513) })).toBe(part);
    expect(partOf("OCRA-1:HOTP-SHA1-6:QA64", { question: "q", [part]: full[part] })).toBe(part);
  });

  test.each([
    ["PSHA1", 20],
    ["PSHA256", 32],
    ["PSHA512", 64],
  ])("%s has exactly %s bytes", (name, length) => {
    for (const wrong of [20, 32, 64, length - 1, length + 1]) {
      const part = partOf(`OCRA-1:HOTP-SHA1-6:QN08-${name}`, { question: "1", pinHash: new Uint8Array(wrong) });
      expect(part).toBe(wrong === length ? undefined : "pinHash");
    }
  });
});

describe("ocra", () => {
  const key = new Uint8Array(20).fill(0x31);

  test("no error carries the key, the PIN hash, the session or the question", () => {
    const secret = new Uint8Array(21).fill(0xa7);
    for (const inputs of ["QN08-PSHA1", "QN08-S020", "C-QN08", "QN08-T1M"]) {
      for (const given of [{ pinHash: secret }, { session: secret }, { counter: secret }, { timeStep: secret }]) {
        try {
          ocra(hashes, key, parseSuite(`OCRA-1:HOTP-SHA1-6:${inputs}`), { question: "12345678", ...given });
          expect.unreachable();
        } catch (error) {
          expect(String(error)).toMatch(/^OtpError: /);
          expect(String(error)).not.toMatch(/167|a7|12345678/i);
        }
      }
    }
  });

  test("an empty key is refused", () => {
    const suite = parseSuite("OCRA-1:HOTP-SHA1-6:QN08");
    expect(() => ocraMac(hashes, new Uint8Array(0), suite, { question: "1" })).toThrow(
      expect.objectContaining({ part: "key" }),
    );
  });

  test("the time step counts in the suite's unit, and a suite without T has none", () => {
    const step = (t: string, time: number) =>
      Buffer.from(ocraTimeStep(parseSuite(`OCRA-1:HOTP-SHA1-6:QN08-T${t}`), time)).readBigUInt64BE();
    expect(step("30S", 59)).toBe(1n);
    expect(step("1M", 1206446790)).toBe(0x132d0b6n);
    expect(step("48H", 48 * 3600 * 7)).toBe(7n);
    expect(() => ocraTimeStep(parseSuite("OCRA-1:HOTP-SHA1-6:QN08"), 59)).toThrow(
      expect.objectContaining({ part: "timeStep" }),
    );
    expect(() => step("1M", -1)).toThrow(expect.objectContaining({ part: "time" }));
  });

  test("suites whose texts differ give different MACs for the same inputs: QH8 is not QH08", () => {
    const mac = (suite: string) => hex(ocraMac(hashes, key, parseSuite(suite), { question: "abc" }));
    expect(mac("OCRA-1:HOTP-SHA1-6:QH8")).not.toBe(mac("OCRA-1:HOTP-SHA1-6:QH08"));
  });

  test("whatever the inputs, only typed errors come out", () => {
    const maybeBytes = fc.option(fc.uint8Array({ maxLength: 70 }), { nil: undefined });
    const text = fc.oneof(digits(12), fc.string({ unit: "binary", maxLength: 70 }));
    const suites = fc.constantFrom(
      "OCRA-1:HOTP-SHA1-6:QN08",
      "OCRA-1:HOTP-SHA256-8:C-QN10-PSHA1",
      "OCRA-1:HOTP-SHA512-0:QA10-T1M",
      "OCRA-1:HOTP-SHA1-4:QH8-S064",
    );
    fc.assert(
      fc.property(
        suites,
        text,
        fc.option(text, { nil: undefined }),
        maybeBytes,
        maybeBytes,
        maybeBytes,
        maybeBytes,
        (suite, question, secondQuestion, counter, pinHash, session, timeStep) => {
          const inputs = { question, secondQuestion, counter, pinHash, session, timeStep };
          try {
            expect(ocra(hashes, key, parseSuite(suite), inputs)).toMatch(/^[0-9a-f]+$/);
          } catch (error) {
            expect(error).toBeInstanceOf(OtpError);
          }
        },
      ),
      { numRuns: runs(1000) },
    );
  });
});
