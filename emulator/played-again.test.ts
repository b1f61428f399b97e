/** Whatever a recording begins over and whatever is done in it, it comes out the same on a new token, to the microsecond. */
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { runs } from "../test/fuzz/runs.ts";
import { readBuilt } from "./built.ts";
import { type Engine, EngineError, type SerialFault } from "./engine.ts";
import { type FastBootOptions, FastEngine } from "./fast/fast-engine.ts";
import { type Recording, RecordingEngine } from "./recording.ts";
import { type Step, step } from "./testing/random-steps.ts";
import { fixtureInstallation } from "./testing/token.ts";

const DAY = 86_400_000;
const YEAR = 365.25 * DAY;

let built: Pick<FastBootOptions, "bundle" | "manifest">;
beforeAll(async () => {
  built = await readBuilt("pico-keypad");
});
afterEach(() => void vi.useRealTimers());
const boot = (options: Partial<FastBootOptions> = {}) =>
  FastEngine.boot({ ...built, install: fixtureInstallation, seed: 7, unixTime: 1_800_000_000, ...options });

/** What a token is when nobody moves time any more: all that was done to it since its power came on, at its very microseconds. */
async function endOf(engine: Engine) {
  const { speed: _, ...clock } = await engine.clock();
  return [await engine.screen(), clock, await engine.power(), await engine.serialFaults(), await engine.snapshot()];
}

/** Plays it on new tokens, which come to the same end. */
async function plays(recording: Recording, engine: Engine): Promise<void> {
  const end = await endOf(engine);
  const stored = JSON.parse(JSON.stringify(recording)) as Recording;
  const player = await boot({ seed: 1234, unixTime: undefined });
  // Whatever it was before, it becomes the one of the recording.
  await player.keyDown("5");
  await player.setClock({ driftPpm: 77, temperatures: [1] });
  await player.setSerialFaults([{ direction: "to-host", kind: "delay", every: 1, delayMs: 3_000_000 }]);
  await player.send("\u00c0\u0001\u00c0");
  await player.cutAtFlashOperation(1);
  await player.replay(stored);
  expect(await endOf(player)).toEqual(end);
  await player.replay(stored);
  expect(await endOf(player)).toEqual(end);
}

async function record(engine: FastEngine, work: (engine: Engine) => Promise<unknown>): Promise<void> {
  const recorder = new RecordingEngine(engine);
  await recorder.startRecording();
  await work(recorder);
  await plays(await recorder.stopRecording(), engine);
}

describe("a recording plays that begins", () => {
  test("with fingers on keys, which leave them", async () => {
    const engine = await boot();
    await engine.keyDown("MENU");
    await engine.press(["5"], { bounceMs: 1000, holdMs: 0, gapMs: 0 });
    await record(engine, async (each) => {
      expect(engine.machine.keypad.touched).toBe(false);
      await each.advance(5000);
      await each.press(["MENU"]);
    });
  });

  test("in the middle of a press in time that passes by itself", async () => {
    vi.useFakeTimers();
    const engine = await boot({ speed: 1 });
    const pressed = expect(engine.press(["MENU", "OK"], { holdMs: 500 })).rejects.toMatchObject({ fault: "no-power" });
    await vi.advanceTimersByTimeAsync(100);
    await record(engine, async (each) => {
      await pressed;
      await each.setClock({ speed: 0 });
      await each.press(["MENU"]);
    });
  });

  test("while bytes are late, which get lost", async () => {
    const engine = await boot();
    await engine.setSerialFaults([{ direction: "to-token", kind: "delay", every: 1, delayMs: 3_600_000 }]);
    await engine.setClock({ speed: 1 });
    await engine.send("\u00c0\u0001\u00c0");
    await engine.setClock({ speed: 0 });
    const heard = vi.fn();
    engine.onSerial(heard);
    await record(engine, async (each) => {
      await each.setSerialFaults([]);
      await each.advance(7_200_000);
      expect(heard).not.toHaveBeenCalled();
    });
  });

  test("with faults of the line that have counted, and random bits that they turn over", async () => {
    const engine = await boot();
    const faults: SerialFault[] = [
      { direction: "to-token", kind: "corrupt", every: 3, count: 20 },
      { direction: "to-host", kind: "corrupt", every: 2 },
    ];
    await engine.setSerialFaults(faults);
    await engine.send("0123456\u00c0");
    await record(engine, async (each) => {
      expect(await each.serialFaults()).toEqual([{ ...faults[0], count: 18 }, faults[1]]);
      for (let i = 0; i < 4; i++) await each.send("\u00c0\u0000abcdefg\u00c0");
    });
  });

  test("with a clock that never was set, and with one beyond 2200", async () => {
    await record(await boot({ unixTime: undefined }), (each) => each.press(["MENU", "OK"]));
    const late = await boot({ unixTime: Date.UTC(2199, 5) / 1000 });
    await late.advance(2 * YEAR);
    await record(late, (each) => each.advance(YEAR));
  });

  test("in the heat of the day, and goes on through the night", async () => {
    const engine = await boot();
    await engine.setClock({ driftPpm: 40, temperatures: [-40, 85, 20] });
    await engine.advance(DAY / 3 + 0.001);
    await record(engine, async (each) => {
      await each.advance(DAY / 2);
      await each.setClock({ temperatures: [60, 10] });
      await each.advance(DAY * 100);
    });
  });

  test("after two centuries, or takes two of them", async () => {
    const engine = await boot();
    for (let i = 0; i < 2; i++) await engine.advance(100 * YEAR);
    await record(engine, async (each) => {
      await each.press(["MENU"]);
      await each.advance(80 * YEAR + 0.007);
      await each.press(["OK"], { holdMs: 60.001 });
    });
    const young = await boot();
    await record(young, async (each) => {
      for (let i = 0; i < 2; i++) await each.advance(100 * YEAR);
      await each.press(["OK"]);
    });
  });

  test("over blank flash, where the token is installed anew", async () => {
    const engine = await boot();
    await engine.powerOff();
    await engine.loadFlash(new Uint8Array(64 * 4096).fill(0xff));
    await record(engine, (each) => each.press(["MENU"]));
  });
});

