/** A replay is one piece of work: it is refused before it has begun, or nobody comes in between. */
import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readBuilt } from "./built.ts";
import { type FastBootOptions, FastEngine } from "./fast/fast-engine.ts";
import { type RecordedStep, type Recording, RecordingEngine, RecordingMismatch } from "./recording.ts";
import { smallBundle, smallManifest } from "./testing/small-bundle.ts";
import { fixtureInstallation } from "./testing/token.ts";

let built: Pick<FastBootOptions, "bundle" | "manifest">;
let recording: Recording;
const boot = (options: Partial<FastBootOptions> = {}) =>
  FastEngine.boot({ ...built, install: fixtureInstallation, seed: 7, unixTime: 1_800_000_000, ...options });

beforeAll(async () => {
  built = await readBuilt("pico-keypad");
  const engine = new RecordingEngine(await boot());
  await engine.startRecording();
  await engine.press(["MENU"]);
  await engine.setClock({ driftPpm: 5, temperatures: [20] });
  await engine.setSerialFaults([{ direction: "to-host", kind: "delay", every: 3, count: 5, delayMs: 7 }]);
  await engine.send("\u00c0ab\u00c0");
  await engine.flipFlashBits([2 ** 20]);
  await engine.cutAtFlashOperation(90, 0.5);
  await engine.setBattery(4);
  await engine.keyDown("5");
  await engine.advance(2000);
  await engine.keyUp("5");
  recording = await engine.stopRecording();
});

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

function places(value: Json, way: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [way];
  return [
    way,
    ...Object.keys(value).flatMap((name) => places((value as { [name: string]: Json })[name], [...way, name])),
  ];
}

function put(value: Json, [first, ...rest]: (string | number)[], other: Json): Json {
  if (first === undefined) return other;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as { [name: string | number]: Json };
  copy[first] = put(copy[first], rest, other);
  return copy;
}

