import fc from "fast-check";
import { expect, test } from "vitest";
import { wire } from "../../host-tools/crypto/node.ts";
import { type Cut, PowerCut, TornFlash } from "../../test/faults/torn-flash.ts";
import { type Entry, Journal, JournalError } from "./journal.ts";

type State = Map<number, string>;
/** `format` has not been done, or not been done for good. */
const NONE = "no journal";

const bytes = (...values: number[]) => new Uint8Array(values);
const apply = (state: State, changes: Entry[]): State => {
  const next = new Map(state);
  for (const { id, value } of changes) {
    if (value.length === 0) next.delete(id);
    else next.set(id, wire.toLatin1(value));
  }
  return next;
};
const shown = (state: State) => JSON.stringify([...state].sort(([a], [b]) => a - b));
const read = (journal: Journal): State => {
  const state: State = new Map();
  for (let id = 0; id < 12; id++) {
    const value = journal.get(id);
    if (value !== undefined) state.set(id, wire.toLatin1(value));
  }
  return state;
};
const mounted = (flash: TornFlash): string => {
  const journal = new Journal(flash, wire);
  return journal.mount() ? shown(read(journal)) : NONE;
};

type Step = { what: "commit" | "rewrite"; changes: Entry[] };
const perform = (journal: Journal, { what, changes }: Step) => journal[what](changes);

/** Nearly all and hardly any are the treacherous shares: a record of which one bit is between zero and one often reads as whole. */
const share = fc.oneof(
  fc.constantFrom(0, 1, 0, 1, 0.5),
  fc.constantFrom(0.01, 0.03, 0.97, 0.99),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
/** A cut so many operations later. */
const cutLater = fc.record({
  later: fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, fc.nat(12)),
  done: share,
  between: share,
  cleared: share,
  seed: fc.nat(),
});
const change = fc.record({
  id: fc.integer({ min: 0, max: 5 }),
  value: fc.oneof(fc.uint8Array({ minLength: 8, maxLength: 24 }), fc.uint8Array({ maxLength: 2 })),
});
const steps = fc.record({
  what: fc.constantFrom<Step["what"]>("commit", "commit", "commit", "rewrite"),
  changes: fc.array(change, { minLength: 1, maxLength: 3 }),
});
/** A step that may lose its power, and mounts that lose theirs before one does not. One of these cuts leaves cells between zero and one. */
const life = fc
  .record({
    step: fc.oneof({ weight: 4, arbitrary: steps }, { weight: 1, arbitrary: fc.constant(undefined) }),
    cuts: fc.array(cutLater, { maxLength: 4 }),
    half: fc.oneof(fc.constant(0), fc.nat(3)),
  })
  .map(({ step, cuts, half }) => ({
    step,
    cuts: cuts.map((cut, i) => (i === half ? cut : { ...cut, between: 0 })),
  }));
const chip = fc.record({
  pageSize: fc.constantFrom(256, 512),
  pages: fc.constantFrom(2, 4),
  seed: fc.nat(),
  programSize: fc.constantFrom(0, 256),
});

const plan = (flash: TornFlash, { later, ...tear }: { later: number } & Omit<Cut, "operation">) => {
  flash.cut = { operation: flash.operations + later, ...tear };
};
/** True when the power was cut meanwhile; it is back then. */
const cutIn = (flash: TornFlash, work: () => void): boolean => {
  try {
    work();
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
    flash.restart();
    return true;
  }
  flash.cut = undefined;
  return false;
};

