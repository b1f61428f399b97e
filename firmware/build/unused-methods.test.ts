import { parse } from "acorn";
import { expect, test } from "vitest";
import { applyEdits } from "./edits.ts";
import { blankUnusedMethods } from "./unused-methods.ts";

function without(source: string): string {
  return applyEdits(source, blankUnusedMethods(parse(source, { ecmaVersion: "latest", sourceType: "module" }), source))
    .text;
}

test("a method that nothing names is gone, and nothing else has moved", () => {
  const source = "class A{used(){}\nunused(){\nreturn 1}static kept(){}constructor(){}}new A().used()";
  const left = without(source);
  expect(left).not.toContain("unused");
  expect(left.length).toBe(source.length);
  for (const stays of ["used(){}", "static kept", "constructor", "new A().used()"])
    expect(left.indexOf(stays)).toBe(source.indexOf(stays));
  expect(left.split("\n").length).toBe(source.split("\n").length);
});

test.each([
  "class A{m(){}}x.m()",
  "class A{m(){}}x?.m",
  'class A{m(){}}x["m"]',
  "class A{m(){}}({m:1})",
  "class A{m(){this.m()}}",
  "class A{get m(){return 1}}",
])("one that is named anywhere stays: %s", (source) => {
  expect(without(source)).toBe(source);
});