describe("a recording that can't be played is refused with a reason, before the token is touched:", () => {
  let engine: FastEngine;
  beforeEach(async () => {
    engine = await boot();
    await engine.cutAtFlashOperation(50);
    await engine.keyDown("1");
  });
  const refused = async (wrong: unknown, why: RegExp) => {
    const before = await engine.snapshot();
    await expect(engine.replay(wrong as Recording)).rejects.toMatchObject({
      name: "EngineError",
      fault: "invalid",
      message: expect.stringMatching(why),
    });
    expect(await engine.snapshot()).toEqual(before);
  };
  const step = (call: string, ...args: unknown[]): RecordedStep =>
    ({ call, arguments: args, beganUs: 3_000_000, endedUs: 3_000_000 }) as RecordedStep;

  test.each<[string, RecordedStep, RegExp]>([
    ["an unknown key", step("press", ["MENU", "ENTER"]), /step 11: there is no key "ENTER"/],
    ["a key that is none", step("keyDown"), /no key undefined/],
    ["options that are none", step("press", ["MENU"], null), /step 11: how keys are held is an object/],
    ["a key held for an age", step("press", ["MENU"], { holdMs: 1e12 }), /holdMs/],
    ["no keys", step("press", null), /keys to press are a list/],
    ["a clock that is not changed to anything", step("setClock", null), /change of the clock is an object/],
    ["a time before all", step("setClock", { unixTime: 5 }), /Unix times/],
    ["no speed", step("setClock", { speed: -1 }), /speed/],
    ["time without end", step("advance", 1e300), /span of time/],
    ["a battery of 99 V", step("setBattery", 99), /voltage/],
    ["bits that are none", step("flipFlashBits", [-1]), /bit/],
    ["text that is no bytes", step("send", "\u0100"), /byte/],
    ["a fault of no kind", step("setSerialFaults", [{}]), /direction/],
    ["half a flash operation", step("cutAtFlashOperation", 0.5), /flash operation/],
    ["something that is no call", step("close"), /nothing like "close"/],
    ["something of every object's", step("constructor"), /nothing like "constructor"/],
    ["a step that ends before it begins", { ...step("powerOff"), endedUs: 0 }, /order/],
    ["a step before the one before", { ...step("powerOff"), beganUs: 0 }, /order/],
    ["a time between microseconds", { ...step("powerOff"), endedUs: 3e6 + 0.5 }, /microsecond/],
    ["a time after all time", { ...step("powerOff"), endedUs: 2 ** 53 }, /microsecond/],
    ["a fault that no call has", { ...step("powerOff"), fault: "invalid" as never }, /no-power or failed/],
    ["a screen of numbers", { ...step("powerOff"), screen: [5] as never }, /line of a screen/],
    ["a step that is none", null as never, /step 11: it is an object/],
  ])("%s, in its last step", async (_, last, why) => {
    await refused({ ...recording, steps: [...recording.steps, last] }, why);
  });

  test.each<[string, (whole: Recording) => unknown, RegExp]>([
    ["nothing", () => undefined, /an object/],
    ["another format", (whole) => ({ ...whole, format: "x" }), /ochre-recording/],
    ["another version", (whole) => ({ ...whole, version: 2 }), /version 3/],
    ["another board", (whole) => ({ ...whole, board: "pixljs" }), /pixljs/],
    ["another token", (whole) => ({ ...whole, serial: "OC-OTHER" }), /OC-OTHER/],
    ["no screen to begin with", (whole) => ({ ...whole, screen: undefined }), /lines of a screen/],
    ["no steps", (whole) => ({ ...whole, steps: undefined }), /steps/],
    ["steps with a hole", (whole) => ({ ...whole, steps: new Array(1) }), /step 1/],
    ["a token of nothing", (whole) => ({ ...whole, start: undefined }), /without power/],
    ["a battery of 1 V", (whole) => ({ ...whole, start: { ...whole.start, batteryVolts: 1 } }), /1.8 V/],
    ["half a flash", (whole) => ({ ...whole, start: { ...whole.start, pages: [[0, "AAAA"]] } }), /4096/],
    ["flash that is no Base64", (whole) => ({ ...whole, start: { ...whole.start, pages: [[0, "!"]] } }), /Base64/],
    ["a drift without measure", (whole) => put(whole as never, ["start", "clock", "drift", "ppm"], 1e9), /driftPpm/],
  ])("%s", async (_, change, why) => {
    await refused(change(recording), why);
  });

  test("in which anything is something else, or it is a recording that plays, or stops at one of its steps", async () => {
    const nasty: fc.Arbitrary<Json> = fc.oneof(
      fc.constantFrom<Json>(null, true, "", "constructor", [], {}, -1, 0.5, 2 ** 53, 1e300, "MENU", ["MENU"]),
      fc.jsonValue() as fc.Arbitrary<Json>,
    );
    const whole = JSON.parse(JSON.stringify(recording)) as Json;
    const all = places(whole).filter((way) => way[1] !== "pages" || way.length < 4);
    await fc.assert(
      fc.asyncProperty(fc.nat(), nasty, async (number, other) => {
        const forged = put(whole, all[number % all.length], other) as never;
        const before = await engine.snapshot();
        const refusal: unknown = await engine.replay(forged).catch((error: unknown) => error);
        if ((refusal as Error | undefined)?.message.startsWith("the recording is refused: "))
          expect(await engine.snapshot()).toEqual(before);
        else if (refusal !== undefined && !(refusal instanceof RecordingMismatch))
          expect(refusal).toMatchObject({ name: "EngineError", message: expect.stringMatching(/step \d|power on/) });
        // Whatever became of it, it is a token like any other.
        await engine.restore(await engine.snapshot());
      }),
    );
  });
});

