/** What takes long is done in turns, and everything in the order in which it was asked for. */
import { describe, expect, test, vi } from "vitest";
import type { PressOptions } from "../engine.ts";
import { RecordingEngine } from "../recording.ts";
import { smallBundle, smallManifest } from "../testing/small-bundle.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { FastEngine } from "./fast-engine.ts";

const HOUR = 3_600_000;
const CENTURY = 100 * 365 * 24 * HOUR;

/** Works ten times a second, and on each piece of what a host sends. */
const busy = smallBundle({
  declarations: "var n = 0; function work(rounds) { for (var i = 0; i < rounds; i++) n = (n * 7 + i) | 0; }",
  start: `setInterval(function () { work(3000); }, 100); USB.on('data', function () { work(120000); });`,
  members: "n: function () { return n; }",
});
const boot = (bundle = busy, seed = 1) =>
  FastEngine.boot({ bundle, manifest: smallManifest, install: fixtureInstallation, seed });
const stateOf = (engine: FastEngine) => (engine.machine.exports.n as () => number)();

const long: [string, (engine: FastEngine) => Promise<void>, number][] = [
  ["an hour of work", (engine) => engine.advance(HOUR), HOUR],
  ["a key that is held for an hour", (engine) => engine.press(["1"], { holdMs: HOUR, gapMs: 0 }), HOUR],
  ["much from a host", (engine) => engine.send("x".repeat(65_536)), 0],
];

describe.each(long)("during %s", (_, call, ms) => {
  test("everybody else gets a turn, and the next calls wait for it, each for the one before", async () => {
    const engine = await boot();
    const order: string[] = [];
    const done = [
      call(engine).then(() => order.push("done")),
      engine.clock().then(({ timeMs }) => order.push(timeMs >= ms ? "the time then" : "a time before")),
      engine.keyDown("5").then(() => order.push("key down")),
      engine.screen().then(() => order.push("screen")),
      new Promise<void>((resolve) => setTimeout(resolve)).then(() => order.push("somebody else")),
    ];
    await Promise.all(done);
    expect(order).toEqual(["somebody else", "done", "the time then", "key down", "screen"]);
  });
});

test("while the worst of lines makes sixteen of each byte, and turns a bit of each over twelve times, everybody else gets a turn", async () => {
  const engine = await boot(smallBundle());
  const kinds = [...Array(4).fill("duplicate"), ...Array(12).fill("corrupt")];
  await engine.setSerialFaults(kinds.map((kind) => ({ direction: "to-token", kind, every: 1 })));
  let others = 0;
  const count = setInterval(() => others++);
  const passed: number[] = [];
  engine.onSerial((_, text) => passed.push(text.length));
  await engine.send("x".repeat(65_536));
  clearInterval(count);
  expect(passed.reduce((sum, length) => sum + length)).toBe(16 * 65_536);
  expect(others).toBeGreaterThan(0);
});

test("a century with a key held ends after some hours of it, and the same again when it is played", async () => {
  const start = "setInterval(function () {}, 10);";
  const recorder = new RecordingEngine(await boot(smallBundle({ start })));
  await recorder.startRecording();
  await expect(recorder.advance(CENTURY)).rejects.toMatchObject({
    fault: "failed",
    message: expect.stringMatching(/keeps the token awake.* at 300000\d\d ms/),
  });
  await recorder.keyDown("1");
  const recording = await recorder.stopRecording();
  const { timeMs } = await recorder.clock();
  const player = await boot(smallBundle({ start }));
  await player.replay(recording);
  expect((await player.clock()).timeMs).toBe(timeMs);
});

test("a long time in turns is the same as in one piece, and as its snapshot", async () => {
  const [engine, other] = [await boot(), await boot(busy, 2)];
  await engine.advance(HOUR);
  engine.machine.advance(0);
  const { machine } = await boot();
  machine.advance(HOUR);
  expect(stateOf(engine)).toBe((machine.exports.n as () => number)());
  expect([engine.machine.now, engine.machine.work]).toEqual([machine.now, machine.work]);
  const snapshot = await engine.snapshot();
  let others = 0;
  const count = setInterval(() => others++);
  await other.restore(snapshot);
  clearInterval(count);
  expect(others).toBeGreaterThan(0);
  expect(stateOf(other)).toBe(stateOf(engine));
  expect(await other.snapshot()).toEqual(snapshot);
});

