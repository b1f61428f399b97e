/** The vault on flash that loses its power at any operation, torn in any way: neither a key nor a try is won or lost. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { aes128, hashes, wire } from "../../host-tools/crypto/node.ts";
import { hmac, hmacWith } from "../../protocol/otp/hmac.ts";
import { PowerCut, TornFlash } from "../../test/faults/torn-flash.ts";
import { runs } from "../../test/fuzz/runs.ts";
import type { Board, Flash } from "../hal/board.ts";
import { PIN as PIN_SEAL, POLICY, SERIAL } from "./entries.ts";
import { Journal } from "./journal.ts";
import { credentialEntries, Vault } from "./vault.ts";

const ascii = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const OLD = "274913";
const NEW = "60482915";
const WRONG = "918273";
const LIMIT = 5;
const KEY = new Uint8Array(32).map((_, i) => 0xc0 + i);
const ROOT = new Uint8Array(32).fill(0x77);

/** No two seals of these tests have one salt. */
let salts = 0;

/** A board of class P: each PIN that is compared goes through its device root, and is counted. */
function boardOf(flash: Flash) {
  const tried = { pins: 0 };
  const bind = (k: Uint8Array) => {
    tried.pins++;
    return hmac(hashes.sha256, ROOT, k);
  };
  const random = (length: number) => hmac(hashes.sha256, ROOT, ascii(`salt ${++salts}`)).subarray(0, length);
  const primitives = { hashes, loadAes128: () => aes128, broken: [], intact: () => true };
  return { board: { flash, wire, random, pinRounds: () => 1, bind, primitives } as unknown as Board, tried };
}

function start(flash: TornFlash) {
  flash.restart();
  const journal = new Journal(flash, wire);
  journal.mount();
  const { board, tried } = boardOf(flash);
  return { journal, tried, vault: new Vault(board, journal) };
}

/** Flash of a token whose PIN is OLD, after so many wrong ones. */
function tokenFlash(wrong = 0): TornFlash {
  const flash = new TornFlash({ pageSize: 2048, pages: 2 });
  const journal = new Journal(flash, wire);
  const { board } = boardOf(flash);
  const credential = { slot: 0, kind: 1, suite: "TOTP-SHA256-8-30", label: "Time code", parameters: new Uint8Array(0) };
  journal.format([
    { id: SERIAL, value: ascii("OC-CUTS-0001") },
    { id: POLICY, value: new Uint8Array([LIMIT, 0, 30, 1]) },
    ...credentialEntries(board, [credential], [KEY.slice()]),
  ]);
  const vault = new Vault(board, journal);
  vault.setPin(ascii(OLD));
  for (let i = 0; i < wrong; i++) vault.open(ascii(WRONG));
  return flash;
}

/** How a cut operation was torn. */
const tear = fc.record({
  done: fc.oneof(fc.constantFrom(0, 1, 0.5, 0.97), fc.double({ min: 0, max: 1, noNaN: true })),
  between: fc.constantFrom(0, 0, 0.02, 1),
  cleared: fc.constantFrom(0, 0.5, 1),
  seed: fc.nat(),
});

/** Does the work, with or without a loss of power in it. */
function underPower(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
    return false;
  }
}

const rightKey = Buffer.from(hmac(hashes.sha256, KEY, ascii("message"))).toString("hex");
/** The PIN that opens the vault to its keys, of those two. */
function pinOf(flash: TornFlash): string {
  const opens = [OLD, NEW].filter((pin) => {
    const { vault } = start(flash);
    if (!vault.open(ascii(pin))) return false;
    expect(Buffer.from(hmacWith(vault.key(0), ascii("message"))).toString("hex")).toBe(rightKey);
    return true;
  });
  expect(opens).toHaveLength(1);
  return opens[0];
}

