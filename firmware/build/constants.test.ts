import { expect, test } from "vitest";
import { inlineConstants } from "./constants.ts";

const inlined = (body: string) =>
  inlineConstants(`(function(){${body}})()`).slice("(function(){".length, -"})()".length);

test.each([
  ["a number", "var n=5;f(n+n)", "f(5+5)"],
  ["a negative number", "const n=-1;f(2-n)", "f(2-(-1))"],
  ["a truth value", "let n=!0;f(n)", "f(!0)"],
  [
    "a text that is used once",
    'var s="a long text, of more bytes than a variable";f(s)',
    'f("a long text, of more bytes than a variable")',
  ],
  ["one of several", "var a=g(),n=5,b=g(n);f(a,b,n)", "var a=g(),b=g(5);f(a,b,5)"],
  ["the first, and the last", "var n=5,a=g(),m=6;f(a,n,m)", "var a=g();f(a,5,6)"],
  ["of a function's own", "function h(){var n=5;return n}", "function h(){return 5}"],
  ["what functions inside see", "var n=5;function h(){return n}", "function h(){return 5}"],
  ["a member's short form", "var n=5;f({n})", "f({n:5})"],
  ["all members of an object that stays within", 'var o={a:1,b:"x",unused:[2]};f(o.a,o.b)', 'f(1,"x")'],
])("stands where it is used: %s", (_, body, expected) => {
  expect(inlined(body)).toBe(expected);
});

test.each([
  ["what is assigned to", "var n=5;n=6;f(n)"],
  ["what counts", "var n=5;f(n++)"],
  ["what a loop sets", "var k=5;for(k of list)f(k)"],
  ["a loop's own", "for(let i=0;g(i);)f()"],
  ["what is declared twice", "var n=5;var n=g();f(n)"],
  ["a long text that is used often", 'var s="OCRA-1:HOTP-SHA256-8:QN08";f(s,s,s)'],
  ["an object that is handed out", "var o={a:1};f(o)"],
  ["an object one of whose members is reached by its number", "var o={a:1};f(o.a,o[x])"],
  ["an object whose members change", "var o={a:1};o.a=2;f(o.a)"],
  ["an object with a member that is no constant", "var o={a:g()};f(o.a)"],
])("stays: %s", (_, body) => {
  expect(inlined(body)).toBe(body);
});

test("a name that means something else inside is left alone", () => {
  expect(inlined("var n=5;function h(n){return n}f(n)")).toBe("function h(n){return n}f(5)");
});