describe("any session", () => {
  /** What crosses years, and bytes that are late. */
  const far: fc.Arbitrary<Step> = fc.oneof(
    fc.nat(20).map((years) => async (engine: Engine) => {
      // A key that is held keeps the firmware busy for all these years.
      for (const key of built.manifest.keypad.legend.flat()) if (key !== "") await engine.keyUp(key);
      await engine.advance(years * YEAR + years / 7);
    }),
    fc.nat(6e9).map((s) => (engine: Engine) => engine.setClock({ unixTime: Date.UTC(2000) / 1000 + s })),
    fc
      .tuple(fc.constantFrom("to-token", "to-host"), fc.nat(30_000), fc.integer({ min: 1, max: 9 }))
      .map(([direction, delayMs, count]) => (engine: Engine) => {
        return engine.setSerialFaults([{ direction, kind: "delay", every: 2, delayMs, count } as SerialFault]);
      }),
    fc.array(fc.integer({ min: -40, max: 85 }), { maxLength: 9 }).map((temperatures) => (engine: Engine) => {
      return engine.setClock({ temperatures });
    }),
  );
  const steps = fc.array(fc.oneof({ weight: 6, arbitrary: step }, { weight: 1, arbitrary: far }), {
    maxLength: 40,
    size: "max",
  });
  const take = async (engine: Engine, all: Step[]) => {
    for (const each of all)
      await each(engine).catch((error: unknown) => {
        if (!(error instanceof EngineError)) throw error;
      });
  };
  const lost = fc.option(fc.constant(1_800_000_000), { nil: undefined });

  test("that is recorded from any moment on plays on a new token", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), lost, steps, steps, async (seed, unixTime, before, within) => {
        const engine = await boot({ seed, unixTime });
        await take(engine, before);
        if ((await engine.power()).batteryVolts < 1.8) await engine.setBattery(3);
        const recorder = new RecordingEngine(engine);
        const refusal = await recorder.startRecording().catch((error: unknown) => error);
        // Flipped bits may be such that the firmware does not even boot over them.
        fc.pre(!(refusal instanceof EngineError && refusal.fault === "failed"));
        expect(refusal).toBeUndefined();
        await take(recorder, within);
        await plays(await recorder.stopRecording(), engine);
      }),
      { numRuns: runs(25) },
    );
  });

  test("in time that passes by itself plays on a new token, at whatever speeds it was made", async () => {
    const speeds = fc.constantFrom(0, 1, 30, 3000, 2_592_000);
    const turn = fc.tuple(speeds, fc.nat(40), step);
    await fc.assert(
      fc.asyncProperty(speeds, fc.array(turn, { maxLength: 12, size: "max" }), async (speed, turns) => {
        const engine = await boot({ speed });
        const recorder = new RecordingEngine(engine);
        await recorder.startRecording();
        for (const [next, ms, each] of turns) {
          await new Promise((rested) => setTimeout(rested, ms));
          await take(recorder, [each, () => recorder.setClock({ speed: next })]);
        }
        await recorder.setClock({ speed: 0 });
        await plays(await recorder.stopRecording(), engine);
      }),
      { numRuns: runs(10) },
    );
  });
});
