import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { call, evaluated, smallMachine } from "../testing/small-bundle.ts";

test.each(
  (
    "Map Set WeakMap WeakSet WeakRef Symbol Proxy BigInt Reflect Promise globalThis window self global TextEncoder TextDecoder " +
    "queueMicrotask structuredClone Buffer fetch performance crypto setImmediate WebAssembly Intl eval Function RegExp RangeError " +
    "Float64Array Int8Array SharedArrayBuffer Atomics module exports __dirname URL AbortController navigator"
  ).split(" "),
)("a bundle finds no %s", (name) => {
  expect(evaluated(`typeof ${name}`)).toBe("undefined");
});

test.each([
  "Object.freeze",
  "Object.hasOwn",
  "Object.is",
  "Array.from",
  "Array.of",
  "Math.imul",
  "Math.trunc",
  "Math.clz32",
  "Math.random",
  "Number.isInteger",
  "Number.isSafeInteger",
  "String.raw",
  "Uint8Array.from",
  "Uint8Array.of",
  "new Uint8Array(1).at",
  "new Uint32Array(1).copyWithin",
  "process.nextTick",
])("a bundle finds no %s", (name) => {
  expect(evaluated(name)).toBeUndefined();
});

test("what Espruino has of JavaScript's own objects works", () => {
  expect(evaluated("Object.keys({ a: 1, b: 2 }).join()")).toBe("a,b");
  expect(evaluated("Object.assign({ a: 1 }, { b: 2 }).b")).toBe(2);
  expect(evaluated("[Array.isArray([]), new Array(3).length, [] instanceof Array, {} instanceof Object]")).toEqual([
    true,
    3,
    true,
    true,
  ]);
  expect(
    evaluated("[Number('7'), String(7), Math.floor(7.9), parseInt('12', 10), isNaN(NaN), JSON.stringify([1])]"),
  ).toEqual([7, "7", 7, 12, true, "[1]"]);
  expect(evaluated("new DataView(new Uint8Array([1, 2]).buffer).getUint16(0)")).toBe(0x0102);
  expect(evaluated("new Error('why').message")).toBe("why");
});

test("a typed array takes a string by its characters, as Espruino's does", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      const text = Buffer.from(bytes).toString("latin1");
      const machine = smallMachine({
        members: "bytes: function (text) { var a = new Uint8Array(text.length); a.set(text); return a; }",
      });
      expect(call(machine, "bytes", text)).toEqual(bytes);
    }),
    { numRuns: runs(20) },
  );
  expect(evaluated("new Uint8Array([1, 2, 3, 4]).subarray(1, 3).subarray(1).join()")).toBe("3");
  expect(evaluated("new Uint8Array([1, 2, 3, 4]).slice(1, 3) instanceof Uint8Array")).toBe(false);
});

test("to whoever tests it, a bundle's typed array is an ordinary one", () => {
  expect(evaluated("new Uint8Array([1, 2, 3])")).toStrictEqual(new Uint8Array([1, 2, 3]));
  expect(evaluated("new Uint32Array([1, 2, 3]).subarray(1)")).toStrictEqual(new Uint32Array([2, 3]));
  expect(evaluated("new Uint8Array([1, 2]).map(function (n) { return n + 1; })")).toStrictEqual(new Uint8Array([2, 3]));
});

test("what Espruino would do silently wrong is an error", () => {
  expect(() => evaluated("new Uint8Array('12')")).toThrow("Unsupported first argument of type String");
  expect(() => evaluated("new Uint8Array(4).subarray(2, 99)")).toThrow(/run over the end/);
  expect(() => evaluated("new Uint8Array(4).subarray(-5)")).toThrow(/run over the end/);
  expect(() => evaluated("new Uint8Array(4).fill(1, -5)")).toThrow(/before the first/);
  expect(() => evaluated("new Uint8Array(4).fill(1, 0, -5)")).toThrow(/before the first/);
  expect(() => evaluated("new Uint8Array(4).set([1, 2], 3)")).toThrow(RangeError);
  expect(() => evaluated("undeclared = 1")).toThrow(ReferenceError);
});

describe.each(["Uint8Array", "Uint16Array", "Uint24Array", "Uint32Array", "Int32Array"])("a %s", (type) => {
  const made = (...args: string[]) =>
    evaluated(`(function () { var b = new ArrayBuffer(25), a = new ${type}(${args.join()}); return a.length; })()`);
  const bytes = { Uint8Array: 1, Uint16Array: 2, Uint24Array: 3 }[type] ?? 4;

  test("of 0 elements of a buffer has as many as fit, as on the board", () => {
    expect(made("b", "0", "0")).toBe(Math.floor(25 / bytes));
    expect(made("b", "12", "0")).toBe(Math.floor(13 / bytes));
    expect(made("b", "12")).toBe(Math.floor(13 / bytes));
    expect(made("b")).toBe(Math.floor(25 / bytes));
    expect(made("b", "12", "2")).toBe(2);
  });

  test("of what the board makes none of, or one beyond its buffer, is refused", () => {
    for (const args of [[], ["null"], ["{}"], ["'ab'"], ["function () {}"]])
      expect(() => made(...args)).toThrow(/^Unsupported first argument of type/);
    for (const offset of ["-1", "65536"]) expect(() => made("b", offset)).toThrow(/too large \(or negative\)/);
    for (const more of [["24", "9"], ["28"], ["0", "-1"]]) expect(() => made("b", ...more)).toThrow(RangeError);
  });

  test("holds elements and nothing else", () => {
    expect(() => evaluated(`(new ${type}(3)).x = 7`)).toThrow(TypeError);
  });
});

