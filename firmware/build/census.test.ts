import { expect, test } from "vitest";
import { census } from "./census.ts";

test("counts functions, classes and parameters, the bundle's own function aside", () => {
  const bundle = "(function(){function f(a,b){return()=>a}class A{constructor(x){}m(){}}var n=1,g=(c)=>c;return{f}})()";
  expect(census(bundle)).toMatchObject({ functions: 5, classes: 1, parameters: 4 });
});

test("estimates the memory of what exists once the bundle is loaded", () => {
  const jsVars = (body: string) => census(`(function(){${body}})()`).jsVars;
  expect(jsVars("function f(a,b){}")).toBe(7);
  expect(jsVars("var f=(a)=>a")).toBe(6);
  // As measured on an RP2040: a class with two methods.
  expect(jsVars("class A{a(){}b(){}}")).toBe(22);
  expect(jsVars("var n=1")).toBe(2);
  // Made when f runs.
  expect(jsVars("function f(){var a=1;function g(){}}")).toBe(5);
});
