import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decompress } from "../../emulator/machine/heatshrink.ts";
import { plainText, programOf } from "../../emulator/machine/tokens.ts";
import { packParts } from "./packed-parts.ts";

const BUNDLE_AT = 990;
const BUNDLE = [
  '(function(){var n=40;function u(a,l,s){return read(a,l,s,"heatshrink")}',
  'function p(a,b){"part host-line";function sum(c){return a+b+c}return function(){return sum(n++)}}',
  'function q(){"part other";return"not packed"}',
  "return{p:p,unpack:u,q:q}})()",
].join("");

/** Runs a bundle as an interpreter does that has it in an image, where `read` is what `unpack` calls. */
function run(text: string) {
  const image = "\xff".repeat(BUNDLE_AT) + text;
  const read = (at: number, length: number) =>
    plainText(Buffer.from(decompress(Buffer.from(image.slice(at, at + length), "latin1"))).toString("latin1"));
  return runInNewContext(plainText(programOf(text)), { read });
}

describe("a packed part", () => {
  const { text, source, bytes } = packParts(BUNDLE, BUNDLE_AT);

  test("is evaluated where its function stands: it sees what that sees, and each call makes it anew", () => {
    const exports = run(text);
    expect(Object.keys(exports)).toEqual(["p", "q"]);
    const [one, other] = [exports.p(1, 1), exports.p(2, 2)];
    expect([one(), other(), one()]).toEqual([42, 45, 44]);
    expect(exports.q()).toBe("not packed");
  });

  test("is the same in plain text: for the emulator, and for the gate, which lets no eval pass", () => {
    for (const plain of [plainText(text), source]) {
      expect(plain).not.toMatch(/eval/);
      const exports = runInNewContext(plain, {});
      expect([exports.p(1, 1)(), exports.p(2, 2)(), exports.q()]).toEqual([42, 45, "not packed"]);
    }
  });

  test("weighs its function and its stream", () => {
    const packed = text.length - programOf(text).length - 1;
    expect([...bytes.keys()]).toEqual(["host-line"]);
    expect(bytes.get("host-line")).toBeGreaterThan(packed + 60);
    expect(packed).toBeGreaterThan(30);
  });

  test("is not run with any byte changed", () => {
    const first = programOf(text).length + 1;
    fc.assert(
      fc.property(fc.integer({ min: first, max: text.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flips) => {
        const changed = String.fromCharCode(text.charCodeAt(at) ^ flips);
        const damaged = text.slice(0, at) + changed + text.slice(at + 1);
        expect(() => plainText(damaged)).toThrow("a part of the firmware is damaged");
      }),
    );
  });

  test("is refused in a bundle that exports nothing to unpack it with", () => {
    expect(() => packParts(BUNDLE.replace("unpack:", "other:"), BUNDLE_AT)).toThrow(
      "the bundle exports no function unpack",
    );
  });
});
