import { createContext, runInContext } from "node:vm";
import { expect, test } from "vitest";
import { plainText } from "../../emulator/machine/tokens.ts";
import { boards } from "../../firmware/build/build.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { prelude, questions } from "../vectors/questions.ts";

// A Pixl.js has no room for the export: what it computes with is compared in firmware/core/counted-codes.test.ts.
const asked = boards.filter((board) => board !== "pixljs");

test.each(asked)("the bundle of %s answers every published vector through its exports", async (board) => {
  const E = { toUint8Array: (text: string) => new Uint8Array(Buffer.from(text, "latin1")) };
  const context = createContext({ Uint8Array, Uint32Array, Int32Array, DataView, E, atob, parseInt });
  const { bundle } = await builtBundle(board);
  runInContext(`ochre=${plainText(bundle)};${prelude.join(";")};p=t.crypto.typescript()`, context);
  const vectors = questions({ maxRounds: 2 });
  expect(vectors.map(({ name, script }) => `${name}: ${runInContext(script, context)}`)).toEqual(
    vectors.map(({ name, answer }) => `${name}: ${answer}`),
  );
  expect(vectors.length).toBeGreaterThan(150);
});
