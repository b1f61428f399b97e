/** Firmware that throws, or does not come to rest: the engine stays, and a power cycle helps. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { smallBundle, smallManifest } from "../testing/small-bundle.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { type FastBootOptions, FastEngine } from "./fast-engine.ts";

/** From its second second on it throws a hundred times a second, where the flash is erased. */
const throwing = smallBundle({
  declarations: "var ticks = 0;",
  start: `if (require('Flash').read(1, 0x101c0000)[0] === 0xff) setInterval(function () {
      if (getTime() > 1) throw new Error('hot');
      ticks++;
    }, 10);`,
});
/** An hour after its start, one watch wakes another without end. */
const restless = smallBundle({
  start: `var level = 0;
    digitalWrite(D20, 0);
    setWatch(function () { level = 1 - level; digitalWrite(D20, level); }, D20, { repeat: true, edge: 'both' });
    setTimeout(function () { level = 1; digitalWrite(D20, 1); }, 3600000);`,
});
const boot = (bundle: string, options: Partial<FastBootOptions> = {}) =>
  FastEngine.boot({ bundle, manifest: smallManifest, install: fixtureInstallation, ...options });
const failed = (why: RegExp) => ({ name: "EngineError", fault: "failed", message: expect.stringMatching(why) });

afterEach(() => void vi.useRealTimers());

/** Loads a flash over which the firmware does not throw. */
async function heal(engine: FastEngine): Promise<void> {
  await engine.powerOff();
  const flash = await engine.dumpFlash();
  flash[0] = 0;
  await engine.loadFlash(flash);
  await engine.powerOn();
}

describe("firmware that throws in a timer", () => {
  test("fails the call in which it throws, which goes on to its end, and no other", async () => {
    const engine = await boot(throwing);
    await engine.advance(500);
    await expect(engine.advance(86_400)).rejects.toMatchObject(failed(/firmware failed: hot/));
    expect(await engine.clock()).toMatchObject({ timeMs: 86_900 });
    expect(await engine.power()).toMatchObject({ on: true });
    await heal(engine);
    await engine.advance(86_400);
  });

  test("fails every call while time passes by itself, but power can be taken away and given back", async () => {
    vi.useFakeTimers();
    const engine = await boot(throwing, { speed: 10 });
    await vi.advanceTimersByTimeAsync(1000);
    await expect(engine.screen()).rejects.toMatchObject(failed(/hot/));
    await vi.advanceTimersByTimeAsync(1000);
    await engine.powerOff();
    expect(await engine.power()).toMatchObject({ on: false });
    await engine.powerOn();
    await vi.advanceTimersByTimeAsync(1000);
    await expect(engine.clock()).rejects.toMatchObject(failed(/hot/));
    await vi.advanceTimersByTimeAsync(1000);
    await heal(engine);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await engine.clock()).toMatchObject({ timeMs: 50_000 });
    await engine.close();
  });
});

test("firmware that does not come to rest stops time and fails what waits for it, until its power is taken away", async () => {
  const engine = await boot(restless);
  for (let twice = 0; twice < 2; twice++) {
    await expect(engine.advance(86_400_000)).rejects.toMatchObject(failed(/does not come to rest/));
    expect(engine.machine.time).toBe(3_600_000);
  }
  await expect(engine.press(["1", "2"])).rejects.toMatchObject(failed(/does not come to rest/));
  await expect(engine.send("x")).rejects.toMatchObject(failed(/does not come to rest/));
  await engine.powerOff();
  await engine.powerOn();
  await engine.advance(1000);
  expect(engine.machine.time).toBe(3_601_000);
});