test("over any history of changes, restarts and cuts, also several in a row, each restart finds the state before or after, for good", () => {
  fc.assert(
    fc.property(chip, fc.array(life, { minLength: 1, maxLength: 30 }), (options, history) => {
      const flash = new TornFlash(options);
      let journal = new Journal(flash, wire);
      let state: State = new Map();
      journal.format([]);
      for (const { step, cuts } of history) {
        const before = shown(state);
        let after = state;
        const [first, ...others] = cuts;
        if (first !== undefined) plan(flash, first);
        const cut = cutIn(flash, () => {
          if (step === undefined) return;
          after = apply(state, step.changes);
          try {
            perform(journal, step);
          } catch (error) {
            // A refusal of what does not fit leaves all as it was.
            if (!(error instanceof JournalError && error.message.includes("full"))) throw error;
            after = state;
          }
          state = after;
        });
        if (!cut && step !== undefined) {
          expect(shown(read(journal))).toBe(shown(state));
          continue;
        }
        for (const other of others) {
          plan(flash, other);
          cutIn(flash, () => new Journal(flash, wire).mount());
        }
        journal = new Journal(flash, wire);
        expect(journal.mount()).toBe(true);
        const found = shown(read(journal));
        expect([shown(state), shown(after)]).toContain(found);
        if (found === shown(after)) state = after;
        // It is not found otherwise by another reading, or by another restart.
        expect([shown(read(journal)), mounted(flash), mounted(flash)]).toEqual([found, found, found]);
        if (found === before || step?.what !== "rewrite") continue;
        // Nothing of what the rewrite superseded is left, not even in cells between zero and one.
        const half = flash.pages / 2;
        const banks = [0, half].filter((bank) =>
          Array.from({ length: half }, (_, i) => flash.unwritten(bank + i, i === 0 ? 8 : 0)).every(Boolean),
        );
        expect(banks).toHaveLength(1);
      }
    }),
  );
});

/** A journal of so many records. */
function made(records: number) {
  const flash = new TornFlash();
  const journal = new Journal(flash, wire);
  journal.format([{ id: 1, value: bytes(1, 1, 1, 1, 1, 1, 1, 1, 1) }]);
  for (let i = 1; i < records; i++) journal.commit([{ id: 2, value: bytes(i) }]);
  return { flash, journal };
}

test("a cut at any operation of a change, and at any of the mount that follows, whatever was done of either, leaves before or after", () => {
  const tears = [
    { done: 0, between: 0, cleared: 0 },
    { done: 1, between: 0, cleared: 0 },
    { done: 0.5, between: 0, cleared: 0 },
    { done: 0.9, between: 1, cleared: 0 },
    { done: 0.2, between: 0.2, cleared: 0.5 },
    { done: 0, between: 1, cleared: 1 },
  ];
  let cuts = 0;
  for (const what of ["commit", "rewrite"] as const) {
    // With room for one more record, and without.
    for (const records of [3, 30]) {
      const changes = [
        { id: 1, value: bytes() },
        { id: 3, value: bytes(3, 3, 3, 3) },
      ];
      const uncut = made(records);
      const operations = uncut.flash.operations;
      uncut.journal[what](changes);
      const end = uncut.flash.operations;
      const allowed = [mounted(made(records).flash), mounted(uncut.flash)];
      for (let operation = operations; operation < end; operation++) {
        for (const [i, tear] of tears.entries()) {
          for (const [k, again] of tears.entries()) {
            if (tear.between > 0 && again.between > 0) continue;
            for (let later = 0, mounting = true; mounting; later++) {
              const { flash, journal } = made(records);
              flash.cut = { operation, seed: operation + i, ...tear };
              expect(cutIn(flash, () => journal[what](changes))).toBe(true);
              plan(flash, { later, seed: later + k, ...again });
              mounting = cutIn(flash, () => new Journal(flash, wire).mount());
              const found = mounted(flash);
              expect(allowed).toContain(found);
              expect(mounted(flash)).toBe(found);
              cuts++;
            }
          }
        }
      }
    }
  }
  expect(cuts).toBeGreaterThan(2000);
});

