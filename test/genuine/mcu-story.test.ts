/** The main job on a simulated RP2040 with a genuine Espruino, in real time as far as the simulator keeps up. */
import { TestRunner } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { measureKey } from "../../emulator/mcu/profile.ts";
import { describeStory } from "../end-to-end/story.ts";
import { measured } from "./measured.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

describeStory("mcu", {
  supplied: rp2040Supplied,
  boot: async (start) => McuEngine.boot({ ...start, ...(await rp2040Files()) }),
  // A command takes up to half a second of the token's time, and the simulator several times as long.
  patience: { timeoutMs: 8000, retries: 3 },
  // Nor is a slow simulator a slow line, by which no clock can be set: the host goes by the token's time.
  hostClock: async (engine) => {
    await engine.setClock({ speed: 0 });
    const ahead = Date.now() - engine.board.time;
    return { now: () => ahead + engine.board.time, sleep: (ms) => engine.advance(ms) };
  },
  timeout: 300_000,
  pressTo: async (engine, key, screen) =>
    measured(TestRunner.getCurrentTest()!, [await measureKey(engine, key, screen)]),
  faults: ({ board }) => board.faults,
});
