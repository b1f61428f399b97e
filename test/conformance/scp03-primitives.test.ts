import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aes128 } from "../../host-tools/crypto/node.ts";
import { cbcDecrypt, cbcEncrypt } from "../../protocol/scp03/cbc.ts";
import { cmac, cmacKey, wipeCmacKey } from "../../protocol/scp03/cmac.ts";
import { equalBytes } from "../../protocol/scp03/constant-time.ts";
import { diversify, kbkdf, PURPOSE_DEK, PURPOSE_ENC, PURPOSE_MAC, serialField } from "../../protocol/scp03/kbkdf.ts";
import { pad, unpad } from "../../protocol/scp03/padding.ts";
import aesCmac from "../vectors/aes-cmac.json" with { type: "json" };
import aesModes from "../vectors/aes-modes.json" with { type: "json" };
import kbkdfVectors from "../vectors/kbkdf-sp800-108.json" with { type: "json" };

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");
const block = fc.uint8Array({ minLength: 16, maxLength: 16 });
const blocks = fc.array(block, { maxLength: 20 }).map((list) => new Uint8Array(Buffer.concat(list)));
const key = aes128(bytes(aesModes.cbc.key));

describe("AES-128 as it is handed in", () => {
  it("is FIPS 197 both ways (SP 800-38A F.1.1)", () => {
    const { pt, ct } = aesModes.ecb;
    for (let at = 0; at < pt.length; at += 32) {
      expect(hex(key.encryptBlock(bytes(pt.slice(at, at + 32))))).toBe(ct.slice(at, at + 32));
      expect(hex(key.decryptBlock(bytes(ct.slice(at, at + 32))))).toBe(pt.slice(at, at + 32));
    }
  });
});

describe("CBC (SP 800-38A 6.2)", () => {
  it("gives F.2.1 both ways", () => {
    const { iv, pt, ct } = aesModes.cbc;
    expect(hex(cbcEncrypt(key, bytes(iv), bytes(pt)))).toBe(ct);
    expect(hex(cbcDecrypt(key, bytes(iv), bytes(ct)))).toBe(pt);
  });

  it("gives every message back and leaves its arguments alone, wherever they lie in memory", () => {
    fc.assert(
      fc.property(block, blocks, fc.nat(15), (icv, message, offset) => {
        const somewhere = new Uint8Array(message.length + offset);
        const view = somewhere.subarray(offset);
        view.set(message);
        const before = icv.slice();
        const encrypted = cbcEncrypt(key, icv, view);
        expect(view).toEqual(message);
        const sent = encrypted.slice();
        expect(cbcDecrypt(key, icv, encrypted)).toEqual(message);
        expect(encrypted).toEqual(sent);
        expect(icv).toEqual(before);
      }),
    );
  });

  it("takes whole blocks only", () => {
    expect(() => cbcEncrypt(key, new Uint8Array(16), new Uint8Array(15))).toThrow();
    expect(() => cbcDecrypt(key, new Uint8Array(15), new Uint8Array(16))).toThrow();
  });
});

describe("CMAC (RFC 4493)", () => {
  const vectors = aesCmac.vectors.filter((vector) => vector.keyBits === 128);

  it.each(vectors)("of $msg is $cmac", (vector) => {
    expect(hex(cmac(cmacKey(aes128(bytes(vector.key))), [bytes(vector.msg)]))).toBe(vector.cmac);
  });

  it("has the subkeys of RFC 4493 4", () => {
    const made = cmacKey(aes128(bytes(aesCmac.subkeys.key)));
    expect(hex(new Uint8Array(made.k1.buffer))).toBe(aesCmac.subkeys.K1);
    expect(hex(new Uint8Array(made.k2.buffer))).toBe(aesCmac.subkeys.K2);
  });

  it("does not depend on how a message is cut into parts, and leaves them alone", () => {
    const made = cmacKey(key);
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), (parts) => {
        const whole = new Uint8Array(Buffer.concat(parts));
        const copies = parts.map((part) => part.slice());
        expect(cmac(made, parts)).toEqual(cmac(made, [whole]));
        expect(parts).toEqual(copies);
      }),
    );
  });

  it("leaves no subkey behind when its key is wiped", () => {
    const made = cmacKey(key);
    wipeCmacKey(made);
    expect([...made.k1, ...made.k2].every((word) => word === 0)).toBe(true);
  });
});

