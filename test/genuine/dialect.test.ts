/** What the dialect gate and the virtual board take for missing or different is so on a genuine Espruino for the RP2040. */
import { describe, expect, test } from "vitest";
import { bootRom } from "../../emulator/mcu/boot-rom.ts";
import { flashOfImage } from "../../emulator/mcu/flash-image.ts";
import { onConsole } from "../../emulator/mcu/installation.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

/** Expressions, and what the interpreter makes of them: a JSON text, or the beginning of an error. */
const SAID: [string, string][] = [
  ["typeof 'abc'.at", '"undefined"'],
  ["typeof [].at", '"undefined"'],
  ["typeof [].flat", '"undefined"'],
  ["typeof 'a'.codePointAt", '"undefined"'],
  ["typeof [].toSorted", '"undefined"'],
  ["/^a{2}$/.test('aa')", "false"],
  ["1 << 32", "0"],
  ["'\\u1ec1'.charCodeAt(0)", "193"],
  ["String.fromCharCode(0x1ec1).charCodeAt(0)", "193"],
  ["JSON.parse('\"\\\\u1ec1\"').charCodeAt(0)", "193"],
  ["JSON.parse('\"\\\\\\\\u1ec1\"').length", "6"],
  ["(function () { var o = {}; o.y = (function () { return (o.y = 5), 6 })(); return o.y })()", "5"],
  ["eval('(function (a = 3) { return a })()')", "!SyntaxError"],
  ["eval('Math.max(...[1])')", "!SyntaxError"],
  ["eval('(function () { var {a} = {a: 1}; return a })()')", "!ReferenceError"],
  ["eval('(function () { return f(); function f() { return 1 } })()')", "!ReferenceError"],
];

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("a genuine Espruino for the RP2040", { timeout: 300_000 }, () => {
  test("lacks what the gate refuses, and does the rest as the virtual board does", async () => {
    const { image, bootrom } = await rp2040Files();
    const parts = { ...(await builtBundle()), rom: bootRom(bootrom), image: flashOfImage(image) };
    const said: [string, string][] = [];
    await onConsole(parts, flashOfImage(image), "asking", async (type) => {
      for (const [expression] of SAID) {
        const asked = `(function(){try{return JSON.stringify(${expression})}catch(e){return "!"+e.toString().split(":")[0]}})()`;
        said.push([expression, await type(asked)]);
      }
    });
    expect(said).toEqual(SAID);
  });
});
