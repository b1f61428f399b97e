/** Whatever snapshot an engine gives, it takes again. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readBuilt } from "../built.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { LATEST } from "./check.ts";
import { FastEngine } from "./fast-engine.ts";

const CENTURY = 100 * 365.25 * 86_400_000;
let built: Awaited<ReturnType<typeof readBuilt>>;
let engine: FastEngine;
beforeAll(async () => {
  built = await readBuilt("pico-keypad");
});
beforeEach(async () => {
  engine = await FastEngine.boot({ ...built, install: fixtureInstallation, unixTime: 1_800_000_000 });
});
afterEach(async () => {
  vi.useRealTimers();
  await engine.close();
});

async function isKept(): Promise<void> {
  const snapshot = JSON.parse(JSON.stringify(await engine.snapshot()));
  const other = await FastEngine.boot({ ...built, install: fixtureInstallation });
  await other.restore(snapshot);
  expect(await other.snapshot()).toEqual(snapshot);
  await engine.restore(snapshot);
  expect(await engine.snapshot()).toEqual(snapshot);
}

test("one is kept though whoever gave the token its keys has overwritten them", async () => {
  const key = () => new Uint8Array(16).fill(7);
  const install = { ...fixtureInstallation, enc: key(), mac: key(), dek: key() };
  const other = await FastEngine.boot({ ...built, install });
  for (const each of [install.enc, install.mac, install.dek]) each.fill(0);
  const snapshot = await other.snapshot();
  await other.restore(snapshot);
  await (await FastEngine.boot({ ...built, install: { ...install, enc: key(), mac: key(), dek: key() } })).restore(
    snapshot,
  );
});

test("one that is taken in the middle of a press knows of no press, and has no finger on its key", async () => {
  vi.useFakeTimers();
  await engine.setClock({ speed: 1 });
  const pressed = engine.press(["MENU", "OK"], { holdMs: 500, gapMs: 100, bounceMs: 3 });
  await vi.advanceTimersByTimeAsync(200);
  expect(engine.machine.keypad.touched).toBe(true);
  const snapshot = await engine.snapshot();
  // Whoever presses goes on.
  await vi.advanceTimersByTimeAsync(1000);
  await pressed;
  await engine.restore(snapshot);
  expect(engine.machine.keypad.touched).toBe(false);
  await engine.setClock({ speed: 0 });
  const { timeMs } = await engine.clock();
  await engine.press(["MENU"]);
  expect((await engine.clock()).timeMs).toBe(timeMs + 120);
  await isKept();
});

test("a finger that somebody put on a key stays there", async () => {
  await engine.keyDown("MENU");
  const snapshot = await engine.snapshot();
  await engine.keyUp("MENU");
  await engine.restore(snapshot);
  expect(engine.machine.keypad.touched).toBe(true);
  await isKept();
});

test("a cut may be as far away as one likes", async () => {
  expect((await engine.power()).flashOperations).toBeGreaterThan(0);
  await engine.cutAtFlashOperation(Number.MAX_SAFE_INTEGER);
  await isKept();
  await engine.powerOff();
  await engine.powerOn();
  await isKept();
  expect((await engine.power()).cutAtFlashOperation).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
});

describe("at the end of time", () => {
  const endMs = LATEST / 1000;
  beforeEach(async () => {
    for (let i = 0; i < 2; i++) await engine.advance(CENTURY);
    await engine.powerOff();
    await engine.powerOn();
    await engine.advance(endMs - (await engine.clock()).timeMs - 50);
  });
  const left = async () => Math.round(endMs - (await engine.clock()).timeMs);

  test("keys that take longer than what is left of it are refused, and what is shorter is pressed", async () => {
    const before = await engine.snapshot();
    for (const hold of [{}, { holdMs: 51, gapMs: 0 }])
      await expect(engine.press(["MENU"], hold)).rejects.toMatchObject({
        fault: "invalid",
        message: expect.stringMatching(/time ends/),
      });
    await expect(engine.press(Array(1000).fill("MENU"), { holdMs: 3_600_000 })).rejects.toThrow(/time ends/);
    await expect(engine.advance(51)).rejects.toThrow(/time ends/);
    expect(await engine.snapshot()).toEqual(before);
    await engine.press(["MENU"], { holdMs: 40, gapMs: 10, bounceMs: 500 });
    expect(await left()).toBe(0);
    await isKept();
  });

  test("keys that wait for others count what those take", async () => {
    await engine.setClock({ speed: 0.0001 });
    const first = engine.press(["MENU"], { holdMs: 20, gapMs: 10 });
    await expect(engine.press(["MENU"], { holdMs: 20, gapMs: 10 })).rejects.toThrow(/time ends/);
    await engine.setClock({ speed: 0 });
    await first;
    await isKept();
  });

  test("bytes are handed over, and nobody waits for an answer that comes after it", async () => {
    await engine.setSerialFaults([{ direction: "to-token", kind: "delay", every: 1, delayMs: 10_000 }]);
    await engine.send("\u00c0\u0000\u00c0");
    expect(await left()).toBeGreaterThanOrEqual(0);
    await isKept();
  });

  test("time that passes by itself stops there", async () => {
    await engine.setClock({ speed: 2_592_000 });
    await new Promise((rested) => setTimeout(rested, 50));
    await engine.setClock({ speed: 0 });
    expect(await left()).toBe(0);
    await expect(engine.press(["MENU"])).rejects.toThrow(/time ends/);
    await engine.keyDown("5");
    await isKept();
  });
});
