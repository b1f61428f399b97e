/** Recordings of engines that have the calls of every engine, and no more. */
import { beforeAll, expect, test } from "vitest";
import { readBuilt } from "./built.ts";
import type { Engine } from "./engine.ts";
import { type FastBootOptions, FastEngine } from "./fast/fast-engine.ts";
import { RecordingEngine } from "./recording.ts";
import { fixtureInstallation } from "./testing/token.ts";

let built: Pick<FastBootOptions, "bundle" | "manifest">;
beforeAll(async () => {
  built = await readBuilt("pico-keypad");
});
const boot = (options: Partial<FastBootOptions> = {}) =>
  FastEngine.boot({ ...built, install: fixtureInstallation, unixTime: 1_800_000_000, ...options });

/** An engine of which nobody sees that it is another. */
function plain(engine: FastEngine): Engine {
  const calls = Object.getOwnPropertyNames(FastEngine.prototype)
    .filter((name) => !["constructor", "machine", "perform", "startAnew"].includes(name))
    .map((name) => [name, (engine[name as keyof FastEngine] as (...args: unknown[]) => unknown).bind(engine)]);
  const { name, manifest, serial, seed, capabilities } = engine;
  return { name, manifest, serial, seed, capabilities, ...Object.fromEntries(calls) } as Engine;
}

test("what they tell is recorded, and plays", async () => {
  for (const unixTime of [undefined, 1_800_000_000.5]) {
    const engine = await boot({ unixTime });
    await engine.keyDown("MENU");
    await engine.cutAtFlashOperation(1);
    await engine.setClock({ driftPpm: -7, temperatures: [10, 20] });
    await engine.setBattery(3.1);
    await engine.setSerialFaults([{ direction: "to-host", kind: "drop", every: 2 }]);
    await engine.advance(123_456.789);
    const recorder = new RecordingEngine(plain(engine));
    await recorder.startRecording();
    expect(engine.machine.keypad.touched).toBe(false);
    const begun = await engine.clock();
    expect(recorder.recording!.start).toMatchObject({ now: 123_456_789, batteryVolts: 3.1, cut: undefined });
    await recorder.press(["MENU"]);
    await expect(recorder.press(["ENTER"])).rejects.toMatchObject({ fault: "invalid" });
    await recorder.send("\u00c0");
    await recorder.advance(50_000);
    await recorder.powerOff();
    await expect(recorder.press(["OK"])).rejects.toMatchObject({ fault: "no-power" });
    const end = await engine.clock();
    const recording = JSON.parse(JSON.stringify(await recorder.stopRecording()));
    expect(recording.steps.map((step: { call: string }) => step.call)).toEqual([
      "press",
      "send",
      "advance",
      "powerOff",
      "press",
    ]);
    const player = await boot();
    await player.replay({ ...recording, steps: [] });
    expect(await player.clock()).toEqual(begun);
    await player.replay(recording);
    expect(await player.clock()).toEqual(end);
    expect(await player.power()).toMatchObject({ on: false, batteryVolts: 3.1 });
    expect(await player.serialFaults()).toEqual(await engine.serialFaults());
  }
});

test("refused its beginning, such a token is left as it was", async () => {
  const engine = await boot();
  await engine.cutAtFlashOperation(3);
  await engine.setBattery(1);
  const before = await engine.snapshot();
  await expect(new RecordingEngine(plain(engine)).startRecording()).rejects.toMatchObject({ fault: "no-power" });
  expect(await engine.snapshot()).toEqual(before);
});
