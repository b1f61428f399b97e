import { parse } from "acorn";
import { expect, test } from "vitest";
import { applyEdits } from "./edits.ts";
import { shortenMembers } from "./short-members.ts";

const short = (source: string) =>
  applyEdits(source, shortenMembers(parse(source, { ecmaVersion: "latest", sourceType: "module" }))).text;

test("a member that the program defines has a short name, the same everywhere", () => {
  expect(short("class C{constructor(){this.total=0}bump(){this.total++}}new C().bump();f(new C().total)")).toBe(
    "class C{constructor(){this.a=0}b(){this.a++}}new C().b();f(new C().a)",
  );
  expect(short("const o={first:1,second(){}};o.first=o.second()")).toBe("const o={b:1,a(){}};o.b=o.a()");
  expect(short("const first=1,o={first};f(o.first)")).toBe("const first=1,o={a:first};f(o.a)");
});

test("the member that costs the most gets the shortest name, and none that another member has", () => {
  expect(short("class C{m(){this.aLongName=this.other+this.aLongName+x.a;this.other=1}}new C().m()")).toBe(
    "class C{m(){this.b=this.c+this.b+x.a;this.c=1}}new C().m()",
  );
});

test.each([
  ["a member that nobody defines here", "f(x.foreign)"],
  ["a member of the language's values", "class C{m(){this.length=x.length;this.subarray=1}}"],
  ["a member of the interpreter's", "const o={writeTo(){},repeat:1};f(o)"],
  ["what tests reach from outside", "const o={encryptBlock(){}};f(o)"],
  ["a member that may be reached by its text", 'class C{m(){this.first=1}}f(c,"first")'],
  ["a static method", "class C{static make(){return this.make}}"],
  ["a getter", "class C{get size(){return this.size}}"],
  ["a short name", "class C{m(){this.ab=1}}"],
])("stays: %s", (_, source) => {
  expect(short(source)).toBe(source);
});
