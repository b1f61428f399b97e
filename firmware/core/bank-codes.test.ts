/** The codes that a customer has from the bank, activation and unlocking, on flash that loses its power at any operation. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { aes128, hashes, wire } from "../../host-tools/crypto/node.ts";
import { UNLOCK_SUITE } from "../../protocol/apdu/credential-kind.ts";
import { checkDigit } from "../../protocol/otp/check-digit.ts";
import { hmac, hmacWith } from "../../protocol/otp/hmac.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { PowerCut, TornFlash } from "../../test/faults/torn-flash.ts";
import { runs } from "../../test/fuzz/runs.ts";
import type { Board } from "../hal/board.ts";
import { clockMark } from "./clock-guard.ts";
import { ACTIVATION, PIN as PIN_SEAL, POLICY, RECOVERY, SERIAL, UNLOCK, UNLOCK_KEY } from "./entries.ts";
import type { Entry } from "./journal.ts";
import { type Recovery, recovery } from "./recovery.ts";
import { ACTIVE, ISSUED, LOCKED, Token } from "./token.ts";
import { unlock, unlockChallenge, unlockWait } from "./unlock.ts";
import { credentialEntries } from "./vault.ts";

const ascii = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const START = 1_800_000_000;
const HOUR = 3600;
const DAY = 24 * HOUR;
const PIN = "274913";
const WRONG_PIN = "918273";
const LIMIT = 3;
const ACTIVATION_TRIES = 5;
const SECRET = ascii("unlock key 16 by");
const withCheckDigit = (digits: string) => digits + checkDigit(ascii(digits), digits.length);
const CODE = withCheckDigit("5839201746592013847");
const WRONG_CODE = withCheckDigit("5839201746592013848");
const ANYTHING = "00000000";

let draws = 0;

/** A token of class P on such flash; `seen` counts what was compared, since its power is on. */
class Bench {
  readonly flash = new TornFlash({ pageSize: 2048, pages: 2 });
  now = START;
  seen = { secrets: 0, answers: 0 };
  token: Token;

  /** Whether the clock has no battery, and whether it has lost its power: with `reboot`, where it has none. */
  readonly volatile: boolean;
  /** Whether the board has a device root. */
  readonly root: boolean;
  lostPower = false;

  constructor({ activation = false, volatile = false, root = true, unlockKey = true } = {}) {
    this.root = root;
    this.volatile = volatile;
    this.token = this.start();
    this.token.journal.format([{ id: SERIAL, value: ascii("OC-BANK-0001") }]);
    const entries = [
      ...credentialEntries(
        this.token.board,
        [{ slot: 0, kind: 1, suite: "TOTP-SHA256-8-30", label: "", parameters: new Uint8Array(0) }],
        [new Uint8Array(32).fill(0xc0)],
      ),
      { id: POLICY, value: new Uint8Array([LIMIT, 0, 30, 1]) },
      { id: UNLOCK_KEY, value: unlockKey ? SECRET.slice() : new Uint8Array(0) },
      clockMark(START),
    ];
    if (activation) this.token.vault.awaitActivation(entries, ascii(CODE), START + DAY);
    this.token.journal.rewrite(entries);
    if (!activation) this.token.vault.setPin(ascii(PIN));
    this.seen = { secrets: 0, answers: 0 };
  }

  private start(): Token {
    const board = this.board();
    return new Token(board, board.bind && recovery(board, board.bind));
  }

  private board(): Board {
    const clock = {
      now: () => this.now,
      soundNow: () => (this.lostPower ? undefined : this.now),
      lostPower: () => this.lostPower,
      volatile: this.volatile,
    };
    const sha256 = Object.create(hashes.sha256);
    sha256.hmacStates = (key: Uint8Array) => {
      if (Buffer.from(key).equals(SECRET)) this.seen.answers++;
      return hashes.sha256.hmacStates(key);
    };
    const bind = (k: Uint8Array) => {
      this.seen.secrets++;
      return hmac(hashes.sha256, ascii("device root"), k);
    };
    const random = (length: number) => hmac(hashes.sha256, SECRET, ascii(`draw ${++draws}`)).subarray(0, length);
    const primitives = { hashes: { ...hashes, sha256 }, loadAes128: () => aes128, broken: [], intact: () => true };
    return {
      flash: this.flash,
      wire,
      clock,
      bind: this.root ? bind : undefined,
      random,
      pinRounds: () => 1,
      primitives,
    } as unknown as Board;
  }

