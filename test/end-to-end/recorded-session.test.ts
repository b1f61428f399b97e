import { expect, test } from "vitest";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { RecordingEngine } from "../../emulator/recording.ts";
import { codeOf } from "../../emulator/testing/capture.ts";
import { fixtureInstallation } from "../../emulator/testing/token.ts";
import { builtBundle, issuedFlash, PIN } from "./bank.ts";

test.each([1, 10])(
  "codes that a customer saw at a speed of %d are shown again when the session is played",
  async (speed) => {
    const flash = await issuedFlash("OC-E2E-RECORDED");
    const boot = async (options = {}) =>
      FastEngine.boot({ ...(await builtBundle()), install: fixtureInstallation, ...options });
    const engine = new RecordingEngine(await boot({ flash, unixTime: 1_800_000_015, speed }));
    await engine.startRecording();
    const codes: string[] = [];
    for (let i = 0; i < 2; i++) {
      await engine.press(["OK", ...PIN, "OK", "1"]);
      codes.push(codeOf(await engine.screen()));
      await engine.press(["OFF"]);
      await engine.advance(30_000);
    }
    await engine.setClock({ speed: 0 });
    const { unixTime } = await engine.clock();
    const recording = JSON.parse(JSON.stringify(await engine.stopRecording()));
    await engine.close();
    expect(codes[0]).not.toBe(codes[1]);

    const player = await boot();
    const seen: string[] = [];
    player.onScreen((screen) => {
      if (screen.lines[0].text.includes("Time code")) seen.push(codeOf(screen));
    });
    // Its own check: each screen, with the codes on it, is the one that was recorded.
    await player.replay(recording);
    expect([...new Set(seen)]).toEqual(codes);
    expect((await player.clock()).unixTime).toBe(unixTime);
  },
);
