/**
 * Whatever a call is made with, it is carried out or refused with an EngineError; and what is refused has changed nothing. Values are of
 * every kind, in the shapes that calls take and in others.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectRemoteEngine } from "./api/remote-engine.ts";
import { type ApiServer, startApi } from "./api/server.ts";
import { type Engine, EngineError, type Snapshot } from "./engine.ts";
import { FastEngine } from "./fast/fast-engine.ts";
import { type Recording, RecordingEngine } from "./recording.ts";
import { smallBundle, smallManifest } from "./testing/small-bundle.ts";
import { fixtureInstallation } from "./testing/token.ts";

const options = { bundle: smallBundle(), manifest: smallManifest, install: fixtureInstallation };

/** What does not pass for anything. */
const odd = fc.constantFrom<unknown>(
  null,
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -0,
  0.5,
  1e308,
  2 ** 53,
  "",
  "1",
  "\ud800",
  "..",
  "\u1ec1",
  [],
  {},
  new Array(3),
  [null],
  ["1", null],
  new Uint8Array(3),
  new Uint8Array(64 * 4096),
  new Array(64 * 4096).fill(0),
  Object.create(null),
  Symbol("symbol"),
  10n,
  () => 1,
  new Date(Number.NaN),
);
const any = fc.oneof(odd, fc.jsonValue({ maxDepth: 2 }), fc.double(), fc.integer());
/** An object with some of these fields, each of them what it should be or not. */
const like = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, fc.oneof({ weight: 4, arbitrary: value }, any)]),
    ),
    { requiredKeys: [] },
  );
const few = <T>(value: fc.Arbitrary<T>) => fc.array(fc.oneof(value, any), { maxLength: 3 });
const small = fc.integer({ min: 0, max: 50 });
const key = fc.constantFrom("1", "OK", "MENU");
const direction = fc.constantFrom("to-token", "to-host");
const kind = fc.constantFrom("drop", "duplicate", "corrupt", "delay");

let snapshot: Snapshot;
let recording: Recording;
const snapshots = () =>
  like({
    version: fc.constant(1),
    board: fc.constant("small"),
    data: fc.constant(snapshot.data),
    sha256: fc.constant(snapshot.sha256),
  });
const recordings = () =>
  like(Object.fromEntries(Object.entries(recording).map(([name, value]) => [name, fc.constant(value)])));

/** What each call takes, or nearly. */
const shapes: Record<string, () => fc.Arbitrary<unknown>[]> = {
  keyDown: () => [key],
  keyUp: () => [key],
  press: () => [few(key), like({ holdMs: small, gapMs: small, bounceMs: small })],
  setClock: () => [
    like({ unixTime: fc.constant(1.8e9), speed: fc.constant(0), driftPpm: small, temperatures: few(small) }),
  ],
  advance: () => [small],
  cutAtFlashOperation: () => [small, fc.double({ min: 0, max: 1 })],
  setBattery: () => [fc.integer({ min: 2, max: 5 })],
  loadFlash: () => [fc.constant(new Uint8Array(64 * 4096).fill(0xff))],
  flipFlashBits: () => [few(small)],
  send: () => [fc.string()],
  setSerialFaults: () => [few(like({ direction, kind, every: small, count: small, delayMs: small }))],
  restore: () => [snapshots()],
  replay: () => [recordings()],
};
const calls = Object.keys(shapes) as (keyof typeof shapes & keyof Engine)[];

/** The call with arguments of its own kinds, each of which may be another. */
const made = fc
  .constantFrom(...calls)
  .chain((call) =>
    fc
      .tuple(
        ...shapes[call]().map((shape) => fc.option(fc.oneof({ weight: 2, arbitrary: shape }, any), { nil: undefined })),
      )
      .chain((args) => fc.nat(args.length).map((left) => ({ call, args: args.slice(0, args.length - left) }))),
  );

/** All there is of it. */
async function stateOf(engine: Engine): Promise<unknown> {
  const seen = [await engine.power(), await engine.clock(), await engine.screen(), await engine.serialFaults()];
  return [seen, (await engine.snapshot()).data];
}