  /** Does the work, as far as the power goes, and is under power again. True when it went to the end. */
  reboot(work: () => void = () => {}): boolean {
    let whole = true;
    try {
      work();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      whole = false;
    }
    this.flash.restart();
    this.lostPower ||= this.volatile;
    this.token = this.start();
    return whole;
  }

  lock(): string {
    while (this.token.vault.triesLeft() > 0) this.token.vault.open(ascii(WRONG_PIN));
    return unlockChallenge(this.token, false) as string;
  }

  answer(digits: string, newPin = false): boolean {
    return unlock(this.token, ascii(digits), newPin);
  }
}

const answerTo = (challenge: string) => ocra(hashes, SECRET, parseSuite(UNLOCK_SUITE), { question: challenge });
const tear = fc.record({
  done: fc.oneof(fc.constantFrom(0, 1, 0.5, 0.97), fc.double({ min: 0, max: 1, noNaN: true })),
  between: fc.constantFrom(0, 0, 0.02, 1),
  cleared: fc.constantFrom(0, 0.5, 1),
  seed: fc.nat(),
});

/** Runs a property with a cut at each operation of some work, and once with none. */
function atEveryCut(make: () => Bench, work: (bench: Bench) => void, then: (bench: Bench) => void): void {
  const whole = make();
  const from = whole.flash.operations;
  work(whole);
  const operations = whole.flash.operations - from;
  expect(operations).toBeGreaterThan(3);
  for (let later = 0; later <= operations; later++) {
    fc.assert(
      fc.property(tear, (torn) => {
        const bench = make();
        bench.flash.cut = { operation: bench.flash.operations + later, ...torn };
        bench.reboot(() => work(bench));
        then(bench);
      }),
      { numRuns: runs(10) },
    );
  }
}

test("challenges are eight digits that ask to keep the PIN, no multiples of 16, each anew", () => {
  const bench = new Bench();
  const seen = new Set<string>();
  for (let i = 0; i < 50; i++) {
    const challenge = bench.lock();
    expect(challenge).toMatch(/^1\d{7}$/);
    expect(Number(challenge) % 16).not.toBe(0);
    seen.add(challenge);
    expect(bench.answer(answerTo(challenge))).toBe(true);
  }
  expect(seen.size).toBe(50);
});

test("the right answer gives all tries of the same PIN back, once", () => {
  const bench = new Bench();
  const challenge = bench.lock();
  expect([bench.token.state(), bench.token.canUnlock()]).toEqual([LOCKED, true]);
  expect(bench.answer(answerTo(challenge))).toBe(true);
  expect([bench.token.state(), bench.token.vault.triesLeft()]).toEqual([ACTIVE, LIMIT]);
  expect(bench.token.vault.open(ascii(PIN))).toBe(true);
  bench.lock();
  expect(bench.answer(answerTo(challenge))).toBe(false);
});

test("a challenge stays for a day, over a loss of power too; then it is dead and another one is made", () => {
  const bench = new Bench();
  const challenge = bench.lock();
  bench.now += DAY - 1;
  bench.reboot();
  expect(unlockChallenge(bench.token, false)).toBe(challenge);
  bench.now += 1;
  expect(bench.answer(answerTo(challenge))).toBe(false);
  expect(unlockChallenge(bench.token, false)).not.toBe(challenge);
});

test("from the fifth wrong answer on each makes the token deaf: an hour, two, four; a loss of power and a clock set on and back do not help", () => {
  const bench = new Bench();
  const challenge = bench.lock();
  for (let i = 0; i < 4; i++) expect([bench.answer(ANYTHING), unlockWait(bench.token)]).toEqual([false, 0]);
  for (const hours of [1, 2, 4]) {
    bench.answer(ANYTHING);
    expect(unlockWait(bench.token)).toBe(hours * HOUR);
    bench.now += hours * HOUR - 1;
    bench.reboot();
    expect(unlockWait(bench.token)).toBe(1);
    expect(bench.answer(answerTo(challenge))).toBe(false);
    bench.now += 1;
    expect(unlockWait(bench.token)).toBe(0);
  }
  bench.answer(ANYTHING);
  const then = bench.now;
  bench.now += 8 * HOUR;
  bench.answer(ANYTHING);
  bench.now = then;
  expect([unlockWait(bench.token), unlockChallenge(bench.token, false)]).toEqual([undefined, undefined]);
  expect(bench.answer(answerTo(challenge))).toBe(false);
});

