/** A listener that fails is told of in one place, and harms nobody: no call of the engine, no other listener, no time that passes. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { connectRemoteEngine } from "./api/remote-engine.ts";
import { startApi } from "./api/server.ts";
import { readBuilt } from "./built.ts";
import { DrawnPictures } from "./drawn-pictures.ts";
import type { Engine, Screen } from "./engine.ts";
import { FastEngine } from "./fast/fast-engine.ts";
import { type ListenerError, Listeners } from "./listeners.ts";
import { Ssd1306 } from "./machine/ssd1306.ts";
import { RecordingEngine } from "./recording.ts";
import { smallBundle, smallManifest } from "./testing/small-bundle.ts";
import { fixtureInstallation } from "./testing/token.ts";

const engines: Engine[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const engine of engines.splice(0)) await engine.close();
});

async function boot(onListenerError?: (error: ListenerError) => void, speed = 0) {
  const built = await readBuilt("pico-keypad");
  const engine = await FastEngine.boot({ ...built, install: fixtureInstallation, speed, onListenerError });
  engines.push(engine);
  return engine;
}

/** A page's or a test's listener with a mistake in it. */
const broken = (): never => {
  throw new TypeError("no such canvas");
};
const reported = { name: "ListenerError", message: "a listener failed: no such canvas", cause: expect.any(TypeError) };

test("a press does what it does, though a listener of pictures fails at each of them", async () => {
  const errors: unknown[] = [];
  const engine = await boot((error) => errors.push(error));
  const seen: Screen[] = [];
  engine.onScreen(broken);
  engine.onSerial(broken);
  engine.onScreen((screen) => seen.push(screen));
  await engine.press(["MENU"]);
  await engine.send("x");
  expect(seen.at(-1)).toEqual(await engine.screen());
  expect(errors.length).toBeGreaterThan(seen.length);
  for (const error of errors) expect(error).toMatchObject(reported);
});

test("time goes on by itself, though a listener fails, and its promise, too", async () => {
  const errors: unknown[] = [];
  const engine = await boot((error) => errors.push(error), 100);
  engine.onScreen(broken);
  engine.onScreen(async () => broken());
  await engine.press(["MENU", "CLEAR"]);
  await vi.waitFor(async () => expect((await engine.screen()).on).toBe(false), { timeout: 20_000 });
  expect(errors.length).toBeGreaterThan(3);
  for (const error of errors) expect(error).toMatchObject(reported);
});

test("whoever is told of what the firmware throws may fail, too, and no call fails for it", async () => {
  const errors: unknown[] = [];
  const engine = await FastEngine.boot({
    bundle: smallBundle({ start: "setInterval(function () { throw new Error('hot'); }, 10);" }),
    manifest: smallManifest,
    install: fixtureInstallation,
    speed: 100,
    onError: broken,
    onListenerError: (error) => errors.push(error),
  });
  engines.push(engine);
  await vi.waitFor(() => expect(errors.length).toBeGreaterThan(3), 20_000);
  for (let asked = 0; asked < 10; asked++) {
    await engine.screen();
    await new Promise((rested) => setTimeout(rested, 5));
  }
  for (const error of errors) expect(error).toMatchObject(reported);
});

test("whoever said nothing else finds it on the console; and so does one whose report fails", async () => {
  const console = vi.spyOn(globalThis.console, "error").mockImplementation(() => {});
  const engine = await boot();
  engine.onScreen(broken);
  await engine.press(["MENU"]);
  expect(console.mock.calls[0]).toEqual([expect.objectContaining(reported)]);
  console.mockClear();
  const worse = await boot(() => {
    throw new Error("no log");
  });
  worse.onScreen(broken);
  await worse.press(["MENU"]);
  expect(console.mock.calls[0].map(String)).toEqual(["Error: no log", "TypeError: no such canvas"]);
});

test("a stream of another program's engine goes on, though a listener here fails", async () => {
  const errors: unknown[] = [];
  const server = await startApi(new RecordingEngine(await boot()), 0);
  const remote = await connectRemoteEngine(server.url, { onListenerError: (error) => errors.push(error) });
  let seen = 0;
  remote.onScreen(broken);
  remote.onScreen(() => seen++);
  await remote.press(["MENU"]);
  await remote.press(["CLEAR"]);
  await vi.waitFor(() => expect(seen).toBeGreaterThan(1));
  expect(errors).toHaveLength(seen);
  await remote.close();
  await server.close();
});

test("the display of a genuine interpreter tells all of its listeners", () => {
  const errors: unknown[] = [];
  const display = new Ssd1306(() => {});
  const pictures = new DrawnPictures(display, smallManifest, (error) => errors.push(error));
  let seen = 0;
  pictures.onScreen(broken);
  pictures.onScreen(() => seen++);
  display.write(new Uint8Array([0, 0x8d, 0x14, 0xaf]));
  pictures.look();
  expect([seen, errors]).toEqual([1, [expect.objectContaining(reported)]]);
});

describe("listeners", () => {
  test("one that was added twice is told twice, and once after it was taken away once", () => {
    const listeners = new Listeners<[number]>();
    const told: number[] = [];
    const call = (what: number) => void told.push(what);
    const remove = listeners.add(call);
    listeners.add(call);
    listeners.tell(1);
    remove();
    remove();
    listeners.tell(2);
    expect([told, listeners.size]).toEqual([[1, 1, 2], 1]);
  });
});