test("a step that time is too short for, behind the others, has failed: the token is no longer what it was", async () => {
  const start = { ...recording.start, now: Number.MAX_SAFE_INTEGER - 120e6 };
  const step: RecordedStep = { call: "advance", arguments: [1e12], beganUs: 100e6, endedUs: 100e6 };
  await expect((await boot()).replay({ ...recording, start, steps: [step] })).rejects.toMatchObject({
    fault: "failed",
    message: expect.stringMatching(/step 1, advance: an engine's time ends/),
  });
});

describe("at the first screen that is another", () => {
  test("the token is left as far as it was played, and time goes on at the speed that it had", async () => {
    const other = structuredClone(recording);
    other.steps[1].screen = ["another"];
    for (const speed of [0, 3]) {
      const engine = await boot({ speed });
      await expect(engine.replay(other)).rejects.toMatchObject({ name: "RecordingMismatch", step: 2 });
      expect((await engine.clock()).speed).toBe(speed);
      expect(await engine.clock()).toMatchObject({ driftPpm: 5, temperatures: [20] });
      const { lines } = await engine.screen();
      expect(lines.map(({ text }) => text).join()).toContain("pico-keypad");
      expect(await engine.serialFaults()).toEqual([]);
      await engine.close();
    }
  });

  test("played to its end, it leaves the speed alone, too", async () => {
    const engine = await boot({ speed: 3 });
    await engine.replay(recording);
    expect((await engine.clock()).speed).toBe(3);
    await engine.close();
  });
});

describe("while a recording is played", () => {
  test("whatever others ask waits for its end, and is done to what it left", async () => {
    const alone = await boot();
    await alone.replay(recording);
    const engine = new RecordingEngine(await boot());
    const played = engine.replay(recording);
    const again = engine.replay(recording);
    const others = [
      engine.press(["OFF"]),
      engine.advance(60_000),
      engine.setClock({ unixTime: 1_900_000_000 }),
      engine.setSerialFaults([]),
    ];
    await Promise.all([played, again, ...others]);
    await alone.press(["OFF"]);
    await alone.advance(60_000);
    await alone.setClock({ unixTime: 1_900_000_000 });
    await alone.setSerialFaults([]);
    expect(await engine.snapshot()).toEqual(await alone.snapshot());
  });

  test("a recording that somebody begins has nothing of it", async () => {
    const engine = new RecordingEngine(await boot());
    const played = engine.replay(recording);
    const begun = engine.startRecording();
    await expect(engine.replay(recording)).rejects.toThrow(/end it first/);
    await Promise.all([played, begun, engine.press(["MENU"])]);
    const made = await engine.stopRecording();
    expect(made.steps.map((step) => step.call)).toEqual(["press"]);
    await (await boot()).replay(made);
  });

  test.each<[string, RecordedStep]>([
    ["keys that nobody was on", { call: "keyUp", arguments: ["1"], beganUs: 0, endedUs: 0 }],
    ["bytes of a host", { call: "send", arguments: ["x"], beganUs: 0, endedUs: 0 }],
    ["clocks that nobody sees", { call: "setClock", arguments: [{ driftPpm: 1 }], beganUs: 0, endedUs: 0 }],
  ])("everybody else gets a turn, though it is nothing but hundreds of %s", async (_, step) => {
    const engine = await boot();
    const steps = new Array(400).fill({ ...step, beganUs: 60e6, endedUs: 60e6 });
    let others = 0;
    const count = setInterval(() => others++);
    await engine.replay({ ...recording, steps: [{ ...step, beganUs: 60e6, endedUs: 60e6, screen: [] }, ...steps] });
    const during = others;
    clearInterval(count);
    expect(during).toBeGreaterThan(1);
  });

  test("an engine that is closed ends it at once", async () => {
    const engine = await boot();
    const step = { call: "keyDown", arguments: ["1"], beganUs: 0, endedUs: 36e8 } satisfies RecordedStep;
    const played = engine.replay({ ...recording, steps: [step] });
    const refused = expect(played).rejects.toMatchObject({ message: expect.stringMatching(/closed/) });
    await new Promise((rested) => setTimeout(rested, 20));
    await engine.close();
    await refused;
  });

  test("keys that wait to be pressed are forgotten, and whoever pressed them is told", async () => {
    const engine = await boot({ speed: 1 });
    const pressed = expect(engine.press(["1", "2"], { holdMs: 1000 })).rejects.toThrow(/a recording was played/);
    await engine.replay(recording);
    await pressed;
    await engine.close();
  });
});

test("a recording that is refused its beginning has changed nothing: not even a cut that is to come", async () => {
  const engine = await boot();
  await engine.cutAtFlashOperation(3);
  await engine.powerOff();
  await engine.setBattery(1);
  const before = await engine.snapshot();
  await expect(new RecordingEngine(engine).startRecording()).rejects.toMatchObject({ fault: "no-power" });
  expect(await engine.snapshot()).toEqual(before);
  expect((await engine.power()).cutAtFlashOperation).toBeDefined();
});

describe("firmware that fails", () => {
  const bundle = smallBundle({
    start: `digitalWrite([D6, D7, D8, D9], 0);
      pinMode(D10, 'input_pullup');
      setWatch(function () { throw new Error('worn out'); }, D10, { repeat: true, edge: 'falling' });`,
  });
  const failing = (options: Partial<FastBootOptions> = {}) =>
    FastEngine.boot({ bundle, manifest: smallManifest, install: fixtureInstallation, ...options });

  test("in a step fails it when it is played, too, and what does not fail any more is told", async () => {
    const engine = new RecordingEngine(await failing());
    await engine.startRecording();
    await expect(engine.press(["1"])).rejects.toMatchObject({ fault: "failed" });
    await engine.advance(100);
    const made = await engine.stopRecording();
    expect(made.steps.map(({ fault }) => fault)).toEqual(["failed", undefined]);
    await (await failing()).replay(made);
    const mended = await failing({ bundle: smallBundle() });
    await expect(mended.replay(made)).rejects.toThrow(/step 1, press: it was refused \(failed\), and now it is not/);
    delete made.steps[0].fault;
    await expect((await failing()).replay(made)).rejects.toThrow(/step 1, press: the firmware failed: worn out/);
    const errors: unknown[] = [];
    await (await failing({ onError: (error) => errors.push(error) })).replay(made);
    expect(errors).toHaveLength(1);
  });
});
