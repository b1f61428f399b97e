/** The same inputs make the same token, to the byte and the pixel; and a snapshot is the token. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { readBuilt } from "../built.ts";
import type { Snapshot } from "../engine.ts";
import { type Step, step, trace } from "../testing/random-steps.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { type FastBootOptions, FastEngine } from "./fast-engine.ts";

let built: Pick<FastBootOptions, "bundle" | "manifest">;
beforeAll(async () => {
  built = await readBuilt("pico-keypad");
});
const boot = (options: Partial<FastBootOptions> = {}) =>
  FastEngine.boot({ ...built, install: fixtureInstallation, seed: 7, unixTime: 1_800_000_000, ...options });

const thousand = fc.array(step, { minLength: 1000, maxLength: 1000, size: "max" });
const some = fc.array(step, { maxLength: 60, size: "max" });

test("two tokens with one seed are the same after any thousand actions, in every byte and pixel on the way", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), thousand, async (seed, steps) => {
      expect(await trace(await boot({ seed }), steps)).toBe(await trace(await boot({ seed }), steps));
    }),
    { numRuns: runs(3), endOnFailure: true },
  );
});

test("another seed is another token", async () => {
  const bounced: Step[] = [(engine) => engine.cutAtFlashOperation(1, 0.5), (engine) => engine.powerOff()];
  const torn: Step[] = [...bounced, (engine) => engine.flipFlashBits([3]), (engine) => engine.powerOn()];
  expect(await trace(await boot({ seed: 1 }), torn)).toBe(await trace(await boot({ seed: 1 }), torn));
  const noise = async (seed: number) => {
    const engine = await boot({ seed });
    await engine.setSerialFaults([{ direction: "to-token", kind: "corrupt", every: 1 }]);
    return trace(engine, [(each) => each.send("0123456789")]);
  };
  expect(await noise(1)).not.toBe(await noise(2));
});

describe("a snapshot", () => {
  test("taken, left for something else and restored, goes on as if nothing had been", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), some, some, some, async (seed, before, aside, after) => {
        const engine = await boot({ seed });
        await trace(engine, before);
        const snapshot = JSON.parse(JSON.stringify(await engine.snapshot())) as Snapshot;
        const then = await trace(engine, after);
        await trace(engine, aside);
        await engine.restore(snapshot);
        expect(await trace(engine, after)).toBe(then);
        // In another process it would be another engine, of any seed; and a restored token can be kept again.
        const other = await boot({ seed: seed + 1 });
        await other.restore(snapshot);
        expect(await other.snapshot()).toEqual(snapshot);
        expect(await trace(other, after)).toBe(then);
      }),
      { numRuns: runs(15) },
    );
  });

  test("of another board, token, firmware or version, or damaged, is refused and changes nothing", async () => {
    const engine = await boot();
    await engine.press(["MENU"]);
    const snapshot = await engine.snapshot();
    const foreign = await boot({ install: { ...fixtureInstallation, serial: "OTHER" } });
    const newer = await boot({ bundle: `${built.bundle} ` });
    const data = Buffer.from(snapshot.data, "base64");
    data[data.length >> 1] ^= 1;
    const bad: [unknown, RegExp][] = [
      [await foreign.snapshot(), /another token/],
      [await newer.snapshot(), /another firmware/],
      [{ ...snapshot, version: 2 }, /version 2/],
      [{ ...snapshot, board: "pixljs" }, /pixljs/],
      [{ ...snapshot, data: data.toString("base64") }, /damaged/],
      [{ ...snapshot, sha256: snapshot.sha256.replace(/^./, "g") }, /damaged/],
      [{ ...snapshot, data: 5 }, /damaged/],
      [null, /version/],
      [{}, /version/],
      ["", /version/],
      [{ ...snapshot, ...sealed(snapshot.board, "nothing") }, /holds none/],
      [{ ...snapshot, ...sealed(snapshot.board, "{}") }, /holds none/],
      [
        { ...snapshot, ...altered(snapshot, (story) => (story.actions = [{ do: "key", key: "X", at: 0 }])) },
        /repeated/,
      ],
      [{ ...snapshot, ...altered(snapshot, (story) => (story.actions = 5)) }, /repeated/],
    ];
    const before = await trace(engine, []);
    for (const [wrong, why] of bad) {
      const refusal = await engine.restore(wrong as Snapshot).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ name: "EngineError", fault: "invalid" });
      expect((refusal as Error).message).toMatch(why);
      expect(await trace(engine, [])).toBe(before);
    }
  });

  test("of a long life is small once the power came on anew", async () => {
    const engine = await boot();
    for (let i = 0; i < 900; i++) await engine.press(["MENU"]);
    const long = (await engine.snapshot()).data.length;
    await engine.powerOff();
    await engine.powerOn();
    const short = (await engine.snapshot()).data.length;
    expect(short).toBeLessThan(long / 2);
  });
});

function sealed(board: string, text: string) {
  const data = Buffer.from(text).toString("base64");
  return { data, sha256: createHash("sha256").update(`1 ${board} ${data}`).digest("hex") };
}

function altered({ board, data }: Snapshot, change: (story: Record<string, unknown>) => void) {
  const story = JSON.parse(Buffer.from(data, "base64").toString());
  change(story);
  return sealed(board, JSON.stringify(story));
}

describe("a call that cannot be", () => {
  const bad: [string, Step][] = [
    ["an unknown key", (engine) => engine.press(["1", "ENTER"])],
    ["an unknown key down", (engine) => engine.keyDown("")],
    ["a key held for less than nothing", (engine) => engine.press(["1"], { holdMs: -1 })],
    ["a bounce that is no number", (engine) => engine.press(["1"], { bounceMs: Number.NaN })],
    ["time backwards", (engine) => engine.advance(-1)],
    ["time without end", (engine) => engine.advance(Number.POSITIVE_INFINITY)],
    ["a time before 2000", (engine) => engine.setClock({ unixTime: 0, driftPpm: 5 })],
    ["a speed below 0", (engine) => engine.setClock({ driftPpm: 5, speed: -1 })],
    ["a speed above all", (engine) => engine.setClock({ speed: 1e9 })],
    ["a drift without measure", (engine) => engine.setClock({ driftPpm: 1e9, unixTime: 1.9e9 })],
    ["a temperature that the chip does not bear", (engine) => engine.setClock({ temperatures: [20, 200] })],
    ["temperatures with holes", (engine) => engine.setClock({ temperatures: new Array(3) })],
    ["no temperatures at all", (engine) => engine.setClock({ temperatures: null as never })],
    ["bits with holes", (engine) => engine.flipFlashBits(new Array(2))],
    ["faults with holes", (engine) => engine.setSerialFaults(new Array(2))],
    ["half a flash operation", (engine) => engine.cutAtFlashOperation(1.5)],
    ["a tear above 1", (engine) => engine.cutAtFlashOperation(1, 1.1)],
    ["a battery of 9 V", (engine) => engine.setBattery(9)],
    ["flash of another size", (engine) => engine.loadFlash(new Uint8Array(5))],
    ["a bit beyond the flash", (engine) => engine.flipFlashBits([0, 64 * 4096 * 8])],
    ["text that is no bytes", (engine) => engine.send("a\u0100")],
    [
      "a fault of no kind",
      (engine) => engine.setSerialFaults([{ direction: "to-host", kind: "eat", every: 1 } as never]),
    ],
    [
      "a fault of every zeroth byte",
      (engine) => engine.setSerialFaults([{ direction: "to-host", kind: "drop", every: 0 }]),
    ],
    ["a delay without a time", (engine) => engine.setSerialFaults([{ direction: "to-host", kind: "delay", every: 1 }])],
  ];

  test.each(bad)("%s is refused with a reason, and changes nothing", async (_, wrong) => {
    const engine = await boot();
    await engine.press(["MENU"]);
    const before = await trace(engine, []);
    const refusal = await wrong(engine).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: "EngineError", fault: "invalid" });
    expect((refusal as Error).message.length).toBeGreaterThan(20);
    expect(await trace(engine, [])).toBe(before);
    expect(await engine.snapshot()).toEqual(await engine.snapshot());
  });

  test("a closed engine refuses everything", async () => {
    const engine = await boot();
    await engine.close();
    await expect(engine.screen()).rejects.toThrow(/closed/);
    await expect(engine.press(["1"])).rejects.toThrow(/closed/);
  });
});
