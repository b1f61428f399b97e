/** The order's encoding and the readable challenge, against their vectors, down to the code that the customer reads. */
import { describe, expect, test } from "vitest";
import { hashes } from "../../host-tools/crypto/node.ts";
import { accountTail, checkChallenge, formatChallenge, makeChallenge } from "../../protocol/otp/challenge.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { OtpError, type OtpPart } from "../../protocol/otp/errors.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { decodeOrder, encodeOrder, orderQuestion } from "../../protocol/otp/order.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import vectors from "../vectors/order.json" with { type: "json" };

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");
const key = bytes(vectors.keyHex);

/** The part that a refusal names, or undefined when there was none. */
function partOf(action: () => unknown): OtpPart | undefined {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(OtpError);
    return (error as OtpError).part;
  }
  return undefined;
}

describe("an order", () => {
  for (const vector of vectors.orders) {
    test(`${vector.name}: bytes, question and code`, () => {
      const fields = vector.fields.map((field) => ({ tag: parseInt(field.tag, 16), value: bytes(field.valueHex) }));
      const order = encodeOrder(vector.template, fields);
      expect(hex(order)).toBe(vector.orderHex);
      expect(decodeOrder(order)).toEqual({ template: vector.template, fields });
      expect(orderQuestion(hashes.sha256, order)).toBe(vector.question);
      const inputs = { question: vector.question, timeStep: counterFromNumber(vector.timeStep) };
      expect(ocra(hashes, key, parseSuite(vectors.suite), inputs)).toBe(vector.code);
    });
  }

  test("no two of the vectors share a question", () => {
    expect(new Set(vectors.orders.map((vector) => vector.question)).size).toBe(vectors.orders.length);
  });

  const parts: Record<string, OtpPart> = {
    "tags not ascending": "tag",
    "tag twice": "tag",
    "amount with a leading zero": "amount",
    "amount not digits": "amount",
    "name not NFC": "payeeName",
    "name with a right-to-left mark": "payeeName",
    "invalid UTF-8": "payeeName",
    "unknown tag": "tag",
    "bytes after the last field": "order",
    "length runs past the end": "order",
  };
  for (const vector of vectors.refused) {
    test(`is refused for its own fault: ${vector.name}`, () => {
      expect(partOf(() => decodeOrder(bytes(vector.orderHex)))).toBe(parts[vector.name]);
    });
  }
});

describe("a readable challenge", () => {
  const suite = parseSuite(vectors.readableChallenge.suite);
  for (const vector of vectors.readableChallenge.vectors) {
    test(`${vector.challenge} for the account ${vector.account}`, () => {
      const challenge = makeChallenge(accountTail(vector.account), vector.random);
      expect(challenge).toBe(vector.challenge);
      checkChallenge(challenge);
      expect(formatChallenge(challenge).replaceAll(" ", "")).toBe(challenge);
      const inputs = { question: challenge, timeStep: counterFromNumber(vector.timeStep) };
      expect(ocra(hashes, key, suite, inputs)).toBe(vector.code);
    });
  }

  const parts: Record<string, OtpPart> = {
    "wrong check digit": "checkDigit",
    "multiple of 16": "multipleOf16",
    "nine digits": "challenge",
  };
  for (const vector of vectors.readableChallenge.refused) {
    test(`is refused for its own fault: ${vector.name}`, () => {
      expect(partOf(() => checkChallenge(vector.challenge))).toBe(parts[vector.name]);
    });
  }
});
