import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { connectRemoteEngine } from "./api/remote-engine.ts";
import { startApi } from "./api/server.ts";
import { readBuilt } from "./built.ts";
import type { SerialFault } from "./engine.ts";
import { type FastBootOptions, FastEngine } from "./fast/fast-engine.ts";
import { type Recording, RecordingEngine, RecordingMismatch, screenLines } from "./recording.ts";
import { fixtureInstallation } from "./testing/token.ts";

let built: Pick<FastBootOptions, "bundle" | "manifest">;
beforeAll(async () => {
  built = await readBuilt("pico-keypad");
});
afterEach(() => void vi.useRealTimers());
const boot = (options: Partial<FastBootOptions> = {}) =>
  FastEngine.boot({ ...built, install: fixtureInstallation, seed: 7, unixTime: 1_800_000_000, ...options });

async function record(): Promise<Recording> {
  const engine = new RecordingEngine(await boot());
  await engine.advance(5000);
  await engine.startRecording();
  await engine.press(["MENU"]);
  await expect(engine.press(["ENTER"])).rejects.toThrow(/no key/);
  await engine.keyDown("5");
  await engine.advance(300);
  await engine.keyUp("5");
  await engine.setClock({ driftPpm: 3 });
  await engine.advance(40_000);
  await engine.powerOff();
  return JSON.parse(JSON.stringify(await engine.stopRecording()));
}

test("a session that was written down plays again, on the same token and on another that becomes it", async () => {
  const recording = await record();
  expect(recording.steps.map((step) => step.call)).toEqual([
    "press",
    "keyDown",
    "advance",
    "keyUp",
    "setClock",
    "advance",
    "powerOff",
  ]);
  expect(recording.steps.some((step) => step.screen?.some((line) => line.includes("pico-keypad")))).toBe(true);
  await (await boot()).replay(recording);
  await (await boot({ seed: 5, unixTime: undefined })).replay(recording);
});

test("a screen that is another is shown beside the one that was expected", async () => {
  const recording = await record();
  recording.steps[0].screen![0] = "Something else";
  const mismatch = await (await boot()).replay(recording).catch((error: unknown) => error);
  expect(mismatch).toBeInstanceOf(RecordingMismatch);
  expect(mismatch).toMatchObject({
    step: 1,
    message: expect.stringMatching(/press.*\n.*Something else(.|\n)*pico-keypad/),
  });
});

test("nothing that would break a recording is let through while it is made", async () => {
  const engine = new RecordingEngine(await boot());
  const snapshot = await engine.snapshot();
  await expect(engine.stopRecording()).rejects.toThrow(/no recording/);
  await engine.startRecording();
  await expect(engine.startRecording()).rejects.toThrow(/already/);
  await expect(engine.restore(snapshot)).rejects.toThrow(/recording/);
  await expect(engine.loadFlash(await engine.dumpFlash())).rejects.toThrow(/recording/);
  expect(engine.recording!.steps).toEqual([]);
});

test("calls that overlap are written down, and made, one after the other", async () => {
  const engine = new RecordingEngine(await boot());
  await engine.startRecording();
  const refused = engine.press(["ENTER"]).catch((error: unknown) => error);
  await Promise.all([engine.press(["MENU"]), engine.send("\u00c0"), engine.press(["OK"]), engine.advance(50_000)]);
  expect(await refused).toMatchObject({ fault: "invalid" });
  const recording = await engine.stopRecording();
  expect(recording.steps.map((step) => step.call)).toEqual(["press", "send", "press", "advance"]);
  await (await boot()).replay(recording);
});

describe.each([1, 10, 1000])("in time that passes by itself, %d times as fast as the wall's", (speed) => {
  test("each step is played at its own time of the token, and the whole takes as long as it did", async () => {
    vi.useFakeTimers();
    const engine = new RecordingEngine(await boot({ speed, seed: 3 }));
    await engine.setClock({ driftPpm: 40, temperatures: [10, 30] });
    await vi.advanceTimersByTimeAsync(77);
    await engine.startRecording();
    for (const keys of [["MENU"], ["OK", "MENU", "OFF"], ["5"]]) {
      const pressed = engine.press(keys);
      await vi.advanceTimersByTimeAsync(543);
      await pressed;
    }
    await engine.keyDown("5");
    await vi.advanceTimersByTimeAsync(100);
    await engine.keyUp("5");
    await engine.send("\u00c0");
    await engine.advance(1234);
    await vi.advanceTimersByTimeAsync(100);
    await engine.setClock({ speed: 0 });
    const { unixTime } = await engine.clock();
    const recording = await engine.stopRecording();
    vi.useRealTimers();

    const player = await boot({ seed: 8 });
    await player.replay(recording);
    const [{ start, steps }, { timeMs, ...clock }] = [recording, await player.clock()];
    expect(timeMs).toBe((start.now + steps.at(-1)!.endedUs) / 1000);
    expect(clock.unixTime).toBe(unixTime);
    // The same was done at the very same microseconds.
    expect(await player.snapshot()).toEqual(await engine.snapshot());
  });
});