test("what a mount has found stays, also where a cell of it was between zero and one and read as it should only then", () => {
  const changes = [{ id: 3, value: bytes(3, 3, 3, 3) }];
  const done: Record<string, number> = {};
  for (const what of ["commit", "rewrite"] as const) {
    for (const records of [3, 30]) {
      const uncut = made(records);
      const from = uncut.flash.operations;
      const before = mounted(made(records).flash);
      uncut.journal[what](changes);
      const after = mounted(uncut.flash);
      for (let operation = from; operation < uncut.flash.operations; operation++) {
        for (let seed = 0; seed < 120; seed++) {
          const { flash, journal } = made(records);
          // One cell in fifty is left, or one was reached: some readings are those of a whole record, or of none.
          const share = seed % 2 === 0 ? { done: 0.98, between: 1 } : { done: 0, between: 0.02 };
          flash.cut = { operation, ...share, cleared: 0, seed };
          if (!cutIn(flash, () => journal[what](changes))) continue;
          const found = mounted(flash);
          expect([before, after]).toContain(found);
          for (let again = 0; again < 6; again++) expect(mounted(flash), `${what}, ${operation}, ${seed}`).toBe(found);
          // And it is what the next change is added to.
          const next = new Journal(flash, wire);
          next.mount();
          next.commit([{ id: 4, value: bytes(4) }]);
          const added = shown(apply(new Map(JSON.parse(found)), [{ id: 4, value: bytes(4) }]));
          for (let again = 0; again < 3; again++) expect(mounted(flash), `${what}, ${operation}, ${seed}`).toBe(added);
          if (found === after) done[what] = (done[what] ?? 0) + 1;
        }
      }
    }
  }
  expect(done.commit).toBeGreaterThan(20);
  expect(done.rewrite).toBeGreaterThan(20);
});

test("a format that was cut is no journal or the whole one, and can be done again", () => {
  fc.assert(
    fc.property(chip, cutLater, fc.boolean(), (options, cut, used) => {
      const flash = new TornFlash(options);
      if (used) {
        // What another program left there.
        for (let at = 0; at < flash.pageSize * flash.pages; at += 4) flash.write(at, bytes(0, 1, 2, 3));
      }
      const entries = [{ id: 1, value: bytes(1, 2, 3) }];
      plan(flash, cut);
      cutIn(flash, () => new Journal(flash, wire).format(entries));
      const whole = shown(new Map([[1, "\x01\x02\x03"]]));
      expect([NONE, whole]).toContain(mounted(flash));
      new Journal(flash, wire).format(entries);
      expect(mounted(flash)).toBe(whole);
    }),
  );
});

test("a superseded value is found in no part of the flash after a rewrite, wherever it had been written", () => {
  const secret = new Uint8Array(32).map((_, i) => 0xa0 + i);
  const flash = new TornFlash();
  const journal = new Journal(flash, wire);
  journal.format([{ id: 1, value: secret }]);
  journal.commit([{ id: 2, value: secret }]);
  journal.commit([{ id: 2, value: bytes() }]);
  journal.commit([{ id: 1, value: bytes(1) }]);
  expect(journal.get(2)).toBeUndefined();
  expect(flash.holds(secret)).toBe(true);
  journal.rewrite([]);
  expect(flash.holds(secret)).toBe(false);
  expect(mounted(flash)).toBe(shown(new Map([[1, "\x01"]])));
});

test("to remove an entry takes two writes of a bank's 16 bytes, and is whole or not at all", () => {
  const flash = new TornFlash();
  const journal = new Journal(flash, wire);
  journal.format([{ id: 1, value: new Uint8Array(100) }]);
  const { operations, erases } = flash;
  const erased = [...erases];
  journal.commit([{ id: 1, value: bytes() }]);
  expect([flash.operations - operations, erases]).toEqual([2, erased]);
  expect(mounted(flash)).toBe("[]");
});

test("a state that outgrows a bank is refused, and everything is as it was", () => {
  const flash = new TornFlash();
  const journal = new Journal(flash, wire);
  const kept = new Uint8Array(200).fill(7);
  journal.format([{ id: 1, value: kept }]);
  const before = mounted(flash);
  const { operations } = flash;
  const tooMuch = [
    { id: 2, value: new Uint8Array(250) },
    { id: 3, value: new Uint8Array(250) },
  ];
  for (const what of ["commit", "rewrite"] as const) {
    expect(() => journal[what](tooMuch)).toThrow(JournalError);
    expect(() => journal[what]([{ id: 1, value: new Uint8Array(256) }])).toThrow("at most 255");
    expect(() => journal[what]([{ id: 40, value: new Uint8Array(1) }])).toThrow("below 40");
  }
  expect(flash.operations).toBe(operations);
  expect(journal.get(1)).toEqual(kept);
  expect(mounted(flash)).toBe(before);
  journal.commit([{ id: 2, value: bytes(2) }]);
  expect(journal.get(2)).toEqual(bytes(2));
});

