import fc from "fast-check";
import { expect, test } from "vitest";
import { aes128, hashes, wire } from "../../host-tools/crypto/node.ts";
import { hmac, hmacWith } from "../../protocol/otp/hmac.ts";
import { runs } from "../../test/fuzz/runs.ts";
import { typescript } from "../crypto/typescript.part.ts";
import type { Board, Flash } from "../hal/board.ts";
import type { Primitives } from "../hal/primitives.ts";
import { clockMark } from "./clock-guard.ts";
import { POLICY, TRIES } from "./entries.ts";
import { Journal } from "./journal.ts";
import { credentialEntries, Vault } from "./vault.ts";

class PowerCut extends Error {}

const ascii = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const PIN = "274913";
const LIMIT = 5;
const ACTIVATION_CODE = "27491300000000000007";
const TIME_CODE = { slot: 0, kind: 1, suite: "TOTP-SHA256-8-30", label: "Time code", parameters: new Uint8Array(0) };
const KEY = new Uint8Array(32).map((_, i) => 0xc0 + i);

/** Flash that loses power before or after operation `cutAt`. */
class CuttingFlash implements Flash {
  readonly pageSize = 1024;
  readonly pages = 4;
  readonly cells = new Uint8Array(4096).fill(0xff);
  operations = 0;
  cutAt = -1;
  done = false;

  read(address: number, length: number): Uint8Array {
    return this.cells.slice(address, address + length);
  }

  write(address: number, bytes: Uint8Array): void {
    this.operate(() => {
      for (let i = 0; i < bytes.length; i++) this.cells[address + i] &= bytes[i];
    });
  }

  erase(address: number): void {
    this.operate(() => this.cells.fill(0xff, address, address + this.pageSize));
  }

  private operate(work: () => void): void {
    const cut = this.operations++ === this.cutAt;
    if (!cut || this.done) work();
    if (cut) throw new PowerCut();
  }
}

/** As much of a board as a vault touches, on which a PIN takes so many rounds. */
const board = (flash: Flash, parts: BoardParts = {}) => {
  const clock = { soundNow: () => 1_800_000_000, lostPower: () => false };
  const random = (length: number) => new Uint8Array(length).fill(0x5a);
  const { rounds = 1, ...primitives } = parts;
  const pinRounds = () => rounds;
  const providers = { sha256: "thumb" };
  const sound = { hashes, loadAes128: () => aes128, providers, intact: () => true };
  return { flash, wire, clock, random, pinRounds, primitives: { ...sound, ...primitives } } as unknown as Board;
};

type BoardParts = Partial<Pick<Primitives, "hashes" | "intact" | "providers">> & { rounds?: number };

/** A vault whose only credential has KEY, with a PIN that was set on such a board. */
function vaultWithPin(parts: BoardParts = {}) {
  const flash = new CuttingFlash();
  const journal = new Journal(flash, wire);
  journal.format([
    { id: POLICY, value: new Uint8Array([LIMIT, 0, 30, 1]) },
    ...credentialEntries(board(flash), [TIME_CODE], [KEY.slice()]),
  ]);
  const vault = new Vault(board(flash, parts), journal);
  vault.setPin(ascii(PIN));
  return { flash, journal, vault };
}

/** The same flash under power again. */
function reboot(flash: CuttingFlash, parts: BoardParts = {}) {
  flash.cutAt = -1;
  const journal = new Journal(flash, wire);
  journal.mount();
  return { journal, vault: new Vault(board(flash, parts), journal) };
}

/** What the key makes of a message: the key itself is not kept. */
const keyOf = (vault: Vault) => Buffer.from(hmacWith(vault.key(0), ascii("message"))).toString("hex");

function opened(vault: Vault, pin: string): Vault {
  expect(vault.open(ascii(pin))).toBe(true);
  return vault;
}

/** A PIN that the four check bits tell from the right one. */
const wrongPin = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 6, maxLength: 8 })
  .map((digits) => digits.join(""))
  .filter((pin) => pin !== PIN && !vaultWithPin().vault.open(ascii(pin)));

