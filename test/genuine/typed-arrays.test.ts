/** Typed arrays of the virtual board against those of the genuine interpreter: what one gives the other gives, or the board refuses it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluated } from "../../emulator/testing/small-bundle.ts";
import { evaluateOnInterpreter, interpreter } from "./interpreter.ts";

/** The interpreter reads its script as slowly as it runs it. */
const SAMPLE = 500;

const number = fc.oneof(
  fc.integer({ min: -5, max: 14 }).map(String),
  fc.constantFrom("undefined", "1.5", "65535", "65536", "true"),
);
const element = fc.constantFrom("0", "1", "2", "3", "7", "255", "256", "65535", "16777216", "4294967295", "-1", "1.9");
const list = fc.array(element, { maxLength: 5 }).map((elements) => `[${elements.join()}]`);
const type = fc.constantFrom("Uint8Array", "Uint16Array", "Uint24Array", "Uint32Array", "Int32Array");
const integers = fc.tuple(type, list).map(([name, elements]) => `new ${name}(${elements})`);
const methods = fc
  .tuple(list, fc.constantFrom("subarray", "slice", "fill"), fc.array(number, { maxLength: 3 }))
  .map(([elements, method, args]) => `new Uint8Array(${elements}).${method}(${args.join()})`);
const constructed = fc
  .tuple(
    type,
    fc.constantFrom("buffer", "[5,6]", "3", "new Uint8Array([1,2,3])", "null", "undefined", "{}", "'ab'"),
    fc.array(number, { maxLength: 2 }),
  )
  .map(([name, source, more]) => `new ${name}(${[source, ...more].join()})`);
const mapped = fc
  .tuple(integers, type, fc.nat(5), integers)
  .map(
    ([from, to, length, map]) =>
      `(function () { var to = new ${to}(${length}); E.mapInPlace(${from}, to, ${map}); return to; })()`,
  );
const expression = fc.oneof(integers, methods, constructed, mapped);

/** All that can be seen of an array. */
const shown = (code: string) =>
  `(function () { var buffer = new Uint8Array([0,1,2,3,4,5,6,7,8,9,10,11]).buffer; var a = ${code};
     return JSON.stringify([a.length, a.length < 20 ? [].slice.call(a) : []]); })()`;

// Reason to skip: the interpreter is the user's to supply; pico-keypad.test.ts says so in a line.
describe.skipIf(interpreter === undefined)("typed arrays", () => {
  test("what the virtual board makes of them, the genuine interpreter makes, unless it is refused there", async () => {
    const codes = fc.sample(expression, SAMPLE);
    const script = codes.map((code) => `try{say("IS",${shown(code)})}catch(e){say("IS","throws")}`).join("\n");
    const said = (await evaluateOnInterpreter("0", script)).filter(({ what }) => what === "IS");
    expect(said).toHaveLength(codes.length);
    const others: unknown[] = [];
    let compared = 0;
    for (const [i, code] of codes.entries()) {
      let here: unknown;
      try {
        here = evaluated(shown(code));
      } catch {
        continue;
      }
      compared++;
      if (here !== said[i].text) others.push({ code, here, there: said[i].text });
    }
    expect(others).toEqual([]);
    expect(compared).toBeGreaterThan(codes.length / 3);
  });
});
