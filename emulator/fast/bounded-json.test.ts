import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { marks, readJson } from "./bounded-json.ts";

/** Counts by reading. */
function counted(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value).map(counted);
  const colons = Array.isArray(value) ? 0 : inside.length;
  return inside.reduce((sum, each) => sum + each, 1 + colons + Math.max(0, inside.length - 1));
}

test("commas, colons and opening brackets count, but in text and names they do not", () => {
  const nasty = fc.stringMatching(/^[\\"[\]{},: a]*$/);
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, nasty, fc.integer(), tie("list"), tie("object")),
    list: fc.array(tie("value")),
    object: fc.dictionary(nasty, tie("value")),
  }));
  fc.assert(
    fc.property(value, fc.constantFrom("", " ", "\n\t"), (each, space) => {
      const json = JSON.stringify(each, null, space);
      expect(marks(json)).toBe(counted(JSON.parse(json)));
      expect(readJson(json)).toEqual(JSON.parse(json));
    }),
  );
});

describe("JSON that would take long to read is refused:", () => {
  test.each([
    ["brackets in brackets", "[".repeat(33), /32 deep/],
    ["objects in lists", '[{"a":'.repeat(17), /32 deep/],
    ["numbers without end", `[${"1,".repeat(600_000)}1]`, /600000/],
    ["lists without end", `[${"[],".repeat(300_000)}1]`, /600000/],
    ["names without end", `{${'"a":1,'.repeat(300_000)}"b":1}`, /600000/],
  ])("%s", (_, json, why) => {
    expect(() => readJson(json)).toThrow(
      expect.objectContaining({ fault: "invalid", message: expect.stringMatching(why) }),
    );
  });
});

test("what is no JSON is looked at without harm, and then refused as that", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\\"[\]{},: a1]{0,60}$/), (text) => {
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch {
        expect(() => readJson(text)).toThrow(/JSON|deep/);
        return;
      }
      expect(readJson(text)).toEqual(parsed);
    }),
  );
});