test("wherever the power is cut in unlocking, one answer gives the tries back once at most", () => {
  let challenge = "";
  atEveryCut(
    () => {
      const bench = new Bench();
      challenge = bench.lock();
      return bench;
    },
    (bench) => bench.answer(answerTo(challenge)),
    (bench) => {
      if (bench.token.state() === LOCKED) {
        // Spent or not: if the answer still counts, it counts once.
        bench.answer(answerTo(challenge));
      }
      if (bench.token.state() === ACTIVE) {
        expect(bench.token.vault.triesLeft()).toBe(LIMIT);
        const next = bench.lock();
        expect(next).not.toBe(challenge);
      }
      expect(bench.answer(answerTo(challenge))).toBe(false);
      expect(bench.token.state()).toBe(LOCKED);
      // Its customer is not shut out: the next challenge unlocks.
      expect(bench.answer(answerTo(unlockChallenge(bench.token, false) as string))).toBe(true);
    },
  );
});

test.each([
  ["within an hour", { volatile: false }],
  ["ever, without a battery for the clock", { volatile: true }],
])("no order of answers and cuts compares more than five answers %s", (_, board) => {
  const attempt = fc.option(fc.record({ later: fc.nat(8), torn: tear }));
  fc.assert(
    fc.property(fc.array(attempt, { minLength: 5, maxLength: 15 }), (attempts) => {
      const bench = new Bench(board);
      bench.lock();
      for (const cut of attempts) {
        if (cut) bench.flash.cut = { operation: bench.flash.operations + cut.later, ...cut.torn };
        bench.reboot(() => {
          unlockChallenge(bench.token, false);
          bench.answer(ANYTHING);
        });
      }
      expect(bench.seen.answers).toBeLessThanOrEqual(5);
      expect(bench.token.state()).toBe(LOCKED);
    }),
    { numRuns: runs(100) },
  );
});

test("an answer that is not found counted is not judged, and a challenge that is not found spent gives no try back", () => {
  for (const kept of [0, 1]) {
    const bench = new Bench();
    const challenge = bench.lock();
    const { journal } = bench.token;
    const commit = journal.commit.bind(journal);
    let commits = 0;
    // From the first change that the flash only seems to take, none is taken.
    journal.commit = (entries) => {
      if (commits++ < kept) commit(entries);
    };
    expect([bench.answer(answerTo(challenge)), bench.seen.answers]).toEqual([false, kept]);
    bench.reboot();
    expect([bench.token.state(), bench.token.vault.triesLeft()]).toEqual([LOCKED, 0]);
  }
});

test("a token without the credential, or without a PIN, is unlocked at the desk alone", () => {
  const bench = new Bench();
  bench.token.journal.commit([{ id: UNLOCK_KEY, value: new Uint8Array(0) }]);
  const challenge = bench.lock();
  expect([bench.token.canUnlock(), bench.answer(answerTo(challenge))]).toEqual([false, false]);
  const sent = new Bench({ activation: true });
  for (let i = 0; i < ACTIVATION_TRIES; i++) sent.token.vault.open(ascii(WRONG_CODE));
  expect([sent.token.state(), sent.token.canUnlock()]).toEqual([LOCKED, false]);
});

test("a token that awaits its activation code takes no PIN without it, and none of its keys stands in clear", () => {
  const bench = new Bench({ activation: true });
  expect(bench.token.state()).toBe(ISSUED);
  expect(() => bench.token.vault.setPin(ascii(PIN))).toThrow("set already");
  expect(bench.flash.holds(new Uint8Array(32).fill(0xc0))).toBe(false);
  expect(bench.flash.holds(ascii(CODE))).toBe(false);
  expect(bench.token.vault.open(ascii(CODE))).toBe(true);
  expect(bench.token.vault.changePin(ascii(CODE), ascii(PIN))).toBe(true);
  expect([bench.token.state(), bench.token.vault.triesLeft()]).toEqual([ACTIVE, LIMIT]);
  expect(bench.token.vault.open(ascii(PIN))).toBe(true);
  expect(bench.token.vault.open(ascii(CODE))).toBe(false);
});

