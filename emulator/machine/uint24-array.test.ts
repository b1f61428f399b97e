import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Uint24Array } from "./uint24-array.ts";

describe("an array of 24-bit elements", () => {
  test("lies over the bytes of a buffer, little-endian, from any of them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 9, maxLength: 40 }), fc.nat(5), (bytes, offset) => {
        const array = new Uint24Array(bytes.buffer, offset);
        expect(array).toHaveLength(Math.floor((bytes.length - offset) / 3));
        for (let i = 0; i < array.length; i++) {
          const at = offset + 3 * i;
          expect(array[i]).toBe(bytes[at] + 256 * bytes[at + 1] + 65536 * bytes[at + 2]);
        }
        expect(array[array.length]).toBeUndefined();
      }),
    );
  });

  test("keeps the lowest 24 bits of what is written, and touches no other byte", () => {
    const bytes = new Uint8Array(10).fill(0xee);
    const array = new Uint24Array(bytes.buffer, 1, 2) as unknown as Record<number, number>;
    array[1] = 0x12345678;
    array[2] = 1;
    expect([...bytes]).toEqual([0xee, 0xee, 0xee, 0xee, 0x78, 0x56, 0x34, 0xee, 0xee, 0xee]);
  });

  test("is made of a length or of numbers", () => {
    expect([new Uint24Array(3)[2], new Uint24Array([5, 0x1000001])[1]]).toEqual([0, 1]);
  });

  test("is copied by the methods of arrays", () => {
    expect([].slice.call(new Uint24Array([1, 2, 70_000]))).toEqual([1, 2, 70_000]);
    expect([...new Array(3).keys()].map((i) => i in new Uint24Array(2))).toEqual([true, true, false]);
  });

  test.each(["-1", "1.5", "01", "NaN", "undefined"])("has no element %s: the board throws", (index) => {
    const array = new Uint24Array([1, 2, 3]) as unknown as Record<string, number>;
    expect(() => array[index]).toThrow(/does not already exist/);
    expect(() => {
      array[index] = 1;
    }).toThrow(/does not already exist/);
  });

  test("does not reach beyond its buffer, and takes no string", () => {
    expect(() => new Uint24Array(new ArrayBuffer(8), 3, 2)).toThrow(RangeError);
    expect(() => new Uint24Array("abc")).toThrow(TypeError);
  });
});
