import { parse } from "acorn";
import { expect, test } from "vitest";
import { applyEdits } from "./edits.ts";
import { shortenMembers } from "./short-members.ts";

const short = (source: string) =>
  applyEdits(source, shortenMembers(parse(source, { ecmaVersion: "latest", sourceType: "module" }))).text;

test("a member that is reached through this alone has a short name, the same everywhere", () => {
  expect(short("class C{constructor(){this.counter=0}bump(){this.counter++;return this.counter}}new C().bump()")).toBe(
    "class C{constructor(){this.a=0}bump(){this.a++;return this.a}}new C().bump()",
  );
  expect(short("class C{helper(){}run(){this.helper()}}new C().run()")).toBe(
    "class C{a(){}run(){this.a()}}new C().run()",
  );
});

test("the member that costs the most gets the shortest name, and none that another member has", () => {
  expect(short("class C{m(){this.aLongName=this.other+this.aLongName+x.a}}new C().m()")).toBe(
    "class C{m(){this.b=this.c+this.b+x.a}}new C().m()",
  );
});

test.each([
  ["a member that another object has too", "class C{m(){this.length=x.length}}"],
  ["a member that is a key of an object", "class C{m(){this.first=1}}f({first:2})"],
  ["a member that may be reached by its text", 'class C{m(){this.first=1}}f(c,"first")'],
  ["a static method", "class C{static make(){return this.make}}"],
  ["a getter", "class C{get size(){return this.size}}"],
  ["a short name", "class C{m(){this.ab=1}}"],
])("stays: %s", (_, source) => {
  expect(short(source)).toBe(source);
});
