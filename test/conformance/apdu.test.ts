import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import { asciiBytes, asciiText } from "../../protocol/apdu/ascii.ts";
import { type CommandApdu, encodeCommand, parseCommand } from "../../protocol/apdu/command.ts";
import { encodeResponse, parseResponse } from "../../protocol/apdu/response.ts";
import { isProtectedStatus, statusWordText } from "../../protocol/apdu/status-word.ts";
import { encodeTlv, findTlv, parseTlv, requireTlv, type Tlv } from "../../protocol/apdu/tlv.ts";
import { decodeUnixTime, encodeUnixTime } from "../../protocol/apdu/unix-time.ts";
import { runs } from "../fuzz/runs.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");
const byte = fc.integer({ min: 0, max: 255 });

/** The result, or `undefined` for the one kind of error that is allowed. */
function orTyped<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    expect(error).toBeInstanceOf(ApduError);
    return undefined;
  }
}

describe("a command APDU (ISO/IEC 7816-4)", () => {
  const command: fc.Arbitrary<CommandApdu> = fc.record({
    cla: byte,
    ins: byte,
    p1: byte,
    p2: byte,
    data: fc.uint8Array({ maxLength: 255 }),
    le: fc.option(fc.integer({ min: 1, max: 256 }), { nil: undefined }),
  });

  it.each([
    ["case 1", "00a40400", { data: "", le: undefined }],
    ["case 2", "00a4040010", { data: "", le: 16 }],
    ["case 2 with all of it", "00a4040000", { data: "", le: 256 }],
    ["case 3", "00a40400020102", { data: "0102", le: undefined }],
    ["case 4", "00a4040002010200", { data: "0102", le: 256 }],
  ])("of %s is read and written", (_, encoded, { data, le }) => {
    const parsed = { cla: 0x00, ins: 0xa4, p1: 0x04, p2: 0x00, data: bytes(data), le };
    expect(parseCommand(bytes(encoded))).toEqual(parsed);
    expect(hex(encodeCommand(parsed))).toBe(encoded);
  });

  it("comes back as it was, whatever it holds", () => {
    fc.assert(
      fc.property(command, (sent) => {
        expect(parseCommand(encodeCommand(sent))).toEqual(sent);
      }),
    );
  });

  it("is accepted of arbitrary bytes only where they say exactly one thing", () => {
    const encoded = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      command.map(encodeCommand),
      fc
        .tuple(command, fc.uint8Array({ maxLength: 2 }))
        .map(([c, extra]) => Uint8Array.of(...encodeCommand(c), ...extra)),
    );
    fc.assert(
      fc.property(encoded, (received) => {
        const parsed = orTyped(() => parseCommand(received));
        if (parsed !== undefined) expect(encodeCommand(parsed)).toEqual(received);
      }),
      { numRuns: runs(1000) },
    );
  });

  it("is refused with 6700 for a wrong Lc and for extended lengths", () => {
    for (const wrong of ["", "80", "80ca00", "80ca00000201", "80ca000002010203ff", "80ca0000000001ff"]) {
      expect(() => parseCommand(bytes(wrong))).toThrow(expect.objectContaining({ statusWord: 0x6700 }));
    }
  });

  it("does not carry more than 255 bytes, nor expect more than 256 or none", () => {
    const sent = { cla: 0, ins: 0, p1: 0, p2: 0, data: new Uint8Array(0) };
    expect(() => encodeCommand({ ...sent, data: new Uint8Array(256) })).toThrow(ApduError);
    for (const le of [0, 257, -1, Number.NaN]) expect(() => encodeCommand({ ...sent, le })).toThrow(ApduError);
  });
});

describe("a response APDU", () => {
  it("comes back as it was, up to 256 bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 256 }), fc.integer({ min: 0, max: 0xffff }), (data, statusWord) => {
        expect(parseResponse(encodeResponse(data, statusWord))).toEqual({ data, statusWord });
      }),
    );
    expect(() => encodeResponse(new Uint8Array(257), 0x9000)).toThrow(ApduError);
  });

  it("has a status word and 256 bytes at most", () => {
    for (const length of [0, 1, 259, 1000]) expect(() => parseResponse(new Uint8Array(length))).toThrow(ApduError);
  });

  it("is protected in a session when it is no error: 9000, 62xx, 63xx (Amendment D 6.2.5)", () => {
    const all = Array.from({ length: 0x10000 }, (_, sw) => sw);
    expect(all.filter(isProtectedStatus)).toEqual(all.filter((sw) => sw === 0x9000 || (sw >= 0x6200 && sw <= 0x63ff)));
  });

  it("explains its status word to people, known or not", () => {
    expect(statusWordText(0x6a88)).toBe("referenced data not found (6A88)");
    expect(statusWordText(0x6982)).toBe("security status not satisfied (6982)");
    expect(statusWordText(0x0001)).toBe("status word 0001");
  });
});

