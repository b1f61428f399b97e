/** A session that was written down on the simulated RP2040 with the genuine Espruino that OCHRE_RP2040_IMAGE names. */
import { describe, expect, test } from "vitest";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { RecordingEngine, RecordingMismatch } from "../../emulator/recording.ts";
import { fixtureInstallation } from "../../emulator/testing/token.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("a session on a simulated RP2040", { timeout: 300_000 }, () => {
  test("plays on the engine fast, with the same screens", async () => {
    const options = { ...(await builtBundle()), install: fixtureInstallation, unixTime: 1_800_000_000 };
    const engine = new RecordingEngine(await McuEngine.boot({ ...options, ...(await rp2040Files()), speed: 0 }));
    await engine.keyDown("5");
    await engine.startRecording();
    await engine.press(["MENU", "OK"]);
    await engine.press(["OFF"]);
    await engine.powerOff();
    await expect(engine.press(["MENU"])).rejects.toMatchObject({ fault: "no-power" });
    await engine.powerOn();
    await engine.press(["MENU"]);
    await engine.advance(500);
    const recording = JSON.parse(JSON.stringify(await engine.stopRecording()));
    await expect(engine.replay(recording)).rejects.toMatchObject({ fault: "unsupported" });
    await engine.close();
    expect(recording.steps.filter((step: { screen?: string[] }) => step.screen !== undefined)).toHaveLength(4);
    await (await FastEngine.boot(options)).replay(recording);

    // It is the screens that are compared: with one that is another, it does not play.
    recording.steps[0].screen[0] += "!";
    await expect((await FastEngine.boot(options)).replay(recording)).rejects.toThrow(RecordingMismatch);
  });
});