test("a press is either before a recording or in it, however close they come, and never lost", async () => {
  const engine = new RecordingEngine(await boot());
  const before = engine.press(["MENU"]);
  const begun = engine.startRecording();
  const within = engine.press(["OK"]);
  await expect(engine.startRecording()).rejects.toThrow(/already/);
  await expect(engine.stopRecording()).rejects.toThrow(/begins/);
  await expect(engine.loadFlash(new Uint8Array(1))).rejects.toThrow(/end it first/);
  await Promise.all([before, begun]);
  const last = engine.press(["5"]);
  const ended = engine.stopRecording();
  const after = engine.press(["MENU"]);
  await expect(engine.stopRecording()).rejects.toThrow(/ends/);
  await Promise.all([within, last, after]);
  const recording = await ended;
  expect(recording.steps.map((step) => step.arguments[0])).toEqual([["OK"], ["5"]]);
  expect(await engine.isRecording()).toBe(false);
  await engine.press(["OK"]);
  expect(recording.steps).toHaveLength(2);
});

test("a recording that can't begin leaves everything open", async () => {
  const engine = new RecordingEngine(await boot());
  await engine.setBattery(1);
  const begun = engine.startRecording();
  const set = engine.setBattery(4.5);
  await expect(begun).rejects.toMatchObject({ fault: "no-power" });
  await set;
  await engine.startRecording();
  expect((await engine.stopRecording()).steps).toEqual([]);
});

test("no recording is played on an engine that makes one", async () => {
  const recording = await record();
  const engine = new RecordingEngine(await boot());
  await engine.startRecording();
  await expect(engine.replay(recording)).rejects.toMatchObject({
    fault: "conflict",
    message: expect.stringMatching(/being made/),
  });
  expect((await engine.stopRecording()).steps).toEqual([]);
  await engine.replay(recording);
});

test("what a caller does with his lists after a call is no part of it", async () => {
  const engine = new RecordingEngine(await boot());
  await engine.startRecording();
  const keys = ["MENU"];
  const bits = [5];
  const waiting = [engine.advance(1000), engine.press(keys), engine.flipFlashBits(bits)];
  keys[0] = "OFF";
  bits.push(6);
  await Promise.all(waiting);
  expect((await engine.screen()).on).toBe(true);
  const made = await engine.stopRecording();
  expect(made.steps.map((step) => step.arguments)).toEqual([[1000], [["MENU"]], [[5]]]);
  await (await boot()).replay(made);
});

describe("a recording that is full", () => {
  test.each([{ steps: 2 }, { characters: 700 }, { marks: 50 }])(
    "refuses the call that is too much and keeps what it has: %o",
    async (limits) => {
      const engine = new RecordingEngine(await boot(), limits);
      await engine.startRecording();
      await engine.press(["MENU"]);
      await engine.press(["OK"]);
      const before = await engine.clock();
      await expect(engine.press(["MENU"])).rejects.toMatchObject({
        fault: "conflict",
        message: expect.stringMatching(/full, with 2 steps/),
      });
      expect(await engine.clock()).toEqual(before);
      const recording = await engine.stopRecording();
      expect(recording.steps).toHaveLength(2);
      await engine.press(["MENU"]);
      await (await boot()).replay(recording);
    },
  );
});

test("the longest recording of the heaviest calls goes through the API, and plays", async () => {
  const bits = Array.from({ length: 65_536 }, () => 2 ** 20);
  const engine = new RecordingEngine(await boot());
  await engine.startRecording();
  const refusal = await (async () => {
    for (;;) await engine.flipFlashBits(bits);
  })().catch((error: unknown) => error);
  expect(refusal).toMatchObject({ fault: "conflict", message: expect.stringMatching(/full/) });
  const made = await engine.stopRecording();
  expect(made.steps.length).toBeGreaterThan(5);
  const server = await startApi(new RecordingEngine(await boot()), 0);
  const remote = await connectRemoteEngine(server.url);
  await remote.replay(made);
  await remote.restore(await remote.snapshot());
  await remote.close();
  await server.close();
});

