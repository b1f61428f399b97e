/** A long call is bounded, can be ended, and lets through what can't wait. */
import { describe, expect, test } from "vitest";
import type { EngineError } from "../engine.ts";
import { RecordingEngine } from "../recording.ts";
import { smallBundle, smallManifest } from "../testing/small-bundle.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { FastEngine } from "./fast-engine.ts";

const HOUR = 3_600_000;
const URGENT = { urgent: true };

/** Keeps itself awake; each look at it is work, so that an hour takes long. */
const busy = smallBundle({
  declarations: "var n = 0; function work() { for (var i = 0; i < 30000; i++) n = (n * 7 + i) | 0; }",
  start: "setInterval(work, 100);",
});
const restless = smallBundle({ start: "setInterval(function () {}, 10);" });
const boot = (bundle = busy) => FastEngine.boot({ bundle, manifest: smallManifest, install: fixtureInstallation });
const thousand = (engine: Pick<FastEngine, "press">, signal?: AbortSignal) =>
  engine.press(Array(1000).fill("1"), { holdMs: HOUR, gapMs: HOUR }, { signal });
const faultOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    ({ fault, message }: EngineError) => `${fault}: ${message}`,
  );

test("a press of a thousand keys, each held for an hour, does no more than any other call: the rest is forgotten, and plays so", async () => {
  const engine = await boot(restless);
  const recorder = new RecordingEngine(engine);
  await recorder.startRecording();
  expect(await faultOf(thousand(recorder))).toMatch(/^failed: after 5 of 1000 keys: .*keeps the token awake/);
  expect(engine.machine.keypad.touched).toBe(false);
  const { timeMs } = await engine.clock();
  await recorder.advance(HOUR);
  expect(engine.machine.keypad.touched).toBe(false);
  expect((await engine.clock()).timeMs).toBe(timeMs + HOUR);
  const recording = await recorder.stopRecording();
  const player = await boot(restless);
  await player.replay(recording);
  expect(player.machine.now).toBe(engine.machine.now);
  expect(await player.dumpFlash()).toEqual(await engine.dumpFlash());
});

describe("in the midst of a long call", () => {
  const calls: [string, (engine: FastEngine) => Promise<void>, RegExp | undefined][] = [
    ["a press", thousand, /^no-power: the power was gone after \d+ of 1000 keys$/],
    ["an advance", (engine) => engine.advance(10 * HOUR), undefined],
  ];
  test.each(calls)("whoever looks is answered, and whoever takes the power away: %s", async (_, call, ends) => {
    const engine = await boot();
    const ended = faultOf(call(engine));
    const order: string[] = [];
    void ended.then(() => order.push("ended"));
    const behind = faultOf(engine.press(["5"])).then((fault) => order.push(fault!));
    await new Promise((resolve) => setTimeout(resolve));
    const { timeMs } = await engine.clock(URGENT);
    expect(timeMs).toBeLessThan(10 * HOUR);
    expect((await engine.power(URGENT)).on).toBe(true);
    expect((await engine.screen(URGENT)).on).toBe(false);
    expect(await engine.serialFaults(URGENT)).toEqual([]);
    expect(order).toEqual([]);
    await engine.powerOff(URGENT);
    expect(order).toEqual([]);
    expect((await engine.power(URGENT)).on).toBe(false);
    const fault = await ended;
    if (ends === undefined) expect(fault).toBeUndefined();
    else expect(fault).toMatch(ends);
    await behind;
    expect(order).toEqual(["ended", expect.stringMatching(/^no-power: the token has no power/)]);
    expect(engine.machine.keypad.touched).toBe(false);
    await engine.powerOn();
    const snapshot = await engine.snapshot();
    await engine.restore(snapshot);
    expect(await engine.snapshot()).toEqual(snapshot);
  });

  test("that its caller leaves, it ends, and one that was not begun changes nothing", async () => {
    for (const call of [thousand, (engine: FastEngine, signal: AbortSignal) => engine.advance(10 * HOUR, { signal })]) {
      const engine = await boot();
      const caller = new AbortController();
      const ended = faultOf(call(engine, caller.signal));
      const waited = faultOf(engine.press(["5"], {}, { signal: caller.signal }));
      await new Promise((resolve) => setTimeout(resolve));
      caller.abort();
      expect(await ended).toMatch(/^failed: .*gone away/);
      const { now } = engine.machine;
      expect(await waited).toMatch(/^failed: .*gone away/);
      expect(engine.machine.now).toBe(now);
      expect(now).toBeLessThan(10 * HOUR * 1000);
      expect(engine.machine.keypad.touched).toBe(false);
      await engine.press(["5"]);
      const snapshot = await engine.snapshot();
      await engine.restore(snapshot);
      expect(await engine.snapshot()).toEqual(snapshot);
    }
  });
});

test("in time that passes by itself a press ends, too, when its caller leaves, and the next one moves up", async () => {
  const engine = await boot(smallBundle());
  await engine.setClock({ speed: 100 });
  const caller = new AbortController();
  const ended = faultOf(thousand(engine, caller.signal));
  const next = engine.press(["5"]);
  await engine.clock();
  expect(engine.machine.keypad.touched).toBe(true);
  caller.abort();
  expect(await ended).toMatch(/^failed: .*gone away/);
  await engine.setClock({ speed: 0 });
  await next;
  expect(engine.machine.keypad.touched).toBe(false);
  expect((await engine.clock()).timeMs).toBeLessThan(HOUR);
  await engine.close();
});

describe("a replay", () => {
  const long = async () => {
    const recorder = new RecordingEngine(await boot());
    await recorder.startRecording();
    await recorder.advance(1000);
    const recording = await recorder.stopRecording();
    const hour = HOUR * 1000;
    recording.steps = Array.from({ length: 200 }, (_, i) => ({
      beganUs: i * hour,
      endedUs: (i + 1) * hour,
      call: "advance",
      arguments: [HOUR],
    }));
    return recording;
  };

  test("of many long steps ends where the power is taken away", async () => {
    const engine = await boot();
    const played = faultOf(engine.replay(await long()));
    await new Promise((resolve) => setTimeout(resolve));
    expect((await engine.power(URGENT)).on).toBe(true);
    await engine.powerOff(URGENT);
    expect(await played).toMatch(/^no-power: .*the power was taken away while the recording was played/);
    expect((await engine.power()).on).toBe(false);
    expect((await engine.clock()).timeMs).toBeLessThan(200 * HOUR);
  });

  test("of many long steps ends where its caller leaves", async () => {
    const engine = await boot();
    const caller = new AbortController();
    const played = faultOf(engine.replay(await long(), { signal: caller.signal }));
    await new Promise((resolve) => setTimeout(resolve));
    caller.abort();
    expect(await played).toMatch(/^failed: .*gone away/);
    expect((await engine.clock()).timeMs).toBeLessThan(200 * HOUR);
  });

  test("of many long steps ends by itself, and says why", async () => {
    const played = await faultOf((await boot(restless)).replay(await long()));
    expect(played).toMatch(/^failed: before step \d+, advance: a recording is played for 30000000 callbacks/);
  });
});

test("an engine that is closed refuses what is urgent", async () => {
  const engine = await boot();
  await engine.close();
  for (const call of [engine.screen(URGENT), engine.powerOff(URGENT)])
    await expect(call).rejects.toMatchObject({ message: "the engine is closed" });
});
