import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PIN_MAX_LENGTH, PIN_MIN_LENGTH } from "./vault.ts";
import { weakPin } from "./weak-pin.ts";

const ascii = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((each) => each.join(""));
const two = (number: number) => String(number).padStart(2, "0");

describe("a PIN is too easy to guess", () => {
  test.each([
    ["12345", "length"],
    ["123456789", "length"],
    ["000000", "repeat"],
    ["111222", "repeat"],
    ["788788", "repeat"],
    ["12341234", "repeat"],
    ["1231231", "repeat"],
    ["123456", "run"],
    ["654321", "run"],
    ["8901237", "run"],
    ["74567890", "run"],
    ["135791", "run"],
    ["311299", "date"],
    ["123199", "date"],
    ["850229", "date"],
    ["02091945", "date"],
    ["20261123", "date"],
  ] as const)("%s: %s", (pin, verdict) => {
    expect(weakPin(ascii(pin))).toBe(verdict);
  });

  test("when it is a piece over and over", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }).chain(digits), fc.integer({ min: 6, max: 8 }), (piece, length) => {
        fc.pre(2 * piece.length <= length);
        expect(weakPin(ascii(piece.repeat(8).slice(0, length)))).not.toBe("");
      }),
    );
  });

  test("when it is somebody's birthday, however they write it", () => {
    const birthday = fc.date({ min: new Date("1900-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(birthday, (date) => {
        const [day, month] = [two(date.getUTCDate()), two(date.getUTCMonth() + 1)];
        const year = String(date.getUTCFullYear());
        for (const written of [year, year.slice(2)])
          for (const pin of [day + month + written, month + day + written, written + month + day])
            expect(weakPin(ascii(pin))).not.toBe("");
      }),
    );
  });
});

test("six in seven PINs of any length may be used: dates alone are one in ten of six digits", () => {
  for (let length = PIN_MIN_LENGTH; length <= PIN_MAX_LENGTH; length++) {
    const pins = fc.sample(digits(length), { numRuns: 2000, seed: length });
    const good = pins.filter((pin) => weakPin(ascii(pin)) === "");
    expect(good.length).toBeGreaterThan((2000 * 6) / 7);
  }
});