test("the right PIN gives the key, and after closing nothing does", () => {
  const { vault } = vaultWithPin();
  expect(vault.open(ascii(PIN))).toBe(true);
  expect(keyOf(vault)).toBe(Buffer.from(hmac(hashes.sha256, KEY, ascii("message"))).toString("hex"));
  const key = vault.key(0);
  vault.close();
  for (const state of key.states) expect(state.every((byte) => byte === 0)).toBe(true);
  expect(() => vault.key(0)).toThrow("closed");
});

test("once a PIN is set, no clear key is in the flash, wherever the power was cut in setting it", () => {
  const clear = wire.toLatin1(KEY);
  for (let cutAt = 0, cut = true; cut; cutAt++) {
    for (const done of [false, true]) {
      const flash = new CuttingFlash();
      const journal = new Journal(flash, wire);
      const credential = { slot: 0, kind: 1, suite: "TOTP-SHA256-8-30", label: "", parameters: new Uint8Array(0) };
      const entries = credentialEntries(board(flash), [credential], [KEY.slice()]);
      journal.format([{ id: POLICY, value: new Uint8Array([LIMIT, 0, 30, 1]) }, ...entries]);
      flash.cutAt = flash.operations + cutAt;
      flash.done = done;
      cut = false;
      try {
        new Vault(board(flash), journal).setPin(ascii(PIN));
      } catch (error) {
        expect(error).toBeInstanceOf(PowerCut);
        cut = true;
      }
      const { vault } = reboot(flash);
      expect(wire.toLatin1(flash.cells).includes(clear)).toBe(!vault.hasPin());
    }
  }
});

test("on class O one wrong PIN in sixteen passes for the present one when it is changed, and the seeds are lost", () => {
  const right = keyOf(opened(vaultWithPin().vault, PIN));
  const wrong = Array.from({ length: 400 }, (_, i) => String(604_829 + 977 * i));
  const taken = wrong.filter((pin) => vaultWithPin().vault.open(ascii(pin)));
  expect(taken.length).toBeGreaterThan(400 / 32);
  expect(taken.length).toBeLessThan(400 / 8);
  const { flash, vault } = vaultWithPin();
  expect(vault.changePin(ascii(taken[0]), ascii("918273"))).toBe(true);
  expect(keyOf(opened(reboot(flash).vault, "918273"))).not.toBe(right);
});

test("wrong PINs are counted to the limit, then the right one is refused too", () => {
  fc.assert(
    fc.property(fc.array(wrongPin, { minLength: LIMIT, maxLength: LIMIT }), (pins) => {
      const { vault } = vaultWithPin();
      for (const [tried, pin] of pins.entries()) {
        expect(vault.triesLeft()).toBe(LIMIT - tried);
        expect(vault.open(ascii(pin))).toBe(false);
      }
      expect(vault.triesLeft()).toBe(0);
      expect(vault.open(ascii(PIN))).toBe(false);
      expect(() => vault.key(0)).toThrow("closed");
    }),
    { numRuns: runs(20) },
  );
});

test("no cut of the power gives one more try: a verdict is never known before its try is counted", () => {
  fc.assert(
    fc.property(wrongPin, fc.boolean(), (pin, done) => {
      const { flash } = vaultWithPin();
      // A PIN is judged by PBKDF2: whoever cuts the power before it learns nothing.
      let verdicts = 0;
      const judging: typeof hashes.sha256 = Object.create(hashes.sha256);
      judging.hmac = (states, message, rounds) => {
        // The salt and the number of PBKDF2's only block.
        if (message.length === 16 + 4) verdicts++;
        return hashes.sha256.hmac(states, message, rounds);
      };
      for (let attempt = 0; attempt < 20 * LIMIT; attempt++) {
        const { vault } = reboot(flash, { hashes: { ...hashes, sha256: judging } });
        flash.cutAt = attempt % 2 === 0 ? flash.operations + ((attempt >> 1) % 12) : -1;
        flash.done = done;
        try {
          vault.open(ascii(pin));
        } catch (error) {
          expect(error).toBeInstanceOf(PowerCut);
        }
      }
      expect(verdicts).toBeLessThanOrEqual(LIMIT);
      expect(verdicts).toBeGreaterThan(0);
      expect(reboot(flash).vault.triesLeft()).toBe(0);
    }),
    { numRuns: runs(10) },
  );
});