test("what is wrong with line, battery and crystal before it begins belongs to a recording; a cut that was armed does not", async () => {
  const engine = new RecordingEngine(await boot());
  await engine.setSerialFaults([{ direction: "to-token", kind: "drop", every: 2 }]);
  await engine.setBattery(3.3);
  await engine.setClock({ driftPpm: -7, temperatures: [5, 35] });
  await engine.cutAtFlashOperation(3);
  await engine.startRecording();
  expect((await engine.power()).cutAtFlashOperation).toBeUndefined();
  await engine.advance(1000);
  const recording = await engine.stopRecording();
  const player = await boot();
  await player.cutAtFlashOperation(1);
  await player.replay(recording);
  expect(await player.clock()).toMatchObject({ driftPpm: -7, temperatures: [5, 35] });
  expect(await player.power()).toEqual({ on: true, batteryVolts: 3.3, flashOperations: expect.any(Number) });
  const heard: string[] = [];
  player.onSerial((direction, text) => void (direction === "to-token" && heard.push(text)));
  await player.send("abcd");
  expect(heard.join("")).toBe("ac");
});

test("a call that was refused for want of power belongs to a recording: it may have done a part", async () => {
  const engine = new RecordingEngine(await boot());
  await engine.startRecording();
  await engine.press(["MENU"]);
  await engine.powerOff();
  await expect(engine.press(["OK"])).rejects.toMatchObject({ fault: "no-power" });
  await engine.powerOn();
  const recording = JSON.parse(JSON.stringify(await engine.stopRecording()));
  expect(recording.steps.map((step: { fault?: string }) => step.fault)).toEqual([
    undefined,
    undefined,
    "no-power",
    undefined,
  ]);
  await (await boot()).replay(recording);
  recording.steps.splice(1, 1);
  await expect((await boot()).replay(recording)).rejects.toThrow(
    /step 2, press: it was refused \(no-power\), and now it is not/,
  );
});

test("a call that a board refuses, and that changed nothing, is no part of a recording, which plays", async () => {
  const board = await readBuilt("pico-buttons");
  const engine = new RecordingEngine(await boot(board));
  await engine.startRecording();
  await engine.advance(1000);
  await expect(engine.setClock({ unixTime: 1_800_000_000 })).rejects.toMatchObject({ fault: "unsupported" });
  await expect(engine.setClock({ unixTime: 1_800_000_000, driftPpm: 3 })).rejects.toMatchObject({
    fault: "unsupported",
  });
  await engine.advance(1000);
  const recording = await engine.stopRecording();
  expect(recording.steps.map(({ call, fault }) => [call, fault])).toEqual([
    ["advance", undefined],
    ["advance", undefined],
  ]);
  await (await boot(board)).replay(recording);
});

test("what is read during a recording is what the calls before it have left, and what those after it have not", async () => {
  const engine = new RecordingEngine(await boot());
  const reads = () =>
    Promise.all([
      engine.screen(),
      engine.clock(),
      engine.power(),
      engine.serialFaults(),
      engine.dumpFlash(),
      engine.snapshot(),
    ]);
  await engine.startRecording();
  const faults: SerialFault[] = [{ direction: "to-host", kind: "drop", every: 2 }];
  const [before, , , , between, , , after] = await Promise.all([
    reads(),
    engine.press(["MENU"]),
    engine.setBattery(3),
    engine.setSerialFaults(faults),
    reads(),
    engine.advance(60_000),
    engine.powerOff(),
    reads(),
  ]);
  const seen = ([screen, clock, power, line]: Awaited<ReturnType<typeof reads>>) => ({
    on: screen.on,
    timeMs: clock.timeMs,
    volts: power.batteryVolts,
    power: power.on,
    faults: line.length,
  });
  const [began, pressed, end] = [before, between, after].map(seen);
  expect(began).toMatchObject({ volts: 4.5, power: true, faults: 0 });
  expect(pressed).toEqual({ on: true, timeMs: began.timeMs + 120, volts: 3, power: true, faults: 1 });
  expect(end).toEqual({ on: false, timeMs: pressed.timeMs + 60_000, volts: 3, power: false, faults: 1 });
  expect(screenLines(between[0])).not.toEqual(screenLines(before[0]));
  const [, , , , flash, snapshot] = between;
  const recording = await engine.stopRecording();
  await engine.restore(snapshot);
  expect(await engine.clock()).toEqual(between[1]);
  expect(Buffer.compare(await engine.dumpFlash(), flash)).toBe(0);
  await (await boot()).replay(recording);
});