test("a payload of a bank less 26 bytes fits, and no more", () => {
  const entries = [
    { id: 1, value: new Uint8Array(255) },
    { id: 2, value: new Uint8Array(227) },
  ];
  const flash = new TornFlash({ pageSize: 512 });
  new Journal(flash, wire).format(entries);
  const whole = mounted(flash);
  expect(whole).toContain("[2,");
  const journal = new Journal(flash, wire);
  journal.mount();
  expect(() => journal.commit([{ id: 2, value: new Uint8Array(228) }])).toThrow("full");
  expect(mounted(flash)).toBe(whole);
});

test("no byte-wise mixture of a header's old bytes and erased ones is a header of a higher generation", () => {
  const flash = new TornFlash();
  const journal = new Journal(flash, wire);
  journal.format([]);
  for (let i = 0; i < 41; i++) journal.rewrite([]);
  const current = [0, flash.pageSize].find((at) => wire.toLatin1(flash.read(at + 4, 4)) === "OCJ2") as number;
  const header = flash.read(current, 16);
  let whole = 0;
  for (let kept = 0; kept < 1 << 12; kept++) {
    const mixed = header.slice(4).map((byte, i) => ((kept >> i) & 1 ? byte : 0xff));
    if (wire.crc32(mixed) === 0) whole++;
  }
  // Those that keep all that is not FF anyway.
  expect(whole).toBe(2 ** header.slice(4).filter((byte) => byte === 0xff).length);
});

test("a bit that changes by itself in a record that others follow, or in the header, is noticed: no older state comes back", () => {
  for (let at = 4; at < 16 + 3 * 16; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const flash = new TornFlash();
      const journal = new Journal(flash, wire);
      journal.format([{ id: 1, value: bytes(1) }]);
      for (const value of [2, 3, 4]) journal.commit([{ id: 1, value: bytes(value) }]);
      expect(mounted(flash)).toContain("\\u0004");
      flash.flip(at, bit);
      expect(mounted(flash)).toBe(NONE);
    }
  }
});

test("on worn cells a journal keeps its word or throws a JournalError, and a restart finds before or after", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 3, max: 6 }), fc.constantFrom(0, 256), (seed, endurance, programSize) => {
      const flash = new TornFlash({ seed, endurance, programSize, pageSize: 256 });
      let journal = new Journal(flash, wire);
      let state: State = new Map([[0, "\0"]]);
      journal.format([{ id: 0, value: bytes(0) }]);
      let refused = 0;
      for (let i = 0; refused < 5 && i < 20_000; i++) {
        const changes = [{ id: i % 3, value: bytes(i, i >> 8, i * 7, ~i) }];
        const after = apply(state, changes);
        try {
          perform(journal, { what: i % 5 === 0 ? "rewrite" : "commit", changes });
          state = after;
        } catch (error) {
          expect(error).toBeInstanceOf(JournalError);
          refused++;
        }
        expect(shown(read(journal))).toBe(shown(state));
        if (i % 7 !== 0 && refused === 0) continue;
        journal = new Journal(flash, wire);
        expect(journal.mount()).toBe(true);
        const found = shown(read(journal));
        expect([shown(state), shown(after)]).toContain(found);
        if (found === shown(after)) state = after;
      }
      expect(refused).toBe(5);
    }),
  );
});

test("a driver that throws in the middle of an append leaves nothing that the next one is written over", () => {
  const flash = new TornFlash();
  const journal = new Journal(flash, wire);
  journal.format([{ id: 1, value: bytes(1) }]);
  const write = flash.write.bind(flash);
  flash.write = (address, data) => {
    write(address, data.subarray(0, 4));
    throw new Error("verification failed");
  };
  expect(() => journal.commit([{ id: 1, value: bytes(2) }])).toThrow("verification failed");
  flash.write = write;
  journal.commit([{ id: 2, value: bytes(2) }]);
  expect(mounted(flash)).toBe(
    shown(
      new Map([
        [1, "\x01"],
        [2, "\x02"],
      ]),
    ),
  );
});