test("an activation code and a PIN are those of one token: under another serial number they open nothing", () => {
  for (const activation of [true, false]) {
    const bench = new Bench({ activation });
    const secret = ascii(activation ? CODE : PIN);
    bench.token.journal.commit([{ id: SERIAL, value: ascii("OC-BANK-0002") }]);
    expect(bench.token.vault.open(secret)).toBe(false);
    bench.token.journal.commit([{ id: SERIAL, value: ascii("OC-BANK-0001") }]);
    expect(bench.token.vault.open(secret)).toBe(true);
  }
});

test("after its time, and with a clock that is not to be believed, an activation code is refused and not counted", () => {
  const bench = new Bench({ activation: true });
  for (const now of [START + DAY, START + 400 * DAY, START - 1]) {
    bench.now = now;
    expect([bench.token.vault.open(ascii(CODE)), bench.token.vault.triesLeft()]).toEqual([false, ACTIVATION_TRIES]);
  }
  // A try leaves its time behind: a clock that is set back to stretch the code's life is found out.
  bench.now = START + 100;
  bench.token.vault.open(ascii(WRONG_CODE));
  bench.now = START + 99;
  expect(bench.token.vault.open(ascii(CODE))).toBe(false);
});

test("no order of activation codes and cuts gives one more than five", () => {
  const attempt = fc.option(fc.record({ later: fc.nat(6), torn: tear }));
  fc.assert(
    fc.property(fc.array(attempt, { minLength: 5, maxLength: 15 }), (attempts) => {
      const bench = new Bench({ activation: true });
      bench.seen.secrets = 0;
      for (const cut of attempts) {
        if (cut) bench.flash.cut = { operation: bench.flash.operations + cut.later, ...cut.torn };
        bench.reboot(() => bench.token.vault.open(ascii(WRONG_CODE)));
      }
      expect(bench.seen.secrets).toBeLessThanOrEqual(ACTIVATION_TRIES);
      expect(bench.token.vault.triesLeft()).toBeLessThanOrEqual(ACTIVATION_TRIES - bench.seen.secrets);
    }),
    { numRuns: runs(100) },
  );
});

test("wherever the power is cut in activation, the code works or the PIN does, and of a code that is gone nothing is left", () => {
  let seal = new Uint8Array(0);
  atEveryCut(
    () => {
      const bench = new Bench({ activation: true });
      seal = (bench.token.journal.get(ACTIVATION) as typeof seal).slice(12);
      return bench;
    },
    (bench) => bench.token.vault.changePin(ascii(CODE), ascii(PIN)),
    (bench) => {
      const done = bench.token.vault.hasPin();
      expect(bench.token.vault.open(ascii(done ? PIN : CODE))).toBe(true);
      expect(bench.token.vault.open(ascii(done ? CODE : PIN))).toBe(false);
      if (done) expect([bench.flash.holds(seal), bench.token.journal.get(ACTIVATION)]).toEqual([false, undefined]);
      expect(bench.token.journal.get(UNLOCK)).toBe(undefined);
    },
  );
});

test("a token without a battery for its clock is unlocked after a loss of power: five answers, then the desk, in whatever order power comes and goes", () => {
  const bench = new Bench({ volatile: true });
  const challenge = bench.lock();
  bench.answer(ANYTHING);
  bench.reboot();
  expect([unlockChallenge(bench.token, false), unlockWait(bench.token)]).toEqual([challenge, 0]);
  expect(bench.answer(answerTo(challenge))).toBe(true);
  expect([bench.token.state(), bench.token.vault.triesLeft()]).toEqual([ACTIVE, LIMIT]);

  const next = bench.lock();
  expect(next).not.toBe(challenge);
  for (let i = 0; i < 5; i++) {
    expect(bench.answer(ANYTHING)).toBe(false);
    bench.reboot();
  }
  expect(unlockWait(bench.token)).toBe(Number.POSITIVE_INFINITY);
  expect(bench.answer(answerTo(next))).toBe(false);
  // A session has set the clock: challenges of no time are dead, and waits are an hour again.
  bench.lostPower = false;
  const later = unlockChallenge(bench.token, false) as string;
  expect(later).not.toBe(next);
  bench.answer(ANYTHING);
  expect(unlockWait(bench.token)).toBe(2 * HOUR);
  bench.reboot();
  expect([unlockWait(bench.token), bench.answer(answerTo(later))]).toEqual([Number.POSITIVE_INFINITY, false]);
});