test("strings have one byte a character", () => {
  expect(evaluated("String.fromCharCode(0x1ec1).charCodeAt(0)")).toBe(0xc1);
  expect(() => evaluated("USB.write('\\u1ec1')")).toThrow(/U\+1ec1/);
  expect(evaluated('JSON.parse(\'["\\\\u1ec1","\\\\\\\\u1ec1",{"\\\\u01ff":1}]\')')).toEqual([
    "\xc1",
    "\\u1ec1",
    { "\xff": 1 },
  ]);
});

test("bytes and strings turn into each other as Espruino has it", () => {
  expect(evaluated("E.toUint8Array('ab', [1, 2], { data: 3, count: 2 }).join()")).toBe("97,98,1,2,3,3");
  expect(evaluated("E.toString(65, 'a', [66, [67]], new Uint8Array([255]))")).toBe("AaBC\xff");
  expect(evaluated("E.toFlatString(new Uint8Array([65, 255]).buffer)")).toBe("A\xff");
  expect(evaluated("E.toString({ callback: function () { return [1, 'x']; } })")).toBe("\x01x");
  expect(evaluated("E.CRC32('123456789')")).toBe(0xcbf43926);
  expect(evaluated("E.CRC32(new Uint8Array([0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39]))")).toBe(0xcbf43926);
  expect(evaluated("atob(btoa('\\x00\\xff'))")).toBe("\x00\xff");
});

test("random numbers follow from the seed", () => {
  const numbers = (seed: number) => evaluated("[E.hwRand(), E.hwRand(), E.hwRand()]", { seed }) as number[];
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(7)).not.toEqual(numbers(8));
  for (const number of numbers(7)) expect(number).toBe(number | 0);
});

test("dates are those of the microcontroller's clock, in UTC", () => {
  expect(evaluated("[Date.now(), new Date().getFullYear()]")).toEqual([0, 1970]);
  const machine = smallMachine({
    start: "setTime(1767225600)",
    members: "now: function () { var d = new Date(); return [getTime(), Date.now(), d.getHours(), d.getMinutes()]; }",
  });
  machine.advance(3_661_500);
  expect(call(machine, "now")).toEqual([1767229261.5, 1767229261500, 1, 1]);
});

test("a loop that waits for the time to pass is an error, since time passes between callbacks alone", () => {
  expect(() => smallMachine({ start: "while (getTime() < 1) {}" })).toThrow(/waits in a loop/);
});

test("a module that the board lacks is an error", () => {
  expect(() => evaluated('require("Wifi")')).toThrow('Module "Wifi" not found');
});

test("what is printed goes to whoever asked, and never to the line", () => {
  const printed: string[] = [];
  const sent: string[] = [];
  const machine = smallMachine({ members: "speak: function () { print('a', 1, [2]); console.log({ b: 3 }); }" });
  machine.onPrint = (line) => printed.push(line);
  machine.onTransmit = (text) => sent.push(text);
  call(machine, "speak");
  expect(printed).toEqual(["a 1 [2]", '{"b":3}']);
  expect(sent).toEqual([]);
});

test("E.mapInPlace writes what a table has under each number, as far as both arrays go", () => {
  const copied = (more: string) =>
    evaluated(
      `(function () { var b = new Uint8Array(10); var map = new Uint24Array(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9]).buffer, 0, 3);
        E.mapInPlace(new Uint16Array([2, 0, 7]), new Uint24Array(b.buffer, 1, ${more}), map); return E.toString(b); })()`,
    );
  expect(copied("2")).toBe("\0\x07\x08\x09\x01\x02\x03\0\0\0");
  expect(copied("3")).toBe("\0\x07\x08\x09\x01\x02\x03\0\0\0");
});

test.each([
  "[1], new Uint8Array(1), new Uint8Array(1)",
  "new Uint8Array(1), new Uint8Array(1), [1], 4",
  "new Uint8Array(1), new Uint8Array(1), new Uint8Array(1), 4",
  "new Uint32Array(1), new Uint8Array(1), new Uint8Array(1)",
  "new Int32Array(1), new Uint8Array(1), new Uint8Array(1)",
])("E.mapInPlace(%s) is refused: nothing models it", (given) => {
  expect(() => evaluated(`E.mapInPlace(${given})`)).toThrow("modelled");
});