test("the right PIN gives all tries back", () => {
  const { vault } = vaultWithPin();
  vault.open(ascii("918273"));
  expect(vault.open(ascii(PIN))).toBe(true);
  expect(vault.triesLeft()).toBe(LIMIT);
});

test.each([0, 2])("a try counter that cannot be read locks: one of %i bytes", (length) => {
  const { journal, vault } = vaultWithPin();
  journal.commit([{ id: TRIES, value: new Uint8Array(length) }]);
  expect(vault.triesLeft()).toBe(0);
  expect(vault.open(ascii(PIN))).toBe(false);
});

test("a try that is not found counted is not judged", () => {
  const { journal, vault } = vaultWithPin();
  journal.commit = () => {};
  expect([vault.open(ascii(PIN)), vault.changePin(ascii(PIN), ascii("60482915"))]).toEqual([false, false]);
  expect(() => vault.key(0)).toThrow("closed");
});

test("a PIN whose rounds are those of faster code than the board has now is refused, and the try is not counted", () => {
  const { flash } = vaultWithPin({ rounds: 50 });
  const { vault } = reboot(flash, { providers: typescript().providers });
  expect(vault.sound()).toBe(false);
  const operations = flash.operations;
  expect(vault.open(ascii(PIN))).toBe(false);
  expect([vault.triesLeft(), flash.operations]).toEqual([LIMIT, operations]);
  // Nothing was lost: with its machine code again, the token opens.
  expect(reboot(flash, { rounds: 50 }).vault.open(ascii(PIN))).toBe(true);
});

test("a hash whose code broke while the token ran judges no PIN and seals none", () => {
  let intact = true;
  const { flash, vault } = vaultWithPin({ intact: () => intact });
  intact = false;
  const operations = flash.operations;
  expect([vault.sound(), vault.open(ascii(PIN)), vault.triesLeft()]).toEqual([false, false, LIMIT]);
  expect(flash.operations).toBe(operations);
  expect(() => vaultWithPin({ intact: () => false })).toThrow("broken");
});

test("a PIN goes on with the rounds that it was set with when the board can do more", () => {
  const { flash, vault: first } = vaultWithPin({ rounds: 3 });
  first.open(ascii(PIN));
  const { vault } = reboot(flash, { rounds: 50 });
  expect(vault.open(ascii(PIN))).toBe(true);
  expect(keyOf(vault)).toBe(keyOf(first));
});

test("no PIN is set while the machine code that would slow a thief is broken, first one or not", () => {
  const broken = (hash: string): BoardParts => ({ intact: (name) => name !== hash });
  expect(() => vaultWithPin(broken("sha256"))).toThrow("broken");
  expect(vaultWithPin(broken("sha1")).vault.hasPin()).toBe(true);

  const flash = new CuttingFlash();
  const journal = new Journal(flash, wire);
  const entries = credentialEntries(board(flash), [TIME_CODE], [KEY.slice()]);
  // Sealed with one round, as where a routine was broken before: that alone would be no hindrance.
  new Vault(board(flash), journal).awaitActivation(entries, ascii(ACTIVATION_CODE), 1_900_000_000);
  journal.format([{ id: POLICY, value: new Uint8Array([LIMIT, 0, 30, 1]) }, clockMark(1_800_000_000), ...entries]);
  const { vault } = reboot(flash, broken("sha256"));
  const operations = flash.operations;
  expect([vault.sound(), vault.open(ascii(ACTIVATION_CODE))]).toEqual([false, false]);
  expect(vault.changePin(ascii(ACTIVATION_CODE), ascii(PIN))).toBe(false);
  expect([vault.triesLeft(), vault.hasPin(), flash.operations]).toEqual([5, false, operations]);
  expect(reboot(flash).vault.changePin(ascii(ACTIVATION_CODE), ascii(PIN))).toBe(true);
});

test("a key whose hash broke after the vault was opened gives nothing more, and the others do", () => {
  let broken = "sha1";
  const { vault } = vaultWithPin({ intact: (name) => name !== broken });
  expect(vault.open(ascii(PIN))).toBe(true);
  expect(vault.key(0).states).not.toEqual([]);
  broken = "sha256";
  expect(() => vault.key(0)).toThrow("broken");
});
