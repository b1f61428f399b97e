/** A session that was written down on the genuine interpreter that the environment variable ESPRUINO names. */
import { describe, expect, test } from "vitest";
import { EspruinoEngine } from "../../emulator/espruino/espruino-engine.ts";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { RecordingEngine } from "../../emulator/recording.ts";
import { fixtureInstallation } from "../../emulator/testing/token.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { interpreter } from "./interpreter.ts";

// Reason to skip: the interpreter is the user's to supply; pico-keypad.test.ts says so in a line.
describe.skipIf(interpreter === undefined)("a session on a genuine Espruino", () => {
  test("plays on the engine fast, with the same screens", async () => {
    const options = { ...(await builtBundle()), install: fixtureInstallation, unixTime: 1_800_000_000 };
    const engine = new RecordingEngine(await EspruinoEngine.boot({ ...options, espruino: interpreter as string }));
    await engine.keyDown("5");
    await engine.startRecording();
    await engine.press(["MENU", "OK"]);
    await engine.press(["OFF"]);
    await engine.powerOff();
    await expect(engine.press(["MENU"])).rejects.toMatchObject({ fault: "no-power" });
    await engine.powerOn();
    await engine.press(["MENU"]);
    const recording = JSON.parse(JSON.stringify(await engine.stopRecording()));
    await expect(engine.replay(recording)).rejects.toMatchObject({ fault: "unsupported" });
    await engine.close();
    expect(recording.steps.filter((step: { screen?: string[] }) => step.screen !== undefined)).toHaveLength(4);
    await (await FastEngine.boot(options)).replay(recording);
  });

  test("goes on when a key is pressed while a finger stays on another one, and can be ended", async () => {
    const options = { ...(await builtBundle()), install: fixtureInstallation, unixTime: 1_800_000_000 };
    const engine = new RecordingEngine(await EspruinoEngine.boot({ ...options, espruino: interpreter as string }));
    try {
      await engine.startRecording();
      const calls = [engine.keyDown("5"), engine.press(["1"]), engine.keyUp("5"), engine.powerOff()];
      const { steps } = await engine.stopRecording();
      await Promise.all(calls);
      expect(steps.map(({ call }) => call)).toEqual(["keyDown", "press", "keyUp", "powerOff"]);
    } finally {
      await engine.close();
    }
  });
});
