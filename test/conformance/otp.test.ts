/** The published vectors: SHA, HMAC, HOTP, TOTP, OCRA; and OCRA where Appendix C has none. */
import { describe, expect, test } from "vitest";
import { hashes } from "../../host-tools/crypto/node.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { dataInput, type OcraInputs } from "../../protocol/otp/data-input.ts";
import { hmac } from "../../protocol/otp/hmac.ts";
import { hotp } from "../../protocol/otp/hotp.ts";
import { ocra, ocraMac, ocraTimeStep } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { timeStep, totp } from "../../protocol/otp/totp.ts";
import { truncate } from "../../protocol/otp/truncate.ts";
import type { HashName } from "../../protocol/primitives.ts";
import hmacVectors from "../vectors/hmac.json" with { type: "json" };
import hotpVectors from "../vectors/hotp-rfc4226.json" with { type: "json" };
import edgeVectors from "../vectors/ocra-edge.json" with { type: "json" };
import ocraVectors from "../vectors/ocra-rfc6287.json" with { type: "json" };
import shaVectors from "../vectors/sha.json" with { type: "json" };
import totpVectors from "../vectors/totp-rfc6238.json" with { type: "json" };

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

interface AppendixC {
  key: string;
  question: string;
  /** In mutual mode: the other side's challenge, the own one. */
  questionParts?: string[];
  counter?: number;
  dataInputHex: string;
  hmacHex: string;
  ocra: string;
}

const names: HashName[] = ["sha1", "sha256", "sha512"];

describe("hash functions (FIPS 180-4)", () => {
  let compared = 0;
  for (const vector of shaVectors.vectors) {
    const [text, times] = (vector.msgRepeat as [string, number] | null) ?? [vector.msgAscii as string, 1];
    test(`${JSON.stringify(text.slice(0, 20))} x ${times}`, () => {
      const message = new Uint8Array(Buffer.from(text.repeat(times), "latin1"));
      for (const name of names) {
        const digest = (vector as Record<string, unknown>)[name];
        if (digest === undefined) continue;
        expect(hex(hashes[name].digest(message)), name).toBe(digest);
        compared++;
      }
    });
  }
  test("no vector went by uncompared", () => expect(compared).toBeGreaterThanOrEqual(2 * shaVectors.vectors.length));
});

describe("HMAC (RFC 2202, RFC 4231)", () => {
  for (const vector of hmacVectors.vectors) {
    test(vector.source, () => {
      let compared = 0;
      for (const name of names) {
        const expected = (vector as Record<string, string | undefined>)[name];
        if (expected === undefined) continue;
        expect(hex(hmac(hashes[name], bytes(vector.key), bytes(vector.data)))).toBe(expected);
        compared++;
      }
      expect(compared).toBeGreaterThan(0);
    });
  }
});

describe("HOTP (RFC 4226, Appendix D)", () => {
  for (const vector of hotpVectors.vectors) {
    test(`count ${vector.counter}`, () => {
      const key = bytes(hotpVectors.keyHex);
      const counter = counterFromNumber(vector.counter);
      expect(hex(counter)).toBe(vector.counterHex);
      const mac = hmac(hashes.sha1, key, counter);
      expect(hex(mac)).toBe(vector.hmacSha1);
      expect(Number(truncate(mac, 10))).toBe(vector.truncatedDec);
      expect(hotp(hashes.sha1, key, counter, 6)).toBe(vector.otp6);
    });
  }
});

describe("TOTP (RFC 6238, Appendix B)", () => {
  for (const vector of totpVectors.vectors) {
    test(`${vector.mode} at ${vector.utc}`, () => {
      const hash = hashes[vector.mode.toLowerCase() as HashName];
      const key = bytes(vector.keyHex);
      expect(hex(timeStep(vector.unixTime, 30, 0))).toBe(vector.THex.toLowerCase());
      expect(totp(hash, key, vector.unixTime, 30, 0, 8)).toBe(vector.otp8);
      expect(totp(hash, key, vector.unixTime, 30, 0, 6)).toBe(vector.otp6);
    });
  }
});

describe("OCRA (RFC 6287, Appendix C)", () => {
  const keys: Record<string, string> = ocraVectors.keys;
  let count = 0;
  for (const group of ocraVectors.groups) {
    const suite = parseSuite(group.suite);
    for (const vector of group.vectors as AppendixC[]) {
      count++;
      test(`${group.section} ${group.side ?? ""} ${group.suite} ${vector.question} ${vector.counter ?? ""}`, () => {
        const [question, secondQuestion] = vector.questionParts ?? [vector.question];
        const inputs: OcraInputs = {
          question,
          secondQuestion,
          counter: suite.counter ? counterFromNumber(Number(vector.counter)) : undefined,
          pinHash: suite.pinHash === null ? undefined : bytes(ocraVectors.pin.sha1),
          timeStep: suite.timeStepSeconds > 0 ? ocraTimeStep(suite, ocraVectors.time.unixSeconds) : undefined,
        };
        const key = bytes(keys[vector.key]);
        expect(hex(dataInput(suite, inputs))).toBe(vector.dataInputHex);
        expect(hex(ocraMac(hashes, key, suite, inputs))).toBe(vector.hmacHex);
        expect(ocra(hashes, key, suite, inputs)).toBe(vector.ocra);
      });
    }
  }
  test("all 70 vectors are there", () => expect(count).toBe(70));
});

describe("OCRA beyond Appendix C", () => {
  for (const vector of edgeVectors.vectors) {
    test(`${vector.name} ${vector.note}`, () => {
      const suite = parseSuite(vector.suite);
      const inputs: OcraInputs = { question: vector.Q, pinHash: vector.P === undefined ? undefined : bytes(vector.P) };
      expect(hex(dataInput(suite, inputs))).toBe(vector.dataInputHex);
      expect(hex(ocraMac(hashes, bytes(vector.keyHex), suite, inputs))).toBe(vector.hmacHex);
      expect(ocra(hashes, bytes(vector.keyHex), suite, inputs)).toBe(vector.ocra);
    });
  }
});