test("a clock with a battery that lost its power has no such way: no challenge, no answer, no activation", () => {
  const bench = new Bench();
  const challenge = bench.lock();
  bench.lostPower = true;
  expect([unlockChallenge(bench.token, false), unlockWait(bench.token)]).toEqual([undefined, undefined]);
  expect([bench.answer(answerTo(challenge)), bench.seen.answers]).toEqual([false, 0]);
  const sent = new Bench({ activation: true });
  sent.lostPower = true;
  expect([sent.token.vault.open(ascii(CODE)), sent.token.vault.triesLeft()]).toEqual([false, ACTIVATION_TRIES]);
});

test("without a battery for the clock an activation code works after a loss of power, five tries in all, and not after its time where that is known", () => {
  const bench = new Bench({ activation: true, volatile: true });
  bench.now = START + DAY;
  expect([bench.token.vault.open(ascii(CODE)), bench.token.vault.triesLeft()]).toEqual([false, ACTIVATION_TRIES]);
  for (let left = ACTIVATION_TRIES - 1; left > 0; left--) {
    bench.reboot();
    expect([bench.token.vault.open(ascii(WRONG_CODE)), bench.token.vault.triesLeft()]).toEqual([false, left]);
  }
  bench.reboot();
  expect(bench.token.vault.open(ascii(CODE))).toBe(true);
  bench.token.vault.close();
  for (let i = 0; i < ACTIVATION_TRIES; i++) {
    bench.token.vault.open(ascii(WRONG_CODE));
    bench.reboot();
  }
  expect([bench.token.state(), bench.token.vault.open(ascii(CODE))]).toEqual([LOCKED, false]);
});

/** Another PIN, for who has forgotten the first. */
const NEW_PIN = "60482915";
const opensTo = (bench: Bench, pin: string) => {
  if (!bench.token.vault.open(ascii(pin))) return false;
  expect(hmacWith(bench.token.vault.key(0), ascii("message"))).toEqual(
    hmac(hashes.sha256, new Uint8Array(32).fill(0xc0), ascii("message")),
  );
  bench.token.vault.close();
  return true;
};

test("on a board with a device root the right answer to a challenge that begins with 2 lets a new PIN be set: the keys are the same, the old PIN is gone", () => {
  const bench = new Bench();
  const keep = bench.lock();
  const renew = unlockChallenge(bench.token, true) as string;
  expect(renew).toBe(`2${keep.slice(1)}`);
  expect(answerTo(renew)).not.toBe(answerTo(keep));
  expect(bench.answer(answerTo(keep), true)).toBe(false);
  expect(bench.answer(answerTo(renew))).toBe(false);
  expect(bench.answer(answerTo(renew), true)).toBe(true);
  // Not before there is a PIN.
  expect([bench.token.state(), bench.token.vault.triesLeft()]).toEqual([LOCKED, 0]);
  expect(bench.token.vault.open(ascii(PIN))).toBe(false);
  const next = unlockChallenge(bench.token, true) as string;
  expect(bench.answer(answerTo(next), true)).toBe(true);
  bench.token.vault.setPin(ascii(NEW_PIN));
  expect([bench.token.state(), bench.token.vault.triesLeft()]).toEqual([ACTIVE, LIMIT]);
  expect(opensTo(bench, PIN)).toBe(false);
  expect(opensTo(bench, NEW_PIN)).toBe(true);
  expect(() => bench.token.vault.setPin(ascii(PIN))).toThrow("set already");
  // And once more: the recovery seal went along.
  bench.lock();
  expect(bench.answer(answerTo(unlockChallenge(bench.token, true) as string), true)).toBe(true);
  bench.token.vault.setPin(ascii(PIN));
  expect(opensTo(bench, PIN)).toBe(true);
});

test("who leaves before the new PIN is set needs another answer, and no PIN can be set without one", () => {
  const bench = new Bench();
  bench.lock();
  const challenge = unlockChallenge(bench.token, true) as string;
  for (const leave of [() => bench.token.vault.close(), () => bench.reboot()]) {
    expect(bench.answer(answerTo(unlockChallenge(bench.token, true) as string), true)).toBe(true);
    leave();
    expect(() => bench.token.vault.setPin(ascii(NEW_PIN))).toThrow("set already");
    expect(bench.answer(answerTo(challenge), true)).toBe(false);
    expect(bench.token.state()).toBe(LOCKED);
  }
});

