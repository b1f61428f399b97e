import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashes } from "../../host-tools/crypto/node.ts";
import { OtpError } from "./errors.ts";
import { hotp } from "./hotp.ts";
import { timeStep, totp } from "./totp.ts";

const asBigint = (counter: Uint8Array) => Buffer.from(counter).readBigUInt64BE();
const key = new Uint8Array(20).fill(1);
const refused = (part: string) => expect.objectContaining({ name: "OtpError", part });

describe("timeStep", () => {
  test("is floor((time - T0) / period), exact up to 2^53", () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc
          .oneof(
            fc.integer({ min: 1, max: 100 }),
            fc.maxSafeNat().map((n) => n + 1),
          )
          .filter(Number.isSafeInteger),
        fc.maxSafeNat(),
        (a, period, b) => {
          const [t0, time] = a < b ? [a, b] : [b, a];
          expect(asBigint(timeStep(time, period, t0))).toBe((BigInt(time) - BigInt(t0)) / BigInt(period));
        },
      ),
    );
  });

  test("a fraction of a second does not round up to the next step", () => {
    expect(asBigint(timeStep(59.999, 30, 0))).toBe(1n);
    expect(asBigint(timeStep(60, 30, 0))).toBe(2n);
  });

  test("T0 may lie before 1970", () => expect(asBigint(timeStep(0, 30, -60))).toBe(2n));

  test.each([-1, -0.5, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 2 ** 53])(
    "%s is no time",
    (time) => {
      expect(() => timeStep(time, 30, 0)).toThrow(refused("time"));
    },
  );

  test("a time before T0 is refused", () => expect(() => timeStep(99, 30, 100)).toThrow(refused("time")));

  test.each([0, -30, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("%s is no period", (period) => {
    expect(() => timeStep(59, period, 0)).toThrow(refused("period"));
  });

  test.each([0.5, Number.NaN, Number.NEGATIVE_INFINITY])("%s is no T0", (t0) => {
    expect(() => timeStep(59, 30, t0)).toThrow(refused("t0"));
  });

  test("whatever comes in, only typed errors come out", () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.double(), fc.double(), (time, period, t0, digits) => {
        try {
          expect(totp(hashes.sha1, key, time, period, t0, digits)).toMatch(/^\d{6,10}$/);
        } catch (error) {
          expect(error).toBeInstanceOf(OtpError);
        }
      }),
    );
  });
});

describe("hotp", () => {
  test.each([4, 5, 11, 6.5, Number.NaN])("refuses %s digits", (digits) => {
    expect(() => hotp(hashes.sha1, key, new Uint8Array(8), digits)).toThrow(refused("digits"));
  });

  test("refuses an empty key and a counter that has not 8 bytes", () => {
    expect(() => hotp(hashes.sha1, new Uint8Array(0), new Uint8Array(8), 6)).toThrow(refused("key"));
    expect(() => hotp(hashes.sha1, key, new Uint8Array(7), 6)).toThrow(refused("counter"));
  });

  test("a shorter code is the tail of a longer one", () => {
    const counter = new Uint8Array(8).fill(3);
    const longest = hotp(hashes.sha512, key, counter, 10);
    for (let digits = 6; digits <= 10; digits++) {
      expect(hotp(hashes.sha512, key, counter, digits)).toBe(longest.slice(-digits));
    }
  });
});
