import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { run } from "./run.ts";
import { smallMachine } from "./testing/small-bundle.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const typist = {
  declarations: "var edges = [];",
  start: `digitalWrite([D6, D7, D8, D9], 0);
    [D10, D11, D12, D13].forEach(function (p) {
      pinMode(p, 'input_pullup');
      setWatch(function (e) { edges.push(['D' + p, e.state]); }, p, { repeat: true, edge: 'both' });
    });
    USB.on('data', function (text) { setTimeout(function () { USB.write(text + getTime()); }, 30); });`,
  members: "edges: edges",
};

test.each([1, 10, 0.5])("time passes at %d times its own speed", (speed) => {
  const machine = smallMachine({});
  const running = run(machine, { speed });
  vi.advanceTimersByTime(2000);
  expect(machine.time).toBeCloseTo(2000 * speed, 0);
  running.stop();
  vi.advanceTimersByTime(2000);
  expect(machine.time).toBeCloseTo(2000 * speed, 0);
});

test.each([1, 100, "frozen" as const])("keys are pressed one after the other, at speed %s", (speed) => {
  const machine = smallMachine(typist);
  const running = run(machine, { speed });
  for (const key of ["1", "2", "1"]) running.press(key);
  vi.advanceTimersByTime(1000);
  expect(machine.exports.edges).toEqual([
    ["D10", false],
    ["D10", true],
    ["D11", false],
    ["D11", true],
    ["D10", false],
    ["D10", true],
  ]);
  expect(() => running.press("ENTER")).toThrow(/CLEAR 0 OK MENU/);
  running.stop();
});

test("frozen, time stands still but for keys and hosts", () => {
  const machine = smallMachine(typist);
  const sent: string[] = [];
  machine.onTransmit = (text) => sent.push(text);
  const running = run(machine, { speed: "frozen" });
  vi.advanceTimersByTime(60_000);
  expect(machine.time).toBe(0);
  running.receive("now: ");
  expect(sent).toEqual(["now: 0.03"]);
  expect(machine.time).toBe(30);
});

test("a host's bytes find the token at this very moment", () => {
  const machine = smallMachine(typist);
  const running = run(machine);
  vi.setSystemTime(Date.now() + 5);
  running.receive("x");
  expect(machine.time).toBeCloseTo(5, 0);
  running.stop();
});

test("what the firmware throws is told, and the token goes on", () => {
  const machine = smallMachine({
    declarations: "var after = 0;",
    start: "setInterval(function () { if (getTime() < 1) throw new Error('hot'); after++; }, 100);",
    members: "after: function () { return after; }",
  });
  const errors: unknown[] = [];
  const running = run(machine, { onError: (error) => errors.push(error) });
  vi.advanceTimersByTime(2000);
  expect(errors).toHaveLength(9);
  expect(machine.time).toBeCloseTo(2000, 0);
  running.stop();
});

test("a token that can't keep up slows down, and everybody else gets a turn", async () => {
  vi.useRealTimers();
  const machine = smallMachine({
    declarations: "var n = 0;",
    start: "setInterval(function () { for (var i = 0; i < 1000; i++) n = (n * 7 + i) | 0; }, 1);",
  });
  const running = run(machine, { speed: 1e6 });
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setTimeout(resolve, 10));
  running.stop();
  const { time } = machine;
  expect(time).toBeGreaterThan(0);
  expect(time).toBeLessThan(50 * 1e6);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(machine.time).toBe(time);
});

test("time set back on the wall does not go back in the token, and goes on from there", () => {
  const machine = smallMachine({});
  const running = run(machine);
  vi.advanceTimersByTime(1000);
  vi.setSystemTime(Date.now() - 60_000);
  vi.advanceTimersByTime(1000);
  expect(machine.time).toBeGreaterThanOrEqual(1980);
  expect(machine.time).toBeLessThanOrEqual(2000);
  running.stop();
});
