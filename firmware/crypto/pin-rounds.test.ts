import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { hashes } from "../../host-tools/crypto/node.ts";
import type { Primitives } from "../hal/primitives.ts";
import { pinRounds } from "./pin-rounds.ts";
import { typescript } from "./typescript.part.ts";

afterEach(() => vi.unstubAllGlobals());

/** A board on which a call of the hash takes `call` seconds and each of its rounds `round`. */
function board(call: number, round: number, provider: "thumb" | "espruino" | "typescript" = "thumb"): Primitives {
  let time = 1000;
  vi.stubGlobal("getTime", () => time);
  const hmac = (states: Uint8Array[], message: Uint8Array, rounds: number) => {
    time += call + rounds * round;
    return hashes.sha256.hmac(states, message, 1);
  };
  const sha256 = Object.assign(Object.create(hashes.sha256), { hmac });
  return { ...typescript(), hashes: { ...hashes, sha256 }, providers: { ...typescript().providers, sha256: provider } };
}

test("a PIN goes through as many rounds as take 0.36 s, and never less than a thousand", () => {
  const seconds = (most: number) => fc.double({ min: 1e-5, max: most, noNaN: true });
  fc.assert(
    fc.property(seconds(0.02), seconds(0.001), (call, round) => {
      const rounds = pinRounds(board(call, round));
      expect(rounds).toBeGreaterThanOrEqual(1000);
      if (rounds > 1000) {
        expect(call + rounds * round).toBeLessThanOrEqual(0.36 + 1e-9);
        expect(call + (rounds + 1.01) * round).toBeGreaterThan(0.36);
      } else expect(call + 1001.01 * round).toBeGreaterThan(0.36);
    }),
  );
});

test("without machine code it goes through one, and nothing is measured; where the clock stands still, through a thousand", () => {
  expect(pinRounds(board(0.1, 0.6, "typescript"))).toBe(1);
  expect(pinRounds(board(0, 0))).toBe(1000);
});
