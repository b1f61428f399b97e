import fc from "fast-check";
import { expect, test } from "vitest";
import { call, smallMachine, smallManifest } from "../testing/small-bundle.ts";

const { legend } = smallManifest.keypad;
const keys = legend.flat();

/** Scans row by row, the other rows released, and tells which keys look pressed. */
const scanner = {
  start: `[D6, D7, D8, D9].forEach(function (p) { pinMode(p, 'opendrain'); digitalWrite(p, 1); });
    [D10, D11, D12, D13].forEach(function (p) { pinMode(p, 'input_pullup'); });`,
  members: `scan: function () {
    var found = [];
    [D6, D7, D8, D9].forEach(function (row, r) {
      digitalWrite(row, 0);
      var columns = digitalRead([D13, D12, D11, D10]);
      for (var c = 0; c < 4; c++) if (!(columns & (1 << c))) found.push(r * 4 + c);
      digitalWrite(row, 1);
    });
    return found;
  }`,
};
const scan = (machine: ReturnType<typeof smallMachine>) => (call(machine, "scan") as number[]).map((i) => keys[i]);

test.each(keys)("a scan of the matrix finds the key %s, and nothing once it is released", (key) => {
  const machine = smallMachine(scanner);
  machine.keyDown(key);
  expect(scan(machine)).toEqual([key]);
  machine.keyUp(key);
  expect(scan(machine)).toEqual([]);
});

test("keys held together are found, with the ghosts of a matrix without diodes and no others", () => {
  fc.assert(
    fc.property(fc.subarray(keys), (held) => {
      const machine = smallMachine(scanner);
      for (const key of held) machine.keyDown(key);
      // A key looks pressed when its row and its column hang together by any chain of pressed keys.
      const place = (key: string) => [Math.floor(keys.indexOf(key) / 4), 4 + (keys.indexOf(key) % 4)];
      const reachable = (from: number) => {
        const wires = new Set([from]);
        for (let grown = true; grown; ) {
          grown = false;
          for (const [row, column] of held.map(place)) {
            if (wires.has(row) !== wires.has(column)) grown = Boolean(wires.add(row).add(column));
          }
        }
        return wires;
      };
      expect(scan(machine)).toEqual(keys.filter((key) => reachable(place(key)[0]).has(place(key)[1])));
      expect(machine.faults).toEqual([]);
    }),
  );
});

test("an unknown key is refused with the list of those there are", () => {
  const machine = smallMachine({});
  expect(() => machine.keyDown("ENTER")).toThrow(/CLEAR 0 OK MENU/);
  expect(() => machine.keyUp("ENTER")).toThrow(RangeError);
});

const watcher = (options: string) => ({
  declarations: "var events = [];",
  start: `digitalWrite([D6, D7, D8, D9], 0);
    [D10, D11, D12, D13].forEach(function (p) {
      pinMode(p, 'input_pullup');
      setWatch(function (e) { events.push(["D" + p, e.state, e.time, e.lastTime]); }, p, ${options});
    });`,
  members: "events: events, rows: function (bits) { digitalWrite([D9, D8, D7, D6], bits); }",
});

test("while the rows are low, a key wakes the watch of its column, down and up", () => {
  const machine = smallMachine(watcher("{ repeat: true, edge: 'both' }"));
  machine.advance(1000);
  machine.keyDown("6");
  machine.advance(60);
  machine.keyUp("6");
  machine.advance(60);
  expect(machine.exports.events).toEqual([
    ["D12", false, 1, undefined],
    ["D12", true, 1.06, 1],
  ]);
});

test("a watch of one edge is told of that edge alone, with the time of the other", () => {
  const machine = smallMachine(watcher("{ repeat: true, edge: 'falling' }"));
  for (let i = 0; i < 2; i++) {
    machine.keyDown("1");
    machine.advance(60);
    machine.keyUp("1");
    machine.advance(40);
  }
  expect(machine.exports.events).toEqual([
    ["D10", false, 0, undefined],
    ["D10", false, 0.1, 0.06],
  ]);
});

test("a watch that does not repeat is gone after its first call", () => {
  const machine = smallMachine(watcher("{ edge: 'falling' }"));
  for (let i = 0; i < 3; i++) {
    machine.keyDown("1");
    machine.advance(60);
    machine.keyUp("1");
    machine.advance(40);
  }
  expect(machine.exports.events).toEqual([["D10", false, 0, undefined]]);
});

test("edges that the firmware makes itself by driving the rows wake the watches too", () => {
  const machine = smallMachine(watcher("{ repeat: true, edge: 'both' }"));
  machine.keyDown("5");
  machine.advance(10);
  call(machine, "rows", 0b0010);
  call(machine, "rows", 0b0000);
  machine.advance(10);
  expect((machine.exports.events as unknown[][]).map(([pin, state]) => [pin, state])).toEqual([
    ["D11", false],
    ["D11", true],
    ["D11", false],
  ]);
});

test("a contact that bounces chatters for the time it was told and then stays", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 20 }), fc.constantFrom(...keys), (seed, bounceMs, key) => {
      const machine = smallMachine(watcher("{ repeat: true, edge: 'both' }"), { seed });
      machine.keypad.bounceMs = bounceMs;
      const events = machine.exports.events as [string, boolean, number][];
      machine.keyDown(key);
      machine.advance(100);
      expect(events.at(-1)![1]).toBe(false);
      expect(events.at(-1)![2]).toBeLessThanOrEqual(bounceMs / 1000);
      machine.keyUp(key);
      machine.advance(100);
      expect(events.at(-1)![1]).toBe(true);
      expect(events.at(-1)![2]).toBeLessThanOrEqual(0.1 + bounceMs / 1000);
      expect(events.every(([, state], i) => state === (i % 2 === 1))).toBe(true);
    }),
  );
  const machine = smallMachine(watcher("{ repeat: true, edge: 'both' }"));
  machine.keypad.bounceMs = 10;
  machine.keyDown("1");
  machine.advance(20);
  expect((machine.exports.events as unknown[]).length).toBeGreaterThan(3);
});

test("Espruino's own debouncing waits until the contact is quiet and then tells once", () => {
  const machine = smallMachine(watcher("{ repeat: true, edge: 'both', debounce: 25 }"));
  machine.keypad.bounceMs = 10;
  machine.keyDown("1");
  machine.advance(100);
  machine.keyUp("1");
  machine.advance(100);
  expect((machine.exports.events as unknown[][]).map(([pin, state]) => [pin, state])).toEqual([
    ["D10", false],
    ["D10", true],
  ]);
});

test("rows that are driven against each other through two keys of a column are a fault", () => {
  const machine = smallMachine({ members: "rows: function (bits) { digitalWrite([D9, D8, D7, D6], bits); }" });
  machine.keyDown("1");
  machine.keyDown("4");
  call(machine, "rows", 0b1110);
  expect(machine.faults).toHaveLength(1);
  expect(machine.faults[0]).toMatch(/drives high is joined to a pin that drives low/);
});
