import fc from "fast-check";
import { expect, test } from "vitest";
import { compress } from "../../firmware/build/heatshrink.ts";
import { decompress } from "./heatshrink.ts";

/** Bytes that stand there again and again, near and far, as programs have them. */
const repetitive = fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(3)), { maxLength: 30 }).map((pieces) =>
  Uint8Array.from(
    pieces.flatMap(([piece, times]) =>
      Array(times)
        .fill([...piece])
        .flat(),
    ),
  ),
);

test("bytes that were compressed come back, whatever they are, and each takes nine bits at most", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), repetitive), (bytes) => {
      const stream = compress(bytes);
      expect(stream.length).toBeLessThanOrEqual(Math.ceil((9 * bytes.length) / 8));
      expect(decompress(stream)).toEqual(bytes);
    }),
  );
});

test("what a genuine Espruino compressed comes back, and the build makes it no longer", () => {
  // `btoa(E.toString(require("heatshrink").compress(...)))` of 2v29.277, the same on Linux and on an RP2040.
  const genuine = Buffer.from("sNisYCLvF5vQFCkFhAH4AdA=", "base64");
  const text = Buffer.from(`abcabcabcabcabcxyzabc ${"a".repeat(95)}`);
  expect(Buffer.from(decompress(genuine))).toEqual(text);
  expect(compress(text).length).toBeLessThanOrEqual(genuine.length);
});

test("what stood at most 256 bytes before is copied, up to 64 bytes of it", () => {
  const piece = Uint8Array.from({ length: 64 }, (_, i) => i);
  const apart = (distance: number) => {
    const bytes = new Uint8Array(distance + 64).map((_, i) => 64 + ((i * 89) % 191));
    bytes.set(piece);
    bytes.set(piece, distance);
    return compress(bytes).length;
  };
  expect(apart(257) - apart(256)).toBeGreaterThan(60);
});
