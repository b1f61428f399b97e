import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashes } from "../../host-tools/crypto/node.ts";
import { runs } from "../../test/fuzz/runs.ts";
import { OtpError, type OtpPart } from "./errors.ts";
import { decodeOrder, encodeOrder, type OrderField, orderPart, orderQuestion, orderTags } from "./order.ts";

const utf8 = (text: string) => new Uint8Array(Buffer.from(text));
const characters = (alphabet: string, min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: min, maxLength: max });
const digits = characters("0123456789", 1, 255);
const amount = digits.filter((text) => !text.startsWith("0"));
const name = fc
  .string({ unit: fc.constantFrom(..."Nguyễn Thị Ánh Tuyết 李 Ω Ж"), minLength: 1, maxLength: 80 })
  .filter((text) => utf8(text).length <= 255);

const values: Record<number, fc.Arbitrary<Uint8Array>> = {
  1: digits.map(utf8),
  2: digits.map(utf8),
  3: amount.map(utf8),
  4: characters("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 3, 3).map(utf8),
  5: characters("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1, 255).map(utf8),
  6: name.map(utf8),
  7: name.map(utf8),
  8: amount.map(utf8),
  9: fc.uint8Array({ minLength: 32, maxLength: 32 }),
};

/** A template and fields that fit it. */
const orders = fc.constantFrom(1, 2, 3, 4).chain((template) => {
  const fields = orderTags(template)!.map((tag) => values[tag].map((value) => ({ tag, value })));
  return fc.tuple(fc.constant(template), fc.tuple(...fields));
});

const partOf = (action: () => unknown): OtpPart | undefined => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(OtpError);
    return (error as OtpError).part;
  }
  return undefined;
};

const transfer: OrderField[] = [
  { tag: 1, value: utf8("482913") },
  { tag: 2, value: utf8("0071000123456") },
  { tag: 3, value: utf8("1500000") },
  { tag: 4, value: utf8("VND") },
];
/** The transfer with one field's value replaced. */
const having = (tag: number, value: Uint8Array) =>
  transfer.map((field) => (field.tag === tag ? { tag, value } : field));
const whole: OrderField[] = [
  ...transfer,
  { tag: 5, value: utf8("970436") },
  { tag: 6, value: utf8("A") },
  { tag: 7, value: utf8("B") },
];

