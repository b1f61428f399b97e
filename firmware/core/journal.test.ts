import fc from "fast-check";
import { expect, test } from "vitest";
import { wire } from "../../host-tools/crypto/node.ts";
import type { Flash } from "../hal/board.ts";
import { type Entry, Journal, JournalError } from "./journal.ts";

class PowerCut extends Error {}

/** NOR flash that loses power at operation `cutAt`, with that operation done in part: `keep` names the bits that did not make it. */
class CuttingFlash implements Flash {
  readonly pageSize = 256;
  readonly pages = 4;
  readonly cells = new Uint8Array(1024).fill(0xff);
  operations = 0;
  cutAt = -1;
  keep = (_index: number) => 0;

  read(address: number, length: number): Uint8Array {
    return this.cells.slice(address, address + length);
  }

  write(address: number, bytes: Uint8Array): void {
    if (address % 4 !== 0 || bytes.length % 4 !== 0) throw new RangeError("flash is written in whole words");
    const cut = this.operations++ === this.cutAt;
    for (let i = 0; i < bytes.length; i++) this.cells[address + i] &= cut ? bytes[i] | this.keep(i) : bytes[i];
    if (cut) throw new PowerCut();
  }

  erase(address: number): void {
    const cut = this.operations++ === this.cutAt;
    for (let i = 0; i < this.pageSize; i++) this.cells[address + i] |= cut ? ~this.keep(i) & 0xff : 0xff;
    if (cut) throw new PowerCut();
  }

  /** The same cells under power again. */
  reboot(): CuttingFlash {
    const flash = new CuttingFlash();
    flash.cells.set(this.cells);
    return flash;
  }
}

type State = Map<number, string>;
const apply = (state: State, changes: Entry[]): State => {
  const next = new Map(state);
  for (const { id, value } of changes) {
    if (value.length === 0) next.delete(id);
    else next.set(id, wire.toLatin1(value));
  }
  return next;
};
const read = (journal: Journal): State => {
  const state: State = new Map();
  for (let id = 0; id < 10; id++) {
    const value = journal.get(id);
    if (value !== undefined) state.set(id, wire.toLatin1(value));
  }
  return state;
};
const sorted = (state: State) => [...state].sort(([a], [b]) => a - b);

const change = fc.record({ id: fc.integer({ min: 0, max: 5 }), value: fc.uint8Array({ maxLength: 24 }) });
const step = fc.record({ scrub: fc.boolean(), changes: fc.array(change, { minLength: 1, maxLength: 3 }) });
const history = fc.array(step, { minLength: 1, maxLength: 25 });
const perform = (journal: Journal, { scrub, changes }: { scrub: boolean; changes: Entry[] }) =>
  scrub ? journal.rewrite(changes) : journal.commit(changes);

test("a journal remembers the latest value of each entry, over restarts and changes of bank", () => {
  fc.assert(
    fc.property(history, (steps) => {
      const flash = new CuttingFlash();
      const journal = new Journal(flash, wire);
      expect(journal.mount()).toBe(false);
      journal.format([]);
      let model: State = new Map();
      for (const one of steps) {
        perform(journal, one);
        model = apply(model, one.changes);
        expect(sorted(read(journal))).toEqual(sorted(model));
      }
      const again = new Journal(flash.reboot(), wire);
      expect(again.mount()).toBe(true);
      expect(sorted(read(again))).toEqual(sorted(model));
    }),
  );
});

test("a cut at any flash operation, torn in any way, leaves the state before or the state after, and the journal usable", () => {
  fc.assert(
    fc.property(history, fc.nat(), fc.array(fc.nat(255), { minLength: 1, maxLength: 40 }), (steps, where, kept) => {
      const dry = new CuttingFlash();
      const rehearsal = new Journal(dry, wire);
      rehearsal.format([]);
      const formatted = dry.operations;
      for (const one of steps) perform(rehearsal, one);

      const flash = new CuttingFlash();
      flash.cutAt = formatted + (where % (dry.operations - formatted));
      flash.keep = (i) => kept[i % kept.length];
      const journal = new Journal(flash, wire);
      journal.format([]);
      let before: State = new Map();
      let after: State = before;
      expect(() => {
        for (const one of steps) {
          before = after;
          after = apply(before, one.changes);
          perform(journal, one);
        }
      }).toThrow(PowerCut);
      const rebooted = new Journal(flash.reboot(), wire);
      expect(rebooted.mount()).toBe(true);
      const found = read(rebooted);
      expect([sorted(before), sorted(after)]).toContainEqual(sorted(found));
      const more = [{ id: 9, value: new Uint8Array([1, 2, 3]) }];
      rebooted.commit(more);
      expect(sorted(read(rebooted))).toEqual(sorted(apply(found, more)));
    }),
  );
});

test("after a rewrite no superseded value can be read from the flash, also when the power was cut in it and came back", () => {
  const secret = new Uint8Array(32).fill(0xa5);
  let cuts = 0;
  for (let done = false; !done; cuts++) {
    const flash = new CuttingFlash();
    const journal = new Journal(flash, wire);
    journal.format([{ id: 1, value: secret }]);
    flash.cutAt = flash.operations + cuts;
    try {
      journal.rewrite([{ id: 1, value: new Uint8Array([1]) }]);
      done = true;
    } catch (error) {
      expect(error).toBeInstanceOf(PowerCut);
    }
    const rebooted = flash.reboot();
    const again = new Journal(rebooted, wire);
    again.mount();
    const readable = wire.toLatin1(rebooted.cells).includes(wire.toLatin1(secret));
    expect(readable).toBe(again.get(1)?.length === 32);
  }
  expect(cuts).toBeGreaterThan(5);
});

test("a state that outgrows a bank is refused and the old state stays", () => {
  const flash = new CuttingFlash();
  const journal = new Journal(flash, wire);
  const kept = new Uint8Array(200).fill(7);
  journal.format([{ id: 1, value: kept }]);
  const tooMuch = [
    { id: 2, value: new Uint8Array(250) },
    { id: 3, value: new Uint8Array(250) },
  ];
  expect(() => journal.commit(tooMuch)).toThrow(JournalError);
  expect(journal.get(1)).toEqual(kept);
  expect(new Journal(flash.reboot(), wire).mount()).toBe(true);
});

test("a flash that does not hold what is written is noticed at the commit", () => {
  const flash = new CuttingFlash();
  const journal = new Journal(flash, wire);
  journal.format([]);
  const write = flash.write.bind(flash);
  flash.write = (address, bytes) =>
    write(
      address,
      bytes.map((byte) => byte & 0xfe),
    );
  expect(() => journal.commit([{ id: 1, value: new Uint8Array([0xff]) }])).toThrow(JournalError);
});
