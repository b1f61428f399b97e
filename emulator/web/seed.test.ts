import { expect, test } from "vitest";
import { seedIn } from "./seed.ts";

test("the address may say a seed; without it each visit has another", () => {
  expect(seedIn("?seed=7")).toBe(7);
  expect(seedIn("?x&seed=4294967295")).toBe(2 ** 32 - 1);
  expect(new Set(Array.from({ length: 5 }, () => seedIn(""))).size).toBeGreaterThan(1);
});

test.each(["abc", "", "-1", "7.5", "4294967296", "1e3"])(
  "a seed %j is refused, and it is said which there are",
  (seed) => {
    expect(() => seedIn(`?seed=${seed}`)).toThrow(
      /^\?seed= in the address is a whole number from 0 to 4294967295, not/,
    );
  },
);
