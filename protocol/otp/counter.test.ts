import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareCounters, counterFromNumber, incrementCounter } from "./counter.ts";

const counters = fc.uint8Array({ minLength: 8, maxLength: 8 });
const asBigint = (counter: Uint8Array) => Buffer.from(counter).readBigUInt64BE();

describe("counters", () => {
  test("a Number up to 2^53 - 1 becomes its 8 bytes, most significant first", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(asBigint(counterFromNumber(value))).toBe(BigInt(value));
      }),
    );
    expect(asBigint(counterFromNumber(Number.MAX_SAFE_INTEGER))).toBe(2n ** 53n - 1n);
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])("%s is refused", (value) => {
    expect(() => counterFromNumber(value)).toThrow(expect.objectContaining({ part: "counter" }));
  });

  test("the next counter is one more, modulo 2^64, and the old one stays as it was", () => {
    fc.assert(
      fc.property(counters, (counter) => {
        const before = asBigint(counter);
        const next = incrementCounter(counter);
        expect(asBigint(next)).toBe(BigInt.asUintN(64, before + 1n));
        expect(asBigint(counter)).toBe(before);
      }),
    );
  });

  test("carries run through every byte, and after 2^64 - 1 comes 0", () => {
    for (let bits = 8n; bits <= 64n; bits += 8n) {
      const full = Buffer.alloc(8);
      full.writeBigUInt64BE(2n ** bits - 1n);
      expect(asBigint(incrementCounter(new Uint8Array(full)))).toBe(BigInt.asUintN(64, 2n ** bits));
    }
  });

  test("compare as the numbers do", () => {
    fc.assert(
      fc.property(counters, counters, (a, b) => {
        const expected = asBigint(a) < asBigint(b) ? -1 : asBigint(a) > asBigint(b) ? 1 : 0;
        expect(compareCounters(a, b)).toBe(expected);
        expect(compareCounters(a, new Uint8Array(a))).toBe(0);
        expect(compareCounters(a, incrementCounter(a))).toBe(asBigint(a) === 2n ** 64n - 1n ? 1 : -1);
      }),
    );
  });

  test.each([0, 7, 9])("%s bytes are no counter", (length) => {
    const wrong = new Uint8Array(length);
    const typed = expect.objectContaining({ part: "counter" });
    expect(() => incrementCounter(wrong)).toThrow(typed);
    expect(() => compareCounters(wrong, new Uint8Array(8))).toThrow(typed);
    expect(() => compareCounters(new Uint8Array(8), wrong)).toThrow(typed);
  });
});
