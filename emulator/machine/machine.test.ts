import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { call, smallBundle, smallMachine, smallManifest } from "../testing/small-bundle.ts";
import { Machine } from "./machine.ts";

test("timers run in the order of their times, at their times, however the time is advanced", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 20 }),
      fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 20 }),
      (delays, steps) => {
        const machine = smallMachine({
          declarations: "var seen = [];",
          members: `seen: seen, set: function (delays) {
            delays.forEach(function (delay, i) { setTimeout(function () { seen.push([delay, i, getTime()]); }, delay); });
          }`,
        });
        call(machine, "set", delays);
        for (const step of steps) machine.advance(step);
        const elapsed = steps.reduce((sum, step) => sum + step, 0);
        const expected = delays
          .map((delay, i) => [delay, i, Math.max(delay, 0.1) / 1000])
          .filter(([, , at]) => at * 1000 <= elapsed)
          .sort((one, other) => one[2] - other[2] || one[1] - other[1]);
        expect(machine.exports.seen).toEqual(expected);
        expect(machine.time).toBe(elapsed);
      },
    ),
  );
});

test("an interval goes on without drift until it is cleared", () => {
  const machine = smallMachine({
    declarations: "var times = [];",
    start:
      "var id = setInterval(function () { times.push(getTime()); if (times.length === 5) clearInterval(id); }, 100);",
    members: "times: times",
  });
  machine.advance(10_000);
  expect(machine.exports.times).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
});

test("a timer's number is used again once its timer is gone, as on Espruino", () => {
  const machine = smallMachine({
    members: `numbers: function () {
      var one = setTimeout(function () {}, 10), two = setTimeout(function () {}, 10);
      clearTimeout(two);
      return [one, two, setTimeout(function () {}, 10)];
    }`,
  });
  expect(call(machine, "numbers")).toEqual([1, 2, 2]);
});

test.each(["clearTimeout()", "clearInterval()", "clearWatch()", "clearTimeout(undefined)", "clearWatch(undefined)"])(
  "%s, which clears everything on Espruino, is an error that says so",
  (source) => {
    expect(() => smallMachine({ start: source })).toThrow(/clears all/);
  },
);

test("an error in a callback reaches whoever let the time pass, and the time after it goes on", () => {
  const machine = smallMachine({
    declarations: "var after = 0;",
    start: "setTimeout(function () { throw new Error('burnt'); }, 50); setTimeout(function () { after++; }, 60);",
    members: "after: function () { return after; }",
  });
  expect(() => machine.advance(1000)).toThrow("burnt");
  expect(machine.time).toBe(50);
  machine.advance(10);
  expect(call(machine, "after")).toBe(1);
});

test("an error while bytes are handled reaches whoever sent them", () => {
  const machine = smallMachine({ start: "USB.on('data', function () { throw new Error('choked'); })" });
  expect(() => machine.receive("x")).toThrow("choked");
});

test("an error while booting reaches whoever switched the power on", () => {
  expect(() => smallMachine({ start: "throw new Error('dead on arrival')" })).toThrow("dead on arrival");
});

test("firmware that keeps waking itself is an error, not a hang", () => {
  const start =
    "pinMode(D10, 'output'); setWatch(function (e) { digitalWrite(D10, !e.state); }, D10, { repeat: true }); digitalWrite(D10, 1);";
  expect(() => smallMachine({ start })).toThrow(/does not come to rest/);
});

test("bytes come in pieces of at most 64, in order and unchanged", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 5 }), (messages) => {
      const machine = smallMachine({
        declarations: "var pieces = [];",
        start: "USB.on('data', function (text) { pieces.push(text); USB.write(text); });",
        members: "pieces: pieces",
      });
      let sent = "";
      machine.onTransmit = (text) => (sent += text);
      const texts = messages.map((bytes) => Buffer.from(bytes).toString("latin1"));
      for (const text of texts) machine.receive(text);
      expect((machine.exports.pieces as string[]).join("")).toBe(texts.join(""));
      expect((machine.exports.pieces as string[]).every((piece) => piece.length <= 64)).toBe(true);
      expect(sent).toBe(texts.join(""));
    }),
    { numRuns: runs(50) },
  );
});

test("bytes that come before the firmware listens are kept, up to 512 of them", () => {
  const machine = smallMachine({
    declarations: "var heard = '';",
    start: "setTimeout(function () { USB.on('data', function (text) { heard += text; }); }, 10);",
    members: "heard: function () { return heard; }",
  });
  machine.receive("early ".repeat(100));
  machine.advance(20);
  machine.receive("late");
  expect(call(machine, "heard")).toBe("early ".repeat(100).slice(0, 512) + "late");
});

