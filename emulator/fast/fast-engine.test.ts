import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readBuilt } from "../built.ts";
import type { Engine, Screen } from "../engine.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { type FastBootOptions, FastEngine } from "./fast-engine.ts";

let built: Pick<FastBootOptions, "bundle" | "manifest">;
beforeAll(async () => {
  built = await readBuilt("pico-keypad");
});

const boot = (options: Partial<FastBootOptions> = {}) =>
  FastEngine.boot({ ...built, install: fixtureInstallation, seed: 7, unixTime: 1_800_000_000, ...options });
const textOf = async (engine: Engine) => (await engine.screen()).lines.map((line) => line.text).join("\n");

describe("frozen", () => {
  test("a token boots to a picture, and keys lead through its menus", async () => {
    const engine = await boot();
    expect(await textOf(engine)).toContain("FIXTURE-00000001");
    expect(await textOf(engine)).not.toContain("?");
    await engine.press(["MENU"]);
    expect(await textOf(engine)).toContain("pico-keypad");
    expect((await engine.clock()).timeMs).toBe(120);
  });

  test("time stands still but for what moves it, and then moves by any span", async () => {
    const engine = await boot();
    await engine.advance(365 * 86_400_000);
    expect(await engine.clock()).toMatchObject({ unixTime: 1_800_000_000 + 365 * 86_400, speed: 0, lostPower: false });
    expect((await engine.screen()).on).toBe(false);
    await engine.press(["OK"], { holdMs: 100, gapMs: 50, bounceMs: 5 });
    expect((await engine.screen()).on).toBe(true);
  });

  test("every new picture is told of, once, with its number", async () => {
    const engine = await boot();
    const told: Screen[] = [];
    const stop = engine.onScreen((screen) => told.push(screen));
    await engine.press(["MENU", "OK", "OFF", "5"]);
    const now = await engine.screen();
    expect(told.at(-1)).toEqual(now);
    expect(told.map((screen) => screen.frame)).toEqual(told.map((_, i) => now.frame - told.length + 1 + i));
    for (const [i, screen] of told.entries()) if (i > 0) expect(screen.pixels).not.toEqual(told[i - 1].pixels);
    stop();
    await engine.press(["MENU"]);
    expect(told.at(-1)).toEqual(now);
  });

  test("what the clock chip shows gains and loses as it is told to", async () => {
    const engine = await boot();
    await engine.setClock({ driftPpm: -100 });
    await engine.advance(1_000_000_000);
    expect((await engine.clock()).unixTime).toBeCloseTo(1_800_000_000 + 1_000_000 - 100, 6);
    await engine.setClock({ driftPpm: 0, unixTime: 1_900_000_000.5, temperatures: [25, 65] });
    expect(await engine.clock()).toMatchObject({ unixTime: 1_900_000_000.5, driftPpm: 0, temperatures: [25, 65] });
  });

  test("a battery that runs down takes the power, and the token comes back with a fresh one", async () => {
    const engine = await boot();
    const before = await textOf(engine);
    await engine.setBattery(1.5);
    expect(await engine.power()).toMatchObject({ on: false, batteryVolts: 1.5 });
    await expect(engine.powerOn()).rejects.toMatchObject({ fault: "no-power" });
    await engine.setBattery(4.5);
    await engine.powerOn();
    expect(await textOf(engine)).toBe(before);
  });

  test("flash goes out, and into another token", async () => {
    const engine = await boot();
    const flash = await engine.dumpFlash();
    await expect(engine.loadFlash(flash)).rejects.toMatchObject({ fault: "conflict" });
    const other = await boot({ install: { ...fixtureInstallation, serial: "OTHER" } });
    await other.powerOff();
    await other.loadFlash(flash);
    await other.powerOn();
    expect(await textOf(other)).toBe(await textOf(engine));
    await engine.flipFlashBits([0, 9]);
    const flipped = await engine.dumpFlash();
    expect([flipped[0] ^ flash[0], flipped[1] ^ flash[1]]).toEqual([1, 2]);
    expect(Buffer.compare(flipped.subarray(2), flash.subarray(2))).toBe(0);
  });
});

describe("in time that passes by itself", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("keys take their time one after the other, and the token goes dark when left alone", async () => {
    const engine = await boot({ speed: 10 });
    const typed = engine.press(["MENU", "MENU", "MENU"]);
    await vi.advanceTimersByTimeAsync(11);
    expect(await textOf(engine)).toContain("pico-keypad");
    await vi.advanceTimersByTimeAsync(29);
    await typed;
    expect((await engine.clock()).timeMs).toBeCloseTo(400, 0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await engine.screen()).on).toBe(false);
    expect((await engine.clock()).unixTime).toBeCloseTo(1_800_000_000 + 600.4, 1);
    await engine.close();
  });

  test("frozen in the middle, the keys that wait are pressed at once", async () => {
    const engine = await boot({ speed: 1 });
    const typed = engine.press(["MENU", "MENU", "MENU"]);
    await engine.setClock({ speed: 0 });
    await typed;
    expect((await engine.clock()).timeMs).toBe(360);
    expect(await textOf(engine)).toContain("pico-keypad");
    await vi.advanceTimersByTimeAsync(1000);
    expect((await engine.clock()).timeMs).toBe(360);
  });
});

describe("running fast", () => {
  test("a key that is held at a high speed slows time down, and everybody still gets a turn", async () => {
    const engine = await boot({ speed: 1 });
    await engine.keyDown("1");
    await engine.setClock({ speed: 2_592_000 });
    await new Promise((resolve) => setTimeout(resolve, 150));
    await engine.setClock({ speed: 0 });
    const { timeMs } = await engine.clock();
    expect((await engine.clock()).timeMs).toBe(timeMs);
    await engine.close();
  });

  test("a snapshot that is restored while time passes goes on from its own time", async () => {
    const engine = await boot({ speed: 1 });
    const { timeMs } = await engine.clock();
    const snapshot = await engine.snapshot();
    await engine.advance(3_600_000);
    await engine.restore(snapshot);
    const restored = (await engine.clock()).timeMs;
    expect(restored).toBeGreaterThanOrEqual(timeMs);
    // Far less than the hour that was left behind, however busy this computer is.
    expect(restored).toBeLessThan(timeMs + 600_000);
    await engine.close();
  });

  test("a snapshot is restored while keys wait, and the next one has nothing of them", async () => {
    const engine = await boot();
    await engine.advance(5000);
    const snapshot = await engine.snapshot();
    await engine.advance(60_000);
    await engine.setClock({ speed: 1 });
    const pressed = engine.press(Array(40).fill("MENU"), { holdMs: 1, gapMs: 1 });
    await new Promise((resolve) => setTimeout(resolve, 12));
    const refused = expect(pressed).rejects.toThrow(/restored/);
    await engine.restore(snapshot);
    await refused;
    await engine.setClock({ speed: 0 });
    const next = await engine.snapshot();
    await engine.restore(next);
    expect(await engine.snapshot()).toEqual(next);
    await engine.close();
  });
});