test("a PIN is changed: the new one opens to the same keys, the old one does not, and all tries are back", () => {
  const flash = tokenFlash(2);
  const { vault } = start(flash);
  expect(vault.changePin(ascii(OLD), ascii(NEW))).toBe(true);
  expect(vault.triesLeft()).toBe(LIMIT);
  expect(() => vault.key(0)).toThrow("closed");
  expect(pinOf(flash)).toBe(NEW);
});

test("a wrong present PIN changes nothing and counts as any wrong PIN does, to the limit; then the right one is refused too", () => {
  const { vault, tried, journal } = start(tokenFlash());
  const seal = journal.get(PIN_SEAL);
  for (let left = LIMIT - 1; left >= 0; left--) {
    expect(vault.changePin(ascii(WRONG), ascii(NEW))).toBe(false);
    expect(vault.triesLeft()).toBe(left);
  }
  expect(tried.pins).toBe(LIMIT);
  expect(vault.changePin(ascii(OLD), ascii(NEW))).toBe(false);
  expect([vault.triesLeft(), tried.pins, journal.get(PIN_SEAL)]).toEqual([0, LIMIT, seal]);
});

test("wherever the power is cut in a change, torn in any way, one PIN works and no try is won; of a PIN that is gone nothing is left", () => {
  // As many operations as a change takes, and one: the last runs through.
  const whole = tokenFlash();
  const before = start(whole);
  const from = whole.operations;
  before.vault.changePin(ascii(OLD), ascii(NEW));
  const operations = whole.operations - from;
  expect(operations).toBeGreaterThan(5);
  for (let later = 0; later <= operations; later++) {
    fc.assert(
      fc.property(tear, fc.nat(LIMIT - 1), (torn, wrong) => {
        const flash = tokenFlash(wrong);
        const { vault, journal } = start(flash);
        const seal = journal.get(PIN_SEAL) as Uint8Array;
        const left = vault.triesLeft();
        flash.cut = { operation: flash.operations + later, ...torn };
        underPower(() => vault.changePin(ascii(OLD), ascii(NEW)));
        const after = start(flash);
        const changed = !Buffer.from(after.journal.get(PIN_SEAL) as Uint8Array).equals(seal);
        if (changed) {
          expect(after.vault.triesLeft()).toBe(LIMIT);
          expect(flash.holds(seal)).toBe(false);
        } else {
          expect(after.vault.triesLeft()).toBeLessThanOrEqual(left);
          expect(after.vault.triesLeft()).toBeGreaterThanOrEqual(left - 1);
        }
        // The last try may have been spent: then the token is locked with its old PIN, as it says.
        if (after.vault.triesLeft() > 0) expect(pinOf(flash)).toBe(changed ? NEW : OLD);
      }),
      { numRuns: runs(12) },
    );
  }
});

test("no order of tries, changes and cuts gives one more PIN than the limit", () => {
  const attempt = fc.record({ change: fc.boolean(), cut: fc.option(fc.record({ later: fc.nat(8), torn: tear })) });
  fc.assert(
    fc.property(fc.array(attempt, { minLength: LIMIT, maxLength: 4 * LIMIT }), (attempts) => {
      const flash = tokenFlash();
      let compared = 0;
      for (const { change, cut } of attempts) {
        // Mounting may lose its power too.
        let started: ReturnType<typeof start> | undefined;
        if (cut) flash.cut = { operation: flash.operations + cut.later, ...cut.torn };
        const journal = new Journal(flash, wire);
        const { board, tried } = boardOf(flash);
        underPower(() => {
          journal.mount();
          const vault = new Vault(board, journal);
          started = { journal, tried, vault };
          if (change) vault.changePin(ascii(WRONG), ascii(NEW));
          else vault.open(ascii(WRONG));
        });
        compared += started?.tried.pins ?? 0;
        flash.restart();
      }
      expect(compared).toBeLessThanOrEqual(LIMIT);
      expect(start(flash).vault.triesLeft()).toBeLessThanOrEqual(LIMIT - compared);
    }),
    { numRuns: runs(150) },
  );
});