test("what cannot be is refused with what can, and nothing changes", () => {
  const machine = smallMachine({ start: "require('Storage').write('a', 'b');" }, { unixTime: 1_800_000_000 });
  const { clock, flash, keypad } = machine;
  machine.cut = { index: flash.operations + 1, tear: 0.5 };
  keypad.bounceMs = 5;
  clock.drift = { ppm: 2, temperatures: [20, 30] };
  const state = () => [machine.time, machine.cut, machine.batteryVolts, keypad.bounceMs, clock.unixTime, clock.drift];
  const before = structuredClone(state());
  const wrong: [() => void, RegExp][] = [
    [() => (machine.cut = { index: -3, tear: 0 }), /the next one is number \d+: it can't be cut at -3/],
    [() => (machine.cut = { index: flash.operations - 1, tear: 0 }), /the next one is/],
    [() => (machine.cut = { index: 1e6 + 0.5, tear: 0 }), /the next one is/],
    [() => (machine.cut = {} as never), /cut at undefined/],
    [() => (machine.cut = { index: 1e6, tear: 7 }), /from 0 to 1, not 7/],
    [() => (machine.cut = { index: 1e6, tear: Number.NaN }), /from 0 to 1, not NaN/],
    [() => (keypad.bounceMs = -5), /0 to 1000 ms, not -5/],
    [() => (keypad.bounceMs = Number.NaN), /not NaN/],
    [() => (keypad.bounceMs = 1e9), /0 to 1000 ms/],
    [() => (keypad.bounceMs = "5" as never), /0 to 1000 ms/],
    [() => (clock.drift = { ppm: 1e12, temperatures: [] }), /-100000 to 100000 ppm, not 1000000000000/],
    [() => (clock.drift = { ppm: Number.NaN, temperatures: [] }), /not NaN/],
    [() => (clock.drift = { ppm: 2, temperatures: [Number.NaN] }), /-40 to 85 degrees Celsius, not NaN/],
    [() => (clock.drift = { ppm: 2, temperatures: new Array(2) as number[] }), /not undefined/],
    [() => (clock.drift = { ppm: 2, temperatures: [200] }), /not 200/],
    [() => (clock.drift = { ppm: 2, temperatures: new Array(1441).fill(20) }), /at most 1440/],
    [() => (clock.drift = { ppm: 2 } as never), /are a list/],
    [() => (clock.drift = undefined as never), /ppm/],
    [() => clock.setTime(Number.NaN), /not a time/],
    [() => (machine.batteryVolts = 9), /0 to 5.5 V/],
    [() => (machine.batteryVolts = "3" as never), /0 to 5.5 V/],
    [() => machine.advance(-1), /-1 ms/],
    [() => machine.advance(Number.POSITIVE_INFINITY), /Infinity ms/],
    [() => machine.keyDown("ENTER"), /the keys are/],
  ];
  for (const [call, message] of wrong) {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  }
  expect(state()).toEqual(before);
});

test("a list of temperatures is what it was when it was set, whatever becomes of it", () => {
  const { clock } = smallMachine({});
  const temperatures = [20];
  clock.drift = { ppm: 0, temperatures };
  temperatures[0] = Number.NaN;
  expect(clock.drift.temperatures).toEqual([20]);
});

test("what is no byte cannot be received", () => {
  expect(() => smallMachine({}).receive("\u0100")).toThrow(RangeError);
});

test("a loss of power loses RAM, timers and watches; flash and clock keep what they have", () => {
  const machine = smallMachine(
    {
      declarations: "var boots = 0, ticks = 0;",
      start: `boots++; setInterval(function () { ticks++; }, 1000);
        var s = require('Storage');
        if (s.read('n') === undefined) s.write('n', 'first boot');`,
      members: "state: function () { return [boots, ticks, getTime(), require('Storage').read('n')]; }",
    },
    { unixTime: 1_800_000_000 },
  );
  machine.advance(5000);
  expect(call(machine, "state")).toEqual([1, 5, 5, "first boot"]);
  machine.powerOff();
  expect(machine.powered).toBe(false);
  expect(() => machine.exports).toThrow(/no power/);
  machine.receive("lost");
  machine.advance(10_000);
  expect(machine.clock.unixTime).toBe(1_800_000_015);
  machine.powerOn();
  machine.advance(500);
  expect(call(machine, "state")).toEqual([1, 0, 0.5, "first boot"]);
});

test("the power may go in the middle of a callback: nothing runs after it", () => {
  const machine = smallMachine({
    declarations: "var after = 0;",
    start: `setTimeout(function () { require('Flash').erasePage(0x101c0000); }, 10); setTimeout(function () { after++; }, 10);`,
  });
  machine.flash.onOperation = () => {
    machine.powerOff();
    throw new Error("power cut");
  };
  expect(() => machine.advance(100)).toThrow("power cut");
  machine.advance(100);
  expect(machine.powered).toBe(false);
  expect(machine.time).toBe(110);
});

test("a blank flash is installed once, with copies of the keys", () => {
  const keys = { enc: new Uint8Array(16).fill(1), mac: new Uint8Array(16).fill(2), dek: new Uint8Array(16).fill(3) };
  const bundle = smallBundle().replace(
    "install: function () {}",
    `install: function (serial, version, enc, mac, dek) {
      require('Storage').write('installed', serial + version + enc[0] + mac[0] + dek[0]);
      enc[0] = 0;
    }`,
  );
  const machine = new Machine({ bundle, manifest: smallManifest, install: { serial: "S1", keyVersion: 7, ...keys } });
  machine.powerOn();
  expect(keys.enc[0]).toBe(1);
  const dump = machine.flashDump();
  machine.powerOff();
  machine.powerOn();
  expect(Buffer.compare(machine.flashDump(), dump)).toBe(0);
  const second = new Machine({
    bundle,
    manifest: smallManifest,
    install: { serial: "S2", keyVersion: 7, ...keys },
    flash: dump,
  });
  second.powerOn();
  expect(Buffer.compare(second.flashDump(), dump)).toBe(0);
});

test("the same seed and the same inputs give the same bytes, pictures and flash", () => {
  const source = {
    start: `I2C1.setup({ sda: D4, scl: D5, bitrate: 400000 });
      I2C1.writeTo(0x3c, [0, 0x8d, 0x14, 0xa1, 0xc8, 0x20, 0, 0xaf]);
      [D6, D7, D8, D9].forEach(function (p) { digitalWrite(p, 0); });
      [D10, D11, D12, D13].forEach(function (p) {
        pinMode(p, 'input_pullup');
        setWatch(function (e) { USB.write('D' + p, e.state ? 1 : 0, '' + e.time); }, p, { repeat: true, edge: 'both' });
      });
      USB.on('data', function (d) { I2C1.writeTo(0x3c, 0x40, d, E.hwRand()); USB.write(E.toString(E.hwRand(), d)); });`,
  };
  const input = fc.oneof(
    fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 500 }) }),
    fc.record({ kind: fc.constant("key" as const), key: fc.constantFrom("1", "5", "OK", "MENU") }),
    fc.record({
      kind: fc.constant("bytes" as const),
      text: fc.string({ minLength: 1, maxLength: 100, unit: "grapheme-ascii" }),
    }),
  );
  fc.assert(
    fc.property(fc.integer(), fc.array(input, { maxLength: 20 }), (seed, inputs) => {
      const run = () => {
        const machine = smallMachine(source, { seed, unixTime: 1_800_000_000 });
        machine.keypad.bounceMs = 5;
        let trace = "";
        machine.onTransmit = (text) => (trace += `${machine.time}:${text};`);
        for (const step of inputs) {
          if (step.kind === "wait") machine.advance(step.ms);
          else if (step.kind === "bytes") machine.receive(step.text);
          else {
            machine.keyDown(step.key);
            machine.advance(30);
            machine.keyUp(step.key);
          }
          trace += Buffer.from(machine.display.frame()).toString("base64");
        }
        return trace + Buffer.from(machine.flashDump()).toString("base64") + machine.faults.join();
      };
      expect(run()).toBe(run());
    }),
    { numRuns: runs(30) },
  );
});

