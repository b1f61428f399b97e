import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { readBuilt } from "./built.ts";
import { type FastBootOptions, FastEngine } from "./fast/fast-engine.ts";
import { type Recording, RecordingEngine, RecordingMismatch, replay } from "./recording.ts";
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
  return JSON.parse(JSON.stringify(engine.stopRecording()));
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
  await replay(await boot(), recording);
  await replay(await boot({ seed: 5, unixTime: undefined }), recording);
});

test("a screen that is another is shown beside the one that was expected", async () => {
  const recording = await record();
  recording.steps[0].screen![0] = "Something else";
  const mismatch = await replay(await boot(), recording).catch((error: unknown) => error);
  expect(mismatch).toBeInstanceOf(RecordingMismatch);
  expect(mismatch).toMatchObject({
    step: 1,
    message: expect.stringMatching(/press.*\n.*Something else(.|\n)*pico-keypad/),
  });
});

test("what is no recording, or of another board, is refused before anything changes", async () => {
  const recording = await record();
  const engine = await boot();
  for (const wrong of [
    { ...recording, format: "x" },
    { ...recording, version: 2 },
    { ...recording, board: "pixljs" },
    { ...recording, steps: [{ call: "close", arguments: [], afterMs: 0 }] },
    { ...recording, steps: [{ call: "constructor", arguments: [], afterMs: 0 }] },
    { ...recording, steps: [{ call: "press", arguments: [["1"]], afterMs: -1 }] },
    { ...recording, flash: "AAAA" },
    { ...recording, flash: "!!!" },
    { ...recording, unixTime: 5 },
  ])
    await expect(replay(engine, wrong as Recording)).rejects.toMatchObject({ fault: "invalid" });
  expect(await engine.power()).toMatchObject({ on: true });
});

test("nothing that would break a recording is let through while it is made", async () => {
  const engine = new RecordingEngine(await boot());
  const snapshot = await engine.snapshot();
  expect(() => engine.stopRecording()).toThrow(/no recording/);
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
  const recording = engine.stopRecording();
  expect(recording.steps.map((step) => step.call)).toEqual(["press", "send", "press", "advance"]);
  await replay(await boot(), recording);
});

test("time that passed by itself passes again between the steps", async () => {
  vi.useFakeTimers();
  const engine = new RecordingEngine(await boot({ speed: 1000 }));
  await engine.startRecording();
  for (let press = 0; press < 2; press++) {
    const pressed = engine.press(["MENU"]);
    await vi.advanceTimersByTimeAsync(100);
    await pressed;
  }
  await engine.close();
  vi.useRealTimers();
  const recording = engine.stopRecording();
  expect(recording.steps[1].afterMs).toBeGreaterThan(50_000);
  await replay(await boot(), recording);
});
