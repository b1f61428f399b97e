import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { hashes as expected } from "../../host-tools/crypto/node.ts";
import type { Hashes, HashName } from "../../protocol/primitives.ts";
import sha from "../../test/vectors/sha.json" with { type: "json" };
import { sha1 } from "./sha1.ts";
import { sha256 } from "./sha256.ts";
import { sha512 } from "./sha512.ts";

beforeAll(() => {
  vi.stubGlobal("E", { toUint8Array: (text: string) => new Uint8Array(Buffer.from(text, "latin1")) });
});

const hashes: Hashes = { sha1, sha256, sha512 };
const names: HashName[] = ["sha1", "sha256", "sha512"];

interface Vector {
  msgAscii?: string | null;
  /** A character and how often it stands. */
  msgRepeat?: [string, number] | null;
  sha1: string;
  sha256: string;
  sha512: string;
}

function messageOf(vector: Vector): Uint8Array {
  if (!Array.isArray(vector.msgRepeat)) return new Uint8Array(Buffer.from(vector.msgAscii ?? "", "latin1"));
  const [character, count] = vector.msgRepeat;
  return new Uint8Array(count).fill(character.charCodeAt(0));
}

describe.each(names)("%s", (name) => {
  const hash = hashes[name];

  test.each(
    (sha.vectors as unknown as Vector[]).map(
      (vector) => [String(vector.msgRepeat ?? vector.msgAscii), vector] as const,
    ),
  )("gives the published digest of %s", (_, vector) => {
    expect(Buffer.from(hash.digest(messageOf(vector))).toString("hex")).toBe(vector[name]);
  });

  test("agrees with OpenSSL on any message, and leaves the message as it was", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (message) => {
        const before = message.slice();
        expect(hash.digest(message)).toEqual(expected[name].digest(message));
        expect(message).toEqual(before);
      }),
    );
  });

  test("agrees with OpenSSL on every length around the block boundaries", () => {
    for (let length = 0; length <= 3 * hash.blockLen; length++) {
      const message = new Uint8Array(length).fill(0xff);
      expect(hash.digest(message), `${length} bytes`).toEqual(expected[name].digest(message));
    }
  });

  test("hashes a view that starts inside its buffer", () => {
    const buffer = Uint8Array.from({ length: 200 }, (_, i) => i);
    expect(hash.digest(buffer.subarray(3, 100))).toEqual(expected[name].digest(buffer.slice(3, 100)));
  });

  test("says its sizes", () => {
    expect([hash.blockLen, hash.outputLen]).toEqual([expected[name].blockLen, expected[name].outputLen]);
    expect(hash.digest(new Uint8Array(0)).length).toBe(hash.outputLen);
  });
});