test("the room for updates is left when a token is installed, and nobody makes it anew or fails for want of it", () => {
  const slots = { ...smallManifest.storage, slotBytes: 4096, imagesFileBytes: 3 * 4096 };
  const manifest = { ...smallManifest, storage: slots };
  const key = new Uint8Array(16);
  const install = { serial: "S-1", keyVersion: 1, enc: key, mac: key, dek: key };
  const files = { members: "files: function () { return require('Storage').list().join(); }" };
  const machine = smallMachine(files, { manifest, install });
  expect(call(machine, "files")).toBe(slots.images);
  const erased = smallMachine(
    { start: `require("Storage").erase("${slots.images}");` },
    { manifest, flash: machine.flashDump() },
  );
  const again = smallMachine(files, { manifest, install, flash: erased.flashDump() });
  expect(call(again, "files")).toBe("");
  // As much as there is, as files that were erased: a Storage that has to be compacted is no fault of the firmware's start.
  const filling = `for (var i = 0; i < 3; i++) { require("Storage").write("f" + i, "x", 0, 80000); require("Storage").erase("f" + i); }`;
  const full = smallMachine({ start: filling }, { manifest, flash: erased.flashDump() });
  expect(call(smallMachine(files, { manifest, install, flash: full.flashDump() }), "files")).toBe("");
});

test("five years pass in a moment when nothing happens in them", () => {
  const machine = smallMachine({}, { unixTime: 1_800_000_000 });
  machine.advance(5 * 365 * 86_400_000);
  expect(machine.clock.unixTime).toBe(1_800_000_000 + 5 * 365 * 86_400);
});
