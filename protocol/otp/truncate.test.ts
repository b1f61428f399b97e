import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OtpError } from "./errors.ts";
import { truncate } from "./truncate.ts";

const macs = fc.uint8Array({ minLength: 20, maxLength: 64 });

describe("truncate", () => {
  test("RFC 4226 5.4: the example's HMAC gives 872921", () => {
    const mac = new Uint8Array(Buffer.from("1f8698690e02ca16618550ef7f19da8e945b555a", "hex"));
    expect(truncate(mac, 6)).toBe("872921");
  });

  test("is the 31-bit value modulo 10^digits, with exactly that many digits", () => {
    fc.assert(
      fc.property(macs, fc.integer({ min: 4, max: 10 }), (mac, digits) => {
        const value = Buffer.from(mac).readUInt32BE(mac[mac.length - 1] & 15) & 0x7fffffff;
        expect(truncate(mac, digits)).toBe(String(value % 10 ** digits).padStart(digits, "0"));
      }),
    );
  });

  test("a code of ten digits starts with 0, 1 or 2", () => {
    fc.assert(
      fc.property(macs, (mac) => {
        expect(truncate(mac, 10)).toMatch(/^[012]\d{9}$/);
      }),
    );
  });

  test("all ones and all zeros keep their ten digits", () => {
    expect(truncate(new Uint8Array(20).fill(0xff), 10)).toBe("2147483647");
    expect(truncate(new Uint8Array(20), 10)).toBe("0000000000");
    expect(truncate(new Uint8Array(20), 4)).toBe("0000");
  });

  test.each([0, 3, 11, 6.5, -6, Number.NaN, Number.POSITIVE_INFINITY])("refuses %s digits", (digits) => {
    expect(() => truncate(new Uint8Array(20), digits)).toThrow(
      expect.objectContaining({ part: "digits", name: "OtpError" }),
    );
  });

  test("refuses an HMAC that is too short to have an offset of 15", () => {
    expect(() => truncate(new Uint8Array(19), 6)).toThrow(OtpError);
  });
});
