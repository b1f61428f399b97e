import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { arrayArguments, isArrayBuffer } from "./array-arguments.ts";
import { bytesOf } from "./byte-arguments.ts";
import { Uint24Array } from "./uint24-array.ts";

/** As Jest has it: what a test makes, and what the modules that it imports call an ArrayBuffer, are of two realms. */
const foreign: ArrayBuffer = runInNewContext("new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer");

test("a buffer is one in whichever realm it was made, and nothing else is", () => {
  expect(foreign).not.toBeInstanceOf(ArrayBuffer);
  expect([foreign, new ArrayBuffer(1)].map(isArrayBuffer)).toEqual([true, true]);
  for (const other of [
    undefined,
    null,
    8,
    "ArrayBuffer",
    {},
    { byteLength: 8 },
    [1],
    new Uint8Array(8),
    new DataView(foreign),
  ])
    expect(isArrayBuffer(other)).toBe(false);
});

test("arrays and bytes are made of it as of one's own", () => {
  expect(arrayArguments([foreign], 4)).toEqual([foreign, 0, 2]);
  expect(arrayArguments([foreign, 4], 2)).toEqual([foreign, 4, 2]);
  expect([...bytesOf(foreign)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const words = new Uint24Array(foreign, 2);
  expect([words.length, words[0]]).toEqual([2, 0x050403]);
});
