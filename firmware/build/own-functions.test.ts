import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { moveIntoParts } from "./own-functions.ts";

const moved = (body: string) => moveIntoParts(`(function(){${body}})()`);
const part = (name: string, body: string) => `function ${name}(){"part ${name}";${body}}`;

test("what one part alone uses goes into it, with all that only this uses", () => {
  const text = moved(
    `function c(){return 1}function b(){return c()+1}function a(){return 3}${part("p", "return b()+a()")}return{p,a}`,
  );
  expect(text).not.toMatch(/function [bc]\(/);
  expect(text.indexOf("return 1")).toBeGreaterThan(text.indexOf('"part p"'));
  expect(text.indexOf("function a(")).toBeLessThan(text.indexOf('"part p"'));
  expect(runInNewContext(text).p()).toBe(5);
});

test("what two parts use stays, and so does what nobody does", () => {
  const body = `function a(){return 1}function d(){}${part("p", "return a()")}${part("q", "return a()")}return{p,q}`;
  expect(moved(body)).toBe(`(function(){${body}})()`);
});

test("a name of the part's own hides nothing", () => {
  const text = moved(`function c(){return 1}function b(){return c()}${part("p", "var c=2;return b()+c")}return{p}`);
  expect(runInNewContext(text).p()).toBe(3);
});

const CLASS =
  "var A=class{constructor(n){this.n=n}aa(k){return this.n+k+this.ab()}ab(){return[1].map(()=>this.n)[0]}ac(){return 9}};";

test("a method that one part alone calls goes into it, with its object before its arguments", () => {
  const text = moved(`${CLASS}${part("p", "return new A(4).aa(2)")}return{p,A}`);
  expect(text).not.toMatch(/aa\(|ab\(/);
  expect(runInNewContext(text).p()).toBe(10);
});

test.each([
  ["is called elsewhere too", `${part("p", "return new A(4).ac()")}return{p,q:()=>new A(1).ac()}`],
  ["is handed on", `${part("p", "return new A(4).ac")}return{p}`],
  ["has the name of another object's", `${part("p", "return new A(4).ac()")}return{p,q:{ac:1}}`],
])("a method stays that %s", (_, rest) => {
  expect(moved(CLASS + rest)).toContain("ac(){return 9}");
});

test("calls of calls come out in their order", () => {
  const chain = "var B=class{constructor(){this.s=''}ba(t){this.s+=t;return this}bb(){return this.s}};";
  const text = moved(`${chain}${part("p", "return new B().ba('x').ba(new B().ba('y').bb()).bb()")}return{p}`);
  expect(text).not.toContain("ba(t)");
  expect(runInNewContext(text).p()).toBe("xy");
});