describe("key derivation (SP 800-108, counter mode, CMAC, 8-bit counter first)", () => {
  it.each(kbkdfVectors.vectors)("gives NIST's $L bits", ({ ki, fixed, L, ko }) => {
    expect(hex(kbkdf(cmacKey(aes128(bytes(ki))), bytes(fixed), L / 8))).toBe(ko);
  });

  it("counts no further than its counter reaches", () => {
    expect(kbkdf(cmacKey(key), new Uint8Array(1), 255 * 16)).toHaveLength(255 * 16);
    expect(() => kbkdf(cmacKey(key), new Uint8Array(1), 255 * 16 + 1)).toThrow();
  });

  it("diversifies over label, purpose, key version, issuer, model and serial number", () => {
    const master = bytes("000102030405060708090a0b0c0d0e0f");
    const issuer = bytes("1122334455667788");
    const model = bytes("0001");
    const derived = diversify(aes128, master, PURPOSE_MAC, 3, issuer, model, serialField("OC000001"));
    const message = Buffer.concat([
      Uint8Array.of(1),
      Buffer.from("OCHRE-KD"),
      Uint8Array.of(2, 3),
      issuer,
      model,
      Buffer.from("OC000001\0\0\0\0\0\0\0\0"),
    ]);
    expect(derived).toEqual(cmac(cmacKey(aes128(master)), [new Uint8Array(message)]));
  });

  it("gives each purpose, version, issuer, model and serial number its own key", () => {
    const master = bytes("000102030405060708090a0b0c0d0e0f");
    const issuer = bytes("1122334455667788");
    const made = [
      ...[PURPOSE_ENC, PURPOSE_MAC, PURPOSE_DEK].map((purpose) =>
        diversify(aes128, master, purpose, 1, issuer, bytes("0001"), serialField("OC000001")),
      ),
      diversify(aes128, master, PURPOSE_ENC, 2, issuer, bytes("0001"), serialField("OC000001")),
      diversify(aes128, master, PURPOSE_ENC, 1, bytes("1122334455667789"), bytes("0001"), serialField("OC000001")),
      diversify(aes128, master, PURPOSE_ENC, 1, issuer, bytes("0002"), serialField("OC000001")),
      diversify(aes128, master, PURPOSE_ENC, 1, issuer, bytes("0001"), serialField("OC000002")),
    ];
    expect(new Set(made.map(hex)).size).toBe(made.length);
  });

  it("refuses fields of another length", () => {
    const master = new Uint8Array(16);
    const serial = new Uint8Array(16);
    expect(() => diversify(aes128, master, 1, 1, new Uint8Array(7), new Uint8Array(2), serial)).toThrow();
    expect(() => diversify(aes128, master, 1, 1, new Uint8Array(8), new Uint8Array(3), serial)).toThrow();
    expect(() => diversify(aes128, master, 1, 1, new Uint8Array(8), new Uint8Array(2), new Uint8Array(8))).toThrow();
    expect(() => serialField("")).toThrow();
    expect(() => serialField("12345678901234567")).toThrow();
  });
});

describe("padding (ISO/IEC 7816-4)", () => {
  it("comes off again, and is always 1 to 16 bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        const padded = pad(data);
        expect(padded.length & 15).toBe(0);
        expect(padded.length - data.length).toBeGreaterThanOrEqual(1);
        expect(padded.length - data.length).toBeLessThanOrEqual(16);
        expect(unpad(padded)).toEqual(data);
      }),
    );
  });

  it("is refused where it is not 80 00* within the last block", () => {
    expect(unpad(new Uint8Array(0))).toBeUndefined();
    expect(unpad(new Uint8Array(16))).toBeUndefined();
    expect(unpad(bytes("80" + "00".repeat(31)))).toBeUndefined();
    expect(unpad(bytes("00".repeat(15) + "81"))).toBeUndefined();
    expect(unpad(bytes("80" + "00".repeat(15)))).toEqual(new Uint8Array(0));
  });
});

describe("comparison in constant time", () => {
  it("says what a plain comparison says", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(159), (a, bit) => {
        expect(equalBytes(a, a.slice())).toBe(true);
        const b = a.slice();
        if (bit >> 3 < b.length) {
          b[bit >> 3] ^= 1 << (bit & 7);
          expect(equalBytes(a, b)).toBe(false);
        }
        expect(equalBytes(a, a.subarray(1))).toBe(a.length === 0);
      }),
    );
  });
});
