import { parse } from "acorn";
import { expect, test } from "vitest";
import { applyEdits } from "./edits.ts";
import { quietErrors } from "./quiet-errors.ts";

const quiet = (source: string) =>
  applyEdits(source, quietErrors(parse(source, { ecmaVersion: "latest", sourceType: "module" }))).text;
const CLASSES =
  'var A=class{constructor(m){this.name="A",this.message=m}},B=class extends A{constructor(p,m){super(m),this.part=p}},' +
  "C=class extends A{constructor(m,w){super(m),this.word=w}};e.word;";
const LEFT = "var A=class{},B=class extends A{},C=class extends A{constructor(m,w){super();this.word=w}};e.word;";

test.each([
  ["its only argument", 'throw new A("a key has 16 bytes")', "throw new A()"],
  ["all that nobody reads again", 'throw new B("key","a key has 16 bytes")', "throw new B()"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source under test
  ["what a call makes a word of", "throw new B(n,`${hex(n)} has ${n.length} bytes`)", "throw new B()"],
  ["a sum", 'throw new A("16 bytes, not "+n.length+"!")', "throw new A()"],
  ["a message that is handed on", "throw new A(e.message)", "throw new A()"],
  ["one before an argument that is read", 'throw new C("a key has 16 bytes",5)', "throw new C(0,5)"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: source under test
  ["what only another sentence needs", 'throw new A(`a ${new C("b c",1)} d`)', "throw new A()"],
])("of an error goes: %s", (_, source, expected) => {
  expect(quiet(CLASSES + source)).toBe(LEFT + expected);
});

test("an error of an error's class keeps what is read of it, through both constructors", () => {
  const both = "var A=class{constructor(m){this.message=m}},B=class extends A{constructor(w,m){super(m);this.word=w}},";
  const source = `${both}D=class extends B{constructor(n,m){super(n,m)}};e.word;throw new D(7,"a b")`;
  expect(quiet(source)).toBe(
    "var A=class{},B=class extends A{constructor(w){super();this.word=w}},D=class extends B{constructor(n){super(n)}};" +
      "e.word;throw new D(7)",
  );
});

test.each([
  ["what is done for its sake", "throw new A(count())", "throw new A(count())"],
  ["what other classes are given", 'var D=class{constructor(t){this.text=t}};new D("a text")', undefined],
  ["what other classes hand on", 'class D extends E{constructor(){super("a text")}}', undefined],
  ["what functions are given", 'print("a text")', undefined],
])("stays: %s", (_, source, expected = source) => {
  expect(quiet(CLASSES + source)).toBe(LEFT + expected);
});

test("a class whose constructor does more than to set members stays as it is, and so do its calls", () => {
  const source = 'var A=class{constructor(m){this.message=m;count(m)}};throw new A("a b")';
  expect(quiet(source)).toBe(source);
});
