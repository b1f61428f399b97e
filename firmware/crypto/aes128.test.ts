import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { aes128 as openssl } from "../../host-tools/crypto/node.ts";
import { runs } from "../../test/fuzz/runs.ts";
import vectors from "../../test/vectors/aes-modes.json" with { type: "json" };
import { aes128 } from "./aes128.ts";

beforeAll(() => {
  vi.stubGlobal("E", { toUint8Array: (text: string) => new Uint8Array(Buffer.from(text, "latin1")) });
});

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const block = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe("aes128", () => {
  test("gives the ECB vectors of NIST SP 800-38A both ways", () => {
    const cipher = aes128(bytes(vectors.ecb.key));
    const clear = bytes(vectors.ecb.pt);
    const secret = bytes(vectors.ecb.ct);
    for (let at = 0; at < clear.length; at += 16) {
      expect(cipher.encryptBlock(clear.subarray(at, at + 16))).toEqual(secret.slice(at, at + 16));
      expect(cipher.decryptBlock(secret.subarray(at, at + 16))).toEqual(clear.slice(at, at + 16));
    }
  });

  test("agrees with OpenSSL under any key, and changes neither key nor block", () => {
    fc.assert(
      fc.property(block, block, (key, input) => {
        const [keyBefore, inputBefore] = [key.slice(), input.slice()];
        const [ours, theirs] = [aes128(key), openssl(key)];
        expect(ours.encryptBlock(input)).toEqual(theirs.encryptBlock(input));
        expect(ours.decryptBlock(input)).toEqual(theirs.decryptBlock(input));
        expect([key, input]).toEqual([keyBefore, inputBefore]);
      }),
      { numRuns: runs(300) },
    );
  });

  test("keeps several keys apart", () => {
    const zero = new Uint8Array(16);
    const one = new Uint8Array(16).fill(1);
    const [first, second] = [aes128(zero), aes128(one)];
    expect(second.decryptBlock(second.encryptBlock(one))).toEqual(one);
    expect(first.encryptBlock(zero)).toEqual(openssl(zero).encryptBlock(zero));
  });

  test("knows its key no more once it was wiped", () => {
    const zero = new Uint8Array(16);
    const cipher = aes128(zero);
    const before = [cipher.encryptBlock(zero), cipher.decryptBlock(zero)];
    cipher.wipe?.();
    expect(cipher.encryptBlock(zero)).not.toEqual(before[0]);
    expect(cipher.decryptBlock(zero)).not.toEqual(before[1]);
    // An AES without round keys: what it gives depends on no key.
    const other = aes128(zero.slice().fill(9));
    other.wipe?.();
    expect(other.encryptBlock(zero)).toEqual(cipher.encryptBlock(zero));
  });

  test.each([0, 15, 17, 24, 32])("refuses a key of %s bytes", (length) => {
    expect(() => aes128(new Uint8Array(length))).toThrow(`16 bytes, not ${length}`);
  });
});