beforeAll(async () => {
  const engine = new RecordingEngine(await FastEngine.boot(options));
  await engine.startRecording();
  await engine.press(["1"]);
  recording = await engine.stopRecording();
  snapshot = await engine.snapshot();
  await engine.close();
});

/** @param near the same engine, for looking at it */
async function attack(engine: Engine, near: FastEngine): Promise<void> {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(made, async ({ call, args }) => {
      const before = await stateOf(near);
      const method = engine[call] as (...args: unknown[]) => Promise<unknown>;
      const error: unknown = await method.apply(engine, args).then(
        () => undefined,
        (thrown) => thrown,
      );
      if (error === undefined) {
        await near.setClock({ speed: 0 });
        await near.powerOn().catch(() => near.setBattery(4.5).then(() => near.powerOn()));
        return;
      }
      refused++;
      if (!(error instanceof EngineError)) throw error;
      expect(error.message.length).toBeGreaterThan(10);
      if (error.fault === "invalid") expect(await stateOf(near)).toEqual(before);
    }),
  );
  expect(refused).toBeGreaterThan(10);
}

describe("a call of anything is carried out or refused, and then has changed nothing", () => {
  test("on the engine fast", async () => {
    const engine = await FastEngine.boot(options);
    await attack(engine, engine);
    await engine.close();
  });

  test("while it is recorded", async () => {
    const near = await FastEngine.boot(options);
    const engine = new RecordingEngine(near);
    await engine.startRecording();
    await attack(engine, near);
    await engine.stopRecording();
    await near.close();
  });

  let near: FastEngine;
  let server: ApiServer;
  beforeAll(async () => {
    near = await FastEngine.boot(options);
    server = await startApi(new RecordingEngine(near), 0);
  });
  afterAll(async () => {
    await server.close();
    await near.close();
  });

  test("elsewhere, over HTTP", async () => {
    const remote = await connectRemoteEngine(server.url);
    await attack(remote, near);
    await remote.close();
  });
});

test("whatever a token is to be booted from, it boots or is refused", async () => {
  const bytes = fc.constantFrom<unknown>(new Uint8Array(16), new Uint8Array(15), new Array(16).fill(0));
  const installs = like({ serial: fc.constant("S-1"), keyVersion: small, enc: bytes, mac: bytes, dek: bytes });
  const manifests = like(
    Object.fromEntries(Object.entries(smallManifest).map(([name, value]) => [name, fc.constant(value)])),
  );
  const boots = fc.oneof(
    any,
    like({
      bundle: fc.constant(options.bundle),
      manifest: fc.oneof(fc.constant(smallManifest), manifests),
      install: fc.oneof(fc.constant(fixtureInstallation), installs),
      seed: small,
      unixTime: fc.constant(1.8e9),
      flash: fc.constant(new Uint8Array(64 * 4096)),
      speed: fc.constant(0),
      onError: fc.constant(() => {}),
      onListenerError: fc.constant(() => {}),
    }),
  );
  await fc.assert(
    fc.asyncProperty(boots, async (odd) => {
      try {
        await (await FastEngine.boot(odd as typeof options)).close();
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        expect(error.message.length).toBeGreaterThan(10);
      }
    }),
  );
});

test.each([null, Number.NaN, "60"])(
  "a press that holds its key for %j ms is refused, and one that does not say is not",
  async (ms) => {
    const engine = await FastEngine.boot(options);
    for (const name of ["holdMs", "gapMs", "bounceMs"])
      await expect(engine.press(["1"], { [name]: ms })).rejects.toMatchObject({ fault: "invalid" });
    await engine.press(["1"], { holdMs: undefined });
    await expect(engine.setClock(new Date() as never)).rejects.toMatchObject({ fault: "invalid" });
    await engine.close();
  },
);

test.each([null, undefined, 5, "listener", {}])("a listener that is %j is refused", async (listener) => {
  const engine = await FastEngine.boot(options);
  for (const listen of [engine.onScreen, engine.onSerial, engine.onSound])
    expect(() => listen.call(engine, listener as never)).toThrow(EngineError);
  await engine.close();
});
