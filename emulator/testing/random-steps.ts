/** Whatever can be done to an engine, at random, and everything that can then be seen of it: for tests that compare two engines. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { type Engine, EngineError, type SerialFault } from "../engine.ts";

const KEYS = ["1", "2", "3", "UP", "4", "5", "6", "DOWN", "7", "8", "9", "OFF", "CLEAR", "0", "OK", "MENU"];
/** One call of an engine. */
export type Step = (engine: Engine) => Promise<unknown>;

const key = fc.constantFrom(...KEYS);
const direction = fc.constantFrom("to-token", "to-host");
const every = fc.integer({ min: 1, max: 9 });
const fault: fc.Arbitrary<SerialFault> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ direction, kind: fc.constantFrom("drop", "duplicate", "corrupt"), every }) },
  {
    weight: 1,
    arbitrary: fc.record({ direction, kind: fc.constant("delay"), every, delayMs: fc.integer({ min: 0, max: 500 }) }),
  },
);
/** GET INFO in a frame would need the protocol; here any bytes do, those that end a frame most of all. */
const text = fc
  .array(fc.oneof(fc.constant(0xc0), fc.integer({ min: 0, max: 255 })), { maxLength: 80 })
  .map((bytes) => String.fromCharCode(...bytes));
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({ key, holdMs: fc.integer({ min: 0, max: 200 }), bounceMs: fc.integer({ min: 0, max: 12 }) })
      .map(({ key, ...options }) => {
        return (engine: Engine) => engine.press([key], options);
      }),
  },
  { weight: 1, arbitrary: key.map((name) => (engine: Engine) => engine.keyDown(name)) },
  { weight: 1, arbitrary: key.map((name) => (engine: Engine) => engine.keyUp(name)) },
  { weight: 3, arbitrary: fc.nat(40_000).map((ms) => (engine: Engine) => engine.advance(ms / 7)) },
  { weight: 3, arbitrary: text.map((bytes) => (engine: Engine) => engine.send(bytes)) },
  {
    weight: 1,
    arbitrary: fc.array(fault, { maxLength: 3 }).map((faults) => (engine: Engine) => engine.setSerialFaults(faults)),
  },
  { weight: 1, arbitrary: fc.constant((engine: Engine) => engine.powerOff()) },
  { weight: 2, arbitrary: fc.constant((engine: Engine) => engine.powerOn()) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(4), fc.double({ min: 0, max: 1, noNaN: true })).map(
      ([at, tear]) =>
        (engine: Engine) =>
          engine.cutAtFlashOperation(at, tear),
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: 15, max: 50 }).map((v) => (engine: Engine) => engine.setBattery(v / 10)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: -99, max: 99 }).map((ppm) => (engine: Engine) => {
      return engine.setClock({ driftPpm: ppm, temperatures: [ppm / 3, 20] });
    }),
  },
  { weight: 1, arbitrary: fc.nat(1e8).map((s) => (engine: Engine) => engine.setClock({ unixTime: 1.8e9 + s })) },
  { weight: 1, arbitrary: fc.nat(64 * 4096 * 8 - 1).map((bit) => (engine: Engine) => engine.flipFlashBits([bit])) },
);

/** Does the steps; a digest of everything that can be seen: bytes, pictures, refusals, and at last all that there is. */
export async function trace(engine: Engine, steps: Step[]): Promise<string> {
  const hash = createHash("sha256");
  const see = (...what: unknown[]) => hash.update(`${JSON.stringify(what)}\n`);
  const stops = [
    engine.onScreen((screen) => see(screen.frame, screen.on, [...screen.pixels])),
    engine.onSerial((direction, passed) => see(direction, passed)),
    engine.onSound(({ hertz, timeMs }) => see(hertz, timeMs)),
  ];
  for (const act of steps)
    await act(engine).catch((error: unknown) => {
      if (!(error instanceof EngineError)) throw error;
      see(error.fault, error.message);
    });
  for (const stop of stops) stop();
  for (const view of [await engine.screen(), await engine.clock(), await engine.power()])
    see(Object.entries(view).sort());
  see(Buffer.from(await engine.dumpFlash()).toString("base64"));
  return hash.digest("hex");
}