test("a board without a device root, and a token without the unlock key, has no such way", () => {
  for (const without of ["root", "key"]) {
    const bench = new Bench(without === "root" ? { root: false } : { unlockKey: false });
    expect(bench.token.journal.get(RECOVERY)).toBe(undefined);
    expect(bench.token.recovery?.kept(bench.token.journal) ?? false).toBe(false);
    while (bench.token.vault.triesLeft() > 0) bench.token.vault.open(ascii(WRONG_PIN));
    const challenge = unlockChallenge(bench.token, true) as string;
    expect([bench.answer(answerTo(challenge), true), bench.seen.answers]).toEqual([false, 0]);
  }
});

test("the recovery seal holds no key and no PIN, opens with this root and this unlock key alone, and goes along with another unlock key", () => {
  const bench = new Bench();
  const { journal, vault } = bench.token;
  const seals = bench.token.recovery as Recovery;
  expect(journal.get(RECOVERY)).toHaveLength(48);
  expect(bench.flash.holds(new Uint8Array(32).fill(0xc0))).toBe(false);
  const k = seals.open(journal);
  expect(bench.flash.holds(k)).toBe(false);
  const other = ascii("another key of16");
  const entries: Entry[] = [{ id: UNLOCK_KEY, value: other }];
  seals.rekey(journal, entries, other);
  journal.commit([entries[0]]);
  expect(seals.open(journal)).not.toEqual(k);
  expect(() => vault.recover(seals.open(journal))).toThrow("not the PIN's key");
  expect(() => vault.setPin(ascii(NEW_PIN))).toThrow("set already");
  journal.commit(entries);
  expect(seals.open(journal)).toEqual(k);
  vault.recover(seals.open(journal));
  vault.setPin(ascii(NEW_PIN));
  expect(opensTo(bench, NEW_PIN)).toBe(true);
});

test("wherever the power is cut in setting a new PIN, one PIN works, no try is won before, and of the old seals nothing is left after", () => {
  let seals: Uint8Array[] = [];
  atEveryCut(
    () => {
      const bench = new Bench();
      seals = [PIN_SEAL, RECOVERY].map((id) => bench.token.journal.get(id) as Uint8Array);
      bench.lock();
      return bench;
    },
    (bench) => {
      bench.answer(answerTo(unlockChallenge(bench.token, true) as string), true);
      bench.token.vault.setPin(ascii(NEW_PIN));
    },
    (bench) => {
      if (bench.token.state() === LOCKED) {
        expect([opensTo(bench, PIN), opensTo(bench, NEW_PIN)]).toEqual([false, false]);
        expect(bench.answer(answerTo(unlockChallenge(bench.token, true) as string), true)).toBe(true);
        bench.token.vault.setPin(ascii(NEW_PIN));
      }
      expect(bench.token.vault.triesLeft()).toBe(LIMIT);
      expect(seals.map((seal) => bench.flash.holds(seal))).toEqual([false, false]);
      expect([opensTo(bench, PIN), opensTo(bench, NEW_PIN)]).toEqual([false, true]);
    },
  );
});

test("no order of PINs, answers of both kinds and cuts gives one more PIN than the limit, or more than five answers", () => {
  const attempt = fc.record({
    deed: fc.constantFrom("pin", "keep", "renew", "set"),
    cut: fc.option(fc.record({ later: fc.nat(8), torn: tear })),
  });
  fc.assert(
    fc.property(fc.array(attempt, { minLength: 5, maxLength: 25 }), (attempts) => {
      const bench = new Bench();
      bench.seen = { secrets: 0, answers: 0 };
      for (const { deed, cut } of attempts) {
        if (cut) bench.flash.cut = { operation: bench.flash.operations + cut.later, ...cut.torn };
        bench.reboot(() => {
          if (deed === "pin") bench.token.vault.open(ascii(WRONG_PIN));
          else if (deed === "set") expect(() => bench.token.vault.setPin(ascii(NEW_PIN))).toThrow("set already");
          else {
            unlockChallenge(bench.token, deed === "renew");
            bench.answer(ANYTHING, deed === "renew");
          }
        });
      }
      expect(bench.seen.secrets).toBeLessThanOrEqual(LIMIT);
      expect(bench.seen.answers).toBeLessThanOrEqual(5);
      expect(opensTo(bench, NEW_PIN)).toBe(false);
    }),
    { numRuns: runs(150) },
  );
});
