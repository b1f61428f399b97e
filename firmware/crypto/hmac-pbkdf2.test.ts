import { pbkdf2Sync } from "node:crypto";
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { hashes as nodeHashes } from "../../host-tools/crypto/node.ts";
import { hmac } from "../../protocol/otp/hmac.ts";
import type { Hashes, HashName } from "../../protocol/primitives.ts";
import { runs } from "../../test/fuzz/runs.ts";
import hmacVectors from "../../test/vectors/hmac.json" with { type: "json" };
import pbkdf2Vectors from "../../test/vectors/pbkdf2.json" with { type: "json" };
import { pbkdf2 } from "./pbkdf2.ts";
import { sha1 } from "./sha1.ts";
import { sha256 } from "./sha256.ts";
import { sha512 } from "./sha512.ts";

beforeAll(() => {
  vi.stubGlobal("E", { toUint8Array: (text: string) => new Uint8Array(Buffer.from(text, "latin1")) });
});

const hashes: Hashes = { sha1, sha256, sha512 };
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (array: Uint8Array) => Buffer.from(array).toString("hex");

describe("HMAC over the token's own hashes", () => {
  const cases = (hmacVectors.vectors as unknown as Record<string, string>[]).flatMap((vector) =>
    (["sha1", "sha256", "sha512"] as HashName[])
      .filter((name) => vector[name] !== undefined)
      .map((name) => [name, vector.source, vector] as const),
  );

  test.each(cases)("%s, %s", (name, _, vector) => {
    const mac = hex(hmac(hashes[name], bytes(vector.key), bytes(vector.data)));
    // RFC 4231 4.6 gives a truncated value.
    expect(mac.slice(0, vector[name].length)).toBe(vector[name]);
  });
});

describe("PBKDF2", () => {
  test.each(pbkdf2Vectors.vectors.map((vector) => [vector.prf, vector.c, vector.source, vector] as const))(
    "with HMAC-%s and %s iterations, %s",
    (prf, c, _, vector) => {
      // Eighty thousand iterations are OpenSSL's to hash: what they prove is this function's loop.
      const provider = c > 10_000 ? nodeHashes : hashes;
      const key = pbkdf2(provider[prf as HashName], bytes(vector.password), bytes(vector.salt), c, vector.dkLen);
      expect(hex(key)).toBe(vector.dk);
    },
  );

  test("agrees with OpenSSL for any password, salt, count and length", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<HashName>("sha1", "sha256", "sha512"),
        fc.uint8Array({ maxLength: 150 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 150 }),
        (name, password, salt, iterations, length) => {
          const expected = new Uint8Array(pbkdf2Sync(password, salt, iterations, length, name));
          expect(pbkdf2(hashes[name], password, salt, iterations, length)).toEqual(expected);
        },
      ),
      { numRuns: runs(60) },
    );
  });

  test("refuses to derive nothing, or without an iteration", () => {
    const one = new Uint8Array(1);
    expect(() => pbkdf2(sha1, one, one, 0, 20)).toThrow("one iteration or more, not 0");
    expect(() => pbkdf2(sha1, one, one, 1, 0)).toThrow("one byte or more, not 0");
    expect(() => pbkdf2(sha1, one, one, Number.NaN, 20)).toThrow(RangeError);
  });
});
