import { describe, expect, test } from "vitest";
import { aes128, hashes, wire } from "../../host-tools/crypto/node.ts";
import type { Hash } from "../../protocol/primitives.ts";
import { typescript } from "../crypto/primitives.ts";
import type { Board } from "../hal/board.ts";
import { providerLines, selfTest } from "./self-test.ts";

const board = (parts: Partial<Board> = {}) =>
  ({ hashes, aes128, wire, providers: typescript.providers, broken: [], ...parts }) as unknown as Board;

describe("the self-test", () => {
  test("passes a board that computes rightly", () => {
    expect(selfTest(board())).toEqual([]);
  });

  test("names a primitive that answers wrongly", () => {
    const wrong: Hash = { ...hashes.sha512, hmac: () => new Uint8Array(64), hmacStates: () => [] };
    expect(selfTest(board({ hashes: { ...hashes, sha512: wrong } }))).toEqual(["sha512"]);
    const stuck = (key: Uint8Array) => ({ ...aes128(key), encryptBlock: (block: Uint8Array) => block.slice() });
    expect(selfTest(board({ aes128: stuck }))).toEqual(["aes128"]);
  });

  test("names one whose machine code is broken, though its substitute answers rightly", () => {
    expect(selfTest(board({ broken: ["sha256"] }))).toEqual(["sha256"]);
  });
});

test("each provider has a line with what it computes, in 21 characters", () => {
  expect(providerLines(board())).toEqual(["script 1 256 512 AES"]);
  const providers = { sha1: "thumb", sha256: "typescript", sha512: "thumb", aes128: "espruino" } as const;
  expect(providerLines(board({ providers }))).toEqual(["native AES", "thumb 1 512", "script 256"]);
  for (const line of providerLines(board())) expect(line.length).toBeLessThanOrEqual(21);
});
