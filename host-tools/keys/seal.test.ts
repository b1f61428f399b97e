import { createDecipheriv, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { enrolmentAad, openSeed, SealError, sealSeed } from "./seal.ts";

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const seed = fc.uint8Array({ minLength: 16, maxLength: 64 });
const aad = fc.uint8Array({ maxLength: 80 });

describe("a sealed seed", () => {
  it("opens to the same bytes under the same key and associated data", () => {
    fc.assert(
      fc.property(key, aad, seed, (k, a, s) => {
        expect(openSeed(k, a, sealSeed(k, a, s))).toEqual(s);
      }),
    );
  });

  it("is nonce, ciphertext and tag of AES-256-GCM, in base64url without padding", () => {
    const k = randomBytes(32);
    const s = randomBytes(32);
    const a = enrolmentAad("OC000001", 1, "TOTP-SHA256-8-30");
    const sealed = sealSeed(k, a, s);
    expect(sealed).toMatch(/^[A-Za-z0-9_-]{80}$/);
    const bytes = Buffer.from(sealed, "base64url");
    const decipher = createDecipheriv("aes-256-gcm", k, bytes.subarray(0, 12)).setAAD(a).setAuthTag(bytes.subarray(44));
    expect(Buffer.concat([decipher.update(bytes.subarray(12, 44)), decipher.final()])).toEqual(s);
  });

  it("does not open when any bit of it, of its key or of its associated data differs", () => {
    const flipped = (bytes: Uint8Array, bit: number) =>
      bytes.map((b, i) => (i === bit >> 3 ? b ^ (1 << (bit & 7)) : b));
    fc.assert(
      fc.property(key, aad, seed, fc.nat(), fc.constantFrom("sealed", "key", "aad"), (k, a, s, at, which) => {
        const sealed = sealSeed(k, a, s);
        const target = which === "sealed" ? Buffer.from(sealed, "base64url") : which === "key" ? k : a;
        fc.pre(target.length > 0);
        const other = flipped(new Uint8Array(target), at % (target.length * 8));
        const open = () =>
          which === "sealed"
            ? openSeed(k, a, Buffer.from(other).toString("base64url"))
            : which === "key"
              ? openSeed(other, a, sealed)
              : openSeed(k, other, sealed);
        expect(open).toThrow(SealError);
      }),
    );
  });

  it("does not open when it is cut short, padded or spelled in another alphabet", () => {
    const k = randomBytes(32);
    const a = enrolmentAad("OC000001", 1, "TOTP-SHA256-8-30");
    const sealed = sealSeed(k, a, randomBytes(32));
    for (const other of ["", "AAAA", sealed.slice(0, 20), `${sealed}=`, ` ${sealed}`, `${sealed}\n`, "!".repeat(80)])
      expect(() => openSeed(k, a, other), JSON.stringify(other)).toThrow(SealError);
  });

  it("is never the same twice, so equal seeds don't show", () => {
    const k = randomBytes(32);
    const s = new Uint8Array(32);
    const all = Array.from({ length: 100 }, () => sealSeed(k, new Uint8Array(), s));
    expect(new Set(all).size).toBe(100);
  });
});

describe("the associated data of an enrolment", () => {
  it("names token, slot and suite", () => {
    expect(Buffer.from(enrolmentAad("OC000001", 2, "TOTP-SHA256-8-30")).toString()).toBe(
      "ochre-enrolment|OC000001|2|TOTP-SHA256-8-30",
    );
  });

  it("refuses a field that could pass for two", () => {
    expect(() => enrolmentAad("OC|1", 1, "TOTP-SHA256-8-30")).toThrow(RangeError);
  });
});
