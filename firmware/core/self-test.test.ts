import { describe, expect, test } from "vitest";
import { aes128, hashes, wire } from "../../host-tools/crypto/node.ts";
import type { Hash } from "../../protocol/primitives.ts";
import { typescript } from "../crypto/typescript.part.ts";
import type { Board } from "../hal/board.ts";
import type { Primitives } from "../hal/primitives.ts";
import { selfTest } from "./self-test.part.ts";

const board = (parts: Partial<Primitives> = {}) =>
  ({ wire, primitives: { ...typescript(), hashes, loadAes128: () => aes128, ...parts } }) as unknown as Board;

describe("the self-test", () => {
  test("passes a board that computes rightly", () => {
    expect(selfTest(board()).failed).toEqual([]);
  });

  test("names a primitive that answers wrongly", () => {
    const wrong: Hash = { ...hashes.sha512, hmac: () => new Uint8Array(64), hmacStates: () => [] };
    expect(selfTest(board({ hashes: { ...hashes, sha512: wrong } })).failed).toEqual(["sha512"]);
    const stuck = (key: Uint8Array) => ({ ...aes128(key), encryptBlock: (block: Uint8Array) => block.slice() });
    expect(selfTest(board({ loadAes128: () => stuck })).failed).toEqual(["aes128"]);
  });

  test("names one whose machine code is broken, though its substitute answers rightly", () => {
    expect(selfTest(board({ broken: ["sha256"] })).failed).toEqual(["sha256"]);
  });
});

test("each provider has a line with what it computes, in 21 characters", () => {
  expect(selfTest(board()).lines).toEqual(["script 1 256 512 AES"]);
  const providers = { sha1: "thumb", sha256: "typescript", sha512: "thumb", aes128: "espruino" } as const;
  expect(selfTest(board({ providers })).lines).toEqual(["native AES", "thumb 1 512", "script 256"]);
  for (const line of selfTest(board()).lines) expect(line.length).toBeLessThanOrEqual(21);
});
