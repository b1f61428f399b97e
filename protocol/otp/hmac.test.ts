import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashes } from "../../host-tools/crypto/node.ts";
import type { HashName } from "../primitives.ts";
import { hmac, hmacKey, hmacWith, wipeHmacKey } from "./hmac.ts";
import { BareHash } from "./iterated-hash.ts";

describe("hmac", () => {
  test("leaves key and message as they were, and each call stands alone", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 300 }), (key, message) => {
        const [keyBefore, messageBefore] = [key.slice(), message.slice()];
        const first = hmac(hashes.sha256, key, message);
        expect(hmac(hashes.sha256, key, message)).toEqual(first);
        expect([key, message]).toEqual([keyBefore, messageBefore]);
      }),
    );
  });

  test.each([20, 64, 65, 200])("overwrites all that it derived from a key of %s bytes", (length) => {
    const seen: Uint8Array[] = [];
    const watched = new BareHash(64, 32, (message) => {
      const digest = hashes.sha256.digest(message);
      seen.push(message, digest);
      return digest;
    });
    const key = new Uint8Array(length).fill(7);
    const mac = hmac(watched, key, new Uint8Array(10).fill(9));
    const left = seen.filter((array) => array !== key && array !== mac);
    expect(left.length).toBe(length > 64 ? 4 : 3);
    for (const array of left) expect(array).toEqual(new Uint8Array(array.length));
    expect(key).toEqual(new Uint8Array(length).fill(7));
    expect(mac).not.toEqual(new Uint8Array(32));
  });

  test("of a key that is kept ready is the same for every message, until the key is wiped", () => {
    const any = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(fc.constantFrom("sha1", "sha256", "sha512"), any, fc.array(any), (name, key, messages) => {
        const hash = hashes[name as HashName];
        const ready = hmacKey(hash, key);
        for (const message of messages) expect(hmacWith(ready, message)).toEqual(hmac(hash, key, message));
        wipeHmacKey(ready);
        for (const state of ready.states) expect(state).toEqual(new Uint8Array(state.length));
      }),
    );
  });
});