describe("BER-TLV", () => {
  const tag = fc.oneof(
    fc.integer({ min: 1, max: 0xff }).filter((value) => (value & 0x1f) !== 0x1f),
    fc
      .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0x1f, max: 0x7f }))
      .map(([a, b]) => (((a << 5) | 0x1f) << 8) | b),
  );
  const tlv: fc.Arbitrary<Tlv> = fc.record({
    tag,
    value: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom(127, 128, 255, 256, 300).map((length) => new Uint8Array(length).fill(7)),
    ),
  });

  it.each([
    [0x80, "", "8000"],
    [0xe1, "8001ff", "e1038001ff"],
    [0xdf20, "01", "df200101"],
    [0x1f7f, "", "1f7f00"],
  ])("of tag %i is read and written", (value, content, encoded) => {
    expect(hex(encodeTlv(value, bytes(content)))).toBe(encoded);
    expect(parseTlv(bytes(encoded))).toEqual([{ tag: value, value: bytes(content) }]);
  });

  it("writes lengths in the shortest way", () => {
    const header = (length: number) => hex(encodeTlv(0x80, new Uint8Array(length)).subarray(0, 4));
    expect(header(0x7f)).toBe("807f0000");
    expect(header(0x80)).toBe("80818000");
    expect(header(0xff)).toBe("8081ff00");
    expect(header(0x100)).toBe("80820100");
    expect(header(0xffff)).toBe("8082ffff");
    expect(() => encodeTlv(0x80, new Uint8Array(0x10000))).toThrow(ApduError);
  });

  it("gives every list of objects back", () => {
    fc.assert(
      fc.property(fc.array(tlv, { maxLength: 6 }), (objects) => {
        const encoded = new Uint8Array(Buffer.concat(objects.map(({ tag, value }) => encodeTlv(tag, value))));
        expect(parseTlv(encoded)).toEqual(objects);
      }),
    );
  });

  it("accepts of arbitrary bytes only what it would have written itself", () => {
    const interesting = fc.array(fc.oneof(byte, fc.constantFrom(0, 0x1f, 0x80, 0x81, 0x82, 0xdf, 0x7f, 0xff)), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.oneof(interesting, fc.uint8Array({ maxLength: 300 })), (noise) => {
        const received = Uint8Array.from(noise);
        const objects = orTyped(() => parseTlv(received));
        if (objects === undefined) return;
        expect(new Uint8Array(Buffer.concat(objects.map(({ tag, value }) => encodeTlv(tag, value))))).toEqual(received);
      }),
      { numRuns: runs(3000) },
    );
  });

  it("refuses lengths that are not minimal, not there or beyond the data, and tags it does not have", () => {
    const wrongs = [
      "80", // no length
      "800100ff", // a second object without its length
      "8002ff", // beyond the data
      "80817f" + "00".repeat(127), // not minimal
      "808200ff" + "00".repeat(255),
      "8081",
      "8082ff",
      "8080", // indefinite
      "8083000001ff", // three bytes of length
      "000100", // padding
      "df", // half a tag
      "1f1e00", // a two-byte tag that one byte could hold
      "1f810100", // three bytes of tag
    ];
    for (const wrong of wrongs) expect(() => parseTlv(bytes(wrong))).toThrow(ApduError);
    for (const wrong of [0, 0x1f, 0x1f1e, 0x1f80, 0x8001, 0x10000, -1, 1.5]) {
      expect(() => encodeTlv(wrong, new Uint8Array(0))).toThrow(ApduError);
    }
  });

  it("finds an object by its tag, and refuses to choose between two", () => {
    const objects = parseTlv(bytes("8001018101028101038200"));
    expect(findTlv(objects, 0x80)).toEqual(bytes("01"));
    expect(findTlv(objects, 0x83)).toBeUndefined();
    expect(() => findTlv(objects, 0x81)).toThrow(ApduError);
    expect(requireTlv(objects, 0x82, 0, 0)).toHaveLength(0);
    expect(() => requireTlv(objects, 0x80, 2, 3)).toThrow(ApduError);
    expect(() => requireTlv(objects, 0x83, 0, 3)).toThrow(ApduError);
  });
});

describe("texts and times in data objects", () => {
  const printable = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 20,
  });

  it("carry printable ASCII and nothing else", () => {
    fc.assert(
      fc.property(printable, (text) => {
        const encoded = orTyped(() => asciiBytes(text, 16));
        expect(encoded === undefined).toBe(text.length === 0 || text.length > 16);
        if (encoded !== undefined) expect(asciiText(encoded)).toBe(text);
      }),
    );
    for (const wrong of ["a\n", "\x7f", "\u0141", "tiền"]) expect(() => asciiBytes(wrong, 16)).toThrow(ApduError);
    for (const wrong of ["00", "1f", "7f", "41c1"]) expect(() => asciiText(bytes(wrong))).toThrow(ApduError);
  });

  it("carry whole seconds up to 2^53 - 1", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (seconds) => {
        const encoded = encodeUnixTime(seconds);
        expect(hex(encoded)).toBe(seconds.toString(16).padStart(16, "0"));
        expect(decodeUnixTime(encoded)).toBe(seconds);
      }),
    );
    expect(decodeUnixTime(encodeUnixTime(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER);
    for (const wrong of [-1, 0.5, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => encodeUnixTime(wrong)).toThrow(ApduError);
    }
    for (const wrong of ["", "00", "0020000000000000", "ffffffffffffffff", "000000000000000000"]) {
      expect(() => decodeUnixTime(bytes(wrong))).toThrow(ApduError);
    }
  });
});