test("an engine that is closed at work ends it, and refuses everything that waits for it", async () => {
  const engine = await boot();
  const refusals = [engine.advance(CENTURY), engine.screen(), engine.press(["1"]), engine.snapshot()].map((call) =>
    expect(call).rejects.toMatchObject({ fault: "failed", message: "the engine is closed" }),
  );
  await new Promise((resolve) => setTimeout(resolve));
  await engine.close();
  await Promise.all(refusals);
  expect(engine.machine.time).toBeLessThan(CENTURY);
  await engine.close();
});

test("an engine that is closed while its speed is set leaves nothing behind that goes on", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    for (let moments = 0; moments < 20; moments++) {
      const engine = await boot(smallBundle());
      const set = engine.setClock({ speed: 1 }).catch((error: unknown) => error);
      for (let i = 0; i < moments; i++) await undefined;
      await engine.close();
      expect([undefined, expect.objectContaining({ fault: "failed" })]).toContainEqual(await set);
      expect(vi.getTimerCount()).toBe(0);
    }
  } finally {
    vi.useRealTimers();
  }
});

test("an engine that is closed while keys wait refuses them", async () => {
  const engine = await boot();
  await engine.setClock({ speed: 1 });
  const pressed = expect(engine.press(["1", "2"], { holdMs: HOUR })).rejects.toThrow(/closed/);
  await engine.clock();
  await engine.close();
  await pressed;
});

test("listeners are told of pictures on the way, not only at the end", async () => {
  const engine = await boot(
    smallBundle({
      declarations: "var n = 0, lit = 0; function work() { for (var i = 0; i < 3000; i++) n = (n * 7 + i) | 0; }",
      start: `I2C1.setup({ sda: D4, scl: D5, bitrate: 400000 }); I2C1.writeTo(0x3c, [0, 0x8d, 0x14, 0xaf]);
        setInterval(function () { work(); I2C1.writeTo(0x3c, 0x40, ++lit & 255); }, 100);`,
    }),
  );
  let pictures = 0;
  let byThen = 0;
  engine.onScreen(() => pictures++);
  setTimeout(() => {
    byThen = pictures;
  });
  await engine.advance(HOUR / 12);
  expect(byThen).toBeGreaterThan(0);
  expect(byThen).toBeLessThan(pictures);
});

describe("what no token could bear is refused with the limit", () => {
  const refused: [string, PressOptions & { keys?: string[] }, RegExp][] = [
    ["contacts that bounce for longer than a second", { bounceMs: 1001 }, /0 to 1000/],
    ["a key that is held for longer than an hour", { holdMs: HOUR + 1 }, /0 to 3600000/],
    ["more keys than anybody types", { keys: Array(1001).fill("1") }, /at most 1000/],
  ];
  test.each(refused)("%s", async (_, { keys = ["1"], ...options }, why) => {
    await expect((await boot()).press(keys, options)).rejects.toMatchObject({
      fault: "invalid",
      message: expect.stringMatching(why),
    });
  });

  test("more bytes than a port gives in one piece", async () => {
    await expect((await boot()).send("x".repeat(65_537))).rejects.toMatchObject({
      fault: "invalid",
      message: expect.stringMatching(/at most 65536/),
    });
  });

  test("more bits than a snapshot or a recording should hold for one call", async () => {
    await expect((await boot()).flipFlashBits(Array(65_537).fill(0))).rejects.toMatchObject({
      fault: "invalid",
      message: expect.stringMatching(/at most 65536 numbers in one call/),
    });
  });

  test("faults that would make a flood of a byte", async () => {
    const duplicate = { direction: "to-token", kind: "duplicate", every: 1 } as const;
    const engine = await boot();
    await engine.setSerialFaults(Array(4).fill(duplicate));
    await expect(engine.setSerialFaults(Array(5).fill(duplicate))).rejects.toThrow(/at most 4/);
    await expect(engine.setSerialFaults(Array(17).fill({ ...duplicate, kind: "drop" }))).rejects.toThrow(/at most 16/);
  });

  test("a time beyond what the engine counts", async () => {
    const engine = await boot(smallBundle());
    await engine.advance(CENTURY);
    await engine.advance(CENTURY);
    await expect(engine.advance(CENTURY)).rejects.toMatchObject({ fault: "invalid" });
    await engine.restore(await engine.snapshot());
    expect((await engine.clock()).timeMs).toBe(2 * CENTURY);
  });
});

test("the worst contacts come to rest", async () => {
  const engine = await boot(smallBundle());
  await engine.press(["1"], { bounceMs: 1000 });
  await engine.advance(24 * HOUR);
  expect(engine.machine.keypad.touched).toBe(false);
});
