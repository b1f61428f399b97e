import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { shortenGlobals } from "./short-globals.ts";

const four = "[new Uint8Array(1),new Uint8Array(2),new Uint8Array(3),new Uint8Array(4)].length";

test("a class that is used often has a short name, which is the bundle's first variable", () => {
  const short = shortenGlobals(`(function(){var $=1;return ${four}+$})()`);
  expect(short).toMatch(/^\(function\(\)\{var _=Uint8Array;var \$=1;return \[new _\(1\),/);
  expect(runInNewContext(short)).toBe(5);
});

test("members and keys of that name are left alone, and so is a class that is used seldom", () => {
  const source = `(function(){var o={Uint8Array:1};return o.Uint8Array+${four}+new DataView(new ArrayBuffer(1)).byteLength})()`;
  const short = shortenGlobals(source);
  expect(short).toContain("o={Uint8Array:1};return o.Uint8Array+");
  expect(short).toContain("new DataView(");
  expect(runInNewContext(short)).toBe(6);
});
