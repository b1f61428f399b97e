import { expect, test } from "vitest";
import { evaluated } from "../testing/small-bundle.ts";

test("an array of pins is a number whose lowest bit is the last pin", () => {
  expect(evaluated("(digitalWrite([D3, D2, D1, D0], 5), pinMode(D0, 'output'), digitalRead(D0))")).toBe(1);
  expect(
    evaluated(
      "([D0, D1, D2, D3].forEach(function (p) { pinMode(p, 'output'); }), digitalWrite([D3, D2, D1, D0], 6), digitalRead([D0, D1, D2, D3]))",
    ),
  ).toBe(6);
  expect(
    evaluated("(pinMode(D0, 'output'), pinMode(D1, 'output'), digitalWrite([D1, D0], true), digitalRead([D1, D0]))"),
  ).toBe(3);
});

test("without pinMode a write makes an output and a read an input", () => {
  expect(evaluated("(digitalWrite(D0, 1), digitalRead(D0))")).toBe(0);
  expect(evaluated("(pinMode(D0, 'output'), digitalWrite(D0, 1), digitalRead(D0))")).toBe(1);
});

test("pull-ups, pull-downs and open drains give their levels", () => {
  expect(evaluated("(pinMode(D0, 'input_pullup'), digitalRead(D0))")).toBe(1);
  expect(evaluated("(pinMode(D0, 'input_pulldown'), digitalRead(D0))")).toBe(0);
  expect(evaluated("(pinMode(D0, 'opendrain_pullup'), digitalWrite(D0, 1), digitalRead(D0))")).toBe(1);
  expect(evaluated("(pinMode(D0, 'opendrain_pullup'), digitalWrite(D0, 0), digitalRead(D0))")).toBe(0);
});

test("a pin's name stands for its number, and nothing else is a pin", () => {
  expect(evaluated("[typeof D20, D20 + 1]")).toEqual(["number", 21]);
  expect(evaluated("(pinMode(7, 'input_pullup'), digitalRead(D7))")).toBe(1);
  expect(() => evaluated("digitalRead(99)")).toThrow("Invalid pin");
  expect(() => evaluated("digitalRead('D7')")).toThrow("Invalid pin");
  expect(() => evaluated("digitalRead(undefined)")).toThrow("Invalid pin");
  expect(() => evaluated("pinMode(D0, 'sideways')")).toThrow("Unknown pin mode");
});

test("a Pico measures a third of its battery on GPIO 29", () => {
  expect(evaluated("analogRead(D29) * 3.3 * 3")).toBeCloseTo(4.5);
  expect(evaluated("analogRead(D0)")).toBeNaN();
});

test("a watch needs a function and a known edge, and a number that exists can be cleared once", () => {
  expect(() => evaluated("setWatch(1, D0)")).toThrow("not supplied");
  expect(() => evaluated("setWatch(function () {}, D0, { edge: 'up' })")).toThrow("'edge' in setWatch");
  expect(() => evaluated("clearWatch(17)")).toThrow("Unknown Watch 17");
  expect(evaluated("clearWatch(setWatch(function () {}, D0))")).toBeUndefined();
});
