import { expect, test } from "vitest";
import * as entries from "./entries.ts";

test("no two entries of the journal have one identifier, of those that there is one of for each slot neither", () => {
  const { CREDENTIAL_SLOTS, CREDENTIAL, COUNTER, ...single } = entries;
  const ids: number[] = Object.values(single);
  for (const first of [CREDENTIAL, COUNTER]) for (let slot = 0; slot < CREDENTIAL_SLOTS; slot++) ids.push(first + slot);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Math.min(...ids)).toBeGreaterThan(0);
  expect(Math.max(...ids)).toBeLessThan(256);
});
