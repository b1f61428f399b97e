import fc from "fast-check";
import { expect, test } from "vitest";
import { base64FromBytes, bytesFromBase64 } from "./base64.ts";

test("bytes of every number are written as everybody writes them, and read again", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = base64FromBytes(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64"));
      expect(bytesFromBase64(text)).toEqual(bytes);
    }),
  );
});

test("what is not Base64 is refused", () => {
  for (const text of ["!", "a", "\u1ec1aaa"]) expect(() => bytesFromBase64(text)).toThrow(DOMException);
});
