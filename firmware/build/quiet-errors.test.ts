import { parse } from "acorn";
import { expect, test } from "vitest";
import { applyEdits } from "./edits.ts";
import { dropProse } from "./quiet-errors.ts";

const quiet = (source: string) =>
  applyEdits(source, dropProse(parse(source, { ecmaVersion: "latest", sourceType: "module" }))).text;
const CLASSES =
  "var A=class{constructor(m){this.message=m}},B=class extends A{constructor(p,m){super(m),this.part=p}};";

test.each([
  ['throw new A("a key has 16 bytes")', 'throw new A("")'],
  ['throw new B("key","a key has 16 bytes")', 'throw new B("key","")'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source under test
  ["throw new B(n,`${n} has ${n.length} bytes`)", 'throw new B(n,"")'],
  ['throw new A("16 bytes, not "+n.length+"!")', 'throw new A("")'],
  ['class C extends A{constructor(){super("a key has 16 bytes")}}', 'class C extends A{constructor(){super("")}}'],
])("a sentence goes: %s", (source, expected) => {
  expect(quiet(CLASSES + source)).toBe(CLASSES + expected);
});

test.each([
  ["words that are no sentence: the part of an error", 'throw new B("secondQuestion",n)'],
  ["what other classes are given", 'var C=class{constructor(t){this.text=t}};new C("a text")'],
  ["what other classes hand on", 'class C extends D{constructor(){super("a text")}}'],
  ["what functions are given", 'print("a text")'],
  ["a message that is handed on", "throw new A(e.message)"],
])("stays: %s", (_, source) => {
  expect(quiet(CLASSES + source)).toBe(CLASSES + source);
});

test("an error inside another's sentence does no harm", () => {
  expect(quiet(`${CLASSES}throw new A(\`a \${new A("b c")} d\`)`)).toBe(`${CLASSES}throw new A("")`);
});