describe("an order", () => {
  test("is read back as it was written", () => {
    fc.assert(
      fc.property(orders, ([template, fields]) => {
        expect(decodeOrder(encodeOrder(template, fields))).toEqual({ template, fields });
      }),
    );
  });

  test("is its question's only preimage at hand: other fields, other question", () => {
    const question = ([template, fields]: [number, OrderField[]]) =>
      orderQuestion(hashes.sha256, encodeOrder(template, fields));
    fc.assert(
      fc.property(orders, orders, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(question(a) === question(b)).toBe(same);
        expect(question(a)).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });

  test("has one byte string: bytes that are read as an order are what its fields are written to", () => {
    const mangled = fc
      .tuple(orders, fc.nat(), fc.uint8Array({ maxLength: 3 }), fc.nat(3))
      .map(([order, at, put, drop]) => {
        const bytes = encodeOrder(...order);
        const cut = at % (bytes.length + 1);
        return new Uint8Array([...bytes.subarray(0, cut), ...put, ...bytes.subarray(cut + drop)]);
      });
    fc.assert(
      fc.property(fc.oneof(mangled, fc.uint8Array({ maxLength: 400 })), (bytes) => {
        try {
          const order = decodeOrder(bytes);
          expect(encodeOrder(order.template, order.fields)).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(OtpError);
        }
      }),
      { numRuns: runs(2000) },
    );
  });

  test("is shown from the bytes that are hashed: values are views, not copies", () => {
    const bytes = encodeOrder(1, transfer);
    for (const field of decodeOrder(bytes).fields) expect(field.value.buffer).toBe(bytes.buffer);
  });

  test("cut short anywhere is refused", () => {
    const bytes = encodeOrder(3, whole);
    for (let length = 0; length < bytes.length; length++) {
      expect(["order", "tag"]).toContain(partOf(() => decodeOrder(bytes.slice(0, length))));
    }
  });

  test("with another first byte, name or version is no order", () => {
    const bytes = encodeOrder(1, transfer);
    for (let at = 0; at < 12; at++) {
      const changed = bytes.slice();
      changed[at] ^= 1;
      expect(partOf(() => decodeOrder(changed))).toBe("order");
    }
  });

  test.each([0, 5, 256, 65537, -1, 1.5, Number.NaN])("of template %s is refused", (template) => {
    expect(partOf(() => encodeOrder(template, transfer))).toBe("template");
    expect(orderTags(template)).toBeUndefined();
  });

  test("of an unknown template is refused when it is read, too", () => {
    const bytes = encodeOrder(1, transfer);
    bytes[13] = 9;
    expect(partOf(() => decodeOrder(bytes))).toBe("template");
  });

  test("has each tag that its template names, once, ascending, and no other", () => {
    for (const tag of [1, 2, 3, 4]) {
      const without = transfer.filter((field) => field.tag !== tag);
      expect(partOf(() => encodeOrder(1, without))).toBe("tag");
    }
    expect(partOf(() => encodeOrder(1, whole))).toBe("tag");
    expect(partOf(() => encodeOrder(3, transfer))).toBe("tag");
    expect(partOf(() => encodeOrder(1, transfer.toReversed()))).toBe("tag");
    expect(partOf(() => encodeOrder(1, [...transfer, transfer[3]]))).toBe("tag");
    expect(partOf(() => encodeOrder(1, []))).toBe("tag");
    expect(partOf(() => encodeOrder(1, Array(300).fill(transfer[0])))).toBe("tag");
  });

  test.each([0, 10, 257, -1, 1.5, Number.NaN])("has no tag %s", (tag) => {
    expect(partOf(() => encodeOrder(1, [...transfer, { tag, value: utf8("1") }]))).toBe("tag");
    expect(orderPart(tag)).toBeUndefined();
  });
});

describe("a value", () => {
  test.each([
    [1, "", "empty"],
    [1, "12a", "a letter"],
    [1, " 12", "a space"],
    [2, "", "empty"],
    [2, "VN12", "letters"],
    [2, "12-34", "a hyphen"],
    [3, "", "empty"],
    [3, "0", "zero"],
    [3, "01", "a leading zero"],
    [3, "1.5", "a point"],
    [3, "-1", "a sign"],
    [3, "1e5", "an exponent"],
    [3, "\uff11", "a digit of another width"],
    [4, "", "empty"],
    [4, "VN", "two letters"],
    [4, "VNDX", "four letters"],
    [4, "vnd", "small letters"],
    [4, "V1D", "a digit"],
  ])("of tag %s refuses %j: %s", (tag, text) => {
    expect(partOf(() => encodeOrder(1, having(tag, utf8(text))))).toBe(orderPart(tag));
  });

  test("has 255 bytes at most", () => {
    expect(partOf(() => encodeOrder(1, having(2, new Uint8Array(255).fill(0x31))))).toBeUndefined();
    expect(partOf(() => encodeOrder(1, having(2, new Uint8Array(256).fill(0x31))))).toBe("payeeAccount");
  });

  test.each([
    [5, "vcb"],
    [5, ""],
    [5, "97 04"],
    [6, ""],
    [6, "e\u0301"],
    [7, "a\u202eb"],
  ])("of tag %s in a whole order refuses %j", (tag, text) => {
    const fields = whole.map((field) => (field.tag === tag ? { tag, value: utf8(text) } : field));
    expect(partOf(() => encodeOrder(3, fields))).toBe(orderPart(tag));
  });

  test.each([
    [8, new Uint8Array(0)],
    [8, utf8("0")],
    [8, utf8("025")],
    [8, utf8("2x")],
    [9, new Uint8Array(31)],
    [9, new Uint8Array(33)],
  ])("of tag %s in a batch refuses %o", (tag, value) => {
    const batch = [
      transfer[0],
      transfer[2],
      transfer[3],
      { tag: 8, value: utf8("2") },
      { tag: 9, value: new Uint8Array(32) },
    ];
    expect(partOf(() => encodeOrder(4, batch))).toBeUndefined();
    const fields = batch.map((field) => (field.tag === tag ? { tag, value } : field));
    expect(partOf(() => encodeOrder(4, fields))).toBe(orderPart(tag));
  });
});
