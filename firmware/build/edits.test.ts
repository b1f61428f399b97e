import fc from "fast-check";
import { expect, test } from "vitest";
import { applyEdits } from "./edits.ts";

test("replaces, inserts and removes, in any order given", () => {
  const { text } = applyEdits("abcdef", [
    { start: 4, end: 6, text: "" },
    { start: 1, end: 2, text: "BB" },
    { start: 0, end: 0, text: ">" },
  ]);
  expect(text).toBe(">aBBcd");
});

test("knows where in the original each kept character stood", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.array(fc.tuple(fc.nat(30), fc.nat(3), fc.string({ maxLength: 3 })), { maxLength: 4 }),
      (original, raw) => {
        let from = 0;
        const edits = raw.flatMap(([gap, length, text]) => {
          const start = from + gap;
          const end = start + length;
          if (end > original.length) return [];
          from = end;
          return [{ start, end, text }];
        });
        const { text, origin } = applyEdits(original, edits);
        const kept = [...original].length === original.length && edits.length === 0;
        if (kept) expect(text).toBe(original);
        for (let at = 0; at < text.length; at++) {
          const place = origin(at);
          const edit = edits.find(({ start, end }) => place >= start && place < Math.max(end, start + 1));
          if (edit === undefined) expect(text[at]).toBe(original[place]);
        }
      },
    ),
  );
});

test("refuses edits that overlap", () => {
  const edits = [
    { start: 0, end: 3, text: "" },
    { start: 2, end: 4, text: "" },
  ];
  expect(() => applyEdits("abcdef", edits)).toThrow("two edits meet at 2");
});
