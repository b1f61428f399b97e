/** The main job with every index looked at: no code of the bundle reads where the board would throw. */
import { expect, test } from "vitest";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { evaluated } from "../../emulator/testing/small-bundle.ts";
import { builtBundle } from "./bank.ts";
import { checkedIndexes } from "./checked-indexes.ts";
import { describeStory } from "./story.ts";

describeStory("indexed", {
  boot: (start) => FastEngine.boot({ ...start, bundle: checkedIndexes(start.bundle).bundle }),
  patience: { timeoutMs: 500, retries: 3 },
  faults: ({ machine }) => machine.faults,
});

test("the bundle has hundreds of indexes, and all are looked at", async () => {
  expect(checkedIndexes((await builtBundle()).bundle).indexes).toBeGreaterThan(300);
});

const counted = "(function () { var a = new Uint8Array([7, 8, 9]), s = 'xyz', list = [1, 2], i = 0, n = 0; RUN })()";

test.each([
  "return a[i - 1];",
  "return a[i + 0.5];",
  "return a[n.unknown];",
  "return s[i - 1];",
  "a[i - 1] = 5;",
  "return list[a[a[i] - 8]];",
])("%s is found", (code) => {
  expect(() => evaluated(checkedIndexes(counted.replace("RUN", code)).bundle)).toThrow(/on the board: it throws/);
});

test.each<[string, unknown]>([
  ["return a[i] + a[i + 1] + a[a[i] - 5];", 24],
  ["return a[a.length];", undefined],
  ["return list[i - 1];", undefined],
  ["return s[i] + s[i + 1] + s[9];", "xyundefined"],
  ["a[i]++; a[i + 1] += a[i]; a[a[i] - 6] = 1; return a.join();", "8,16,1"],
  ["return { b: { c: a } }['b'.toString()]['c' + ''][i + 2];", 9],
  ["return list[['push', 'join'][i]](3);", 3],
  ["return a['len' + 'gth'];", 3],
])("%s is as it was", (code, value) => {
  expect(evaluated(checkedIndexes(counted.replace("RUN", code)).bundle)).toBe(value);
});
