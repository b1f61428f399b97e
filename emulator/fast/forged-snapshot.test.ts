/** A snapshot's checksum guards against accidents. Whoever forges one gets a refusal, or a token; never an engine that is broken. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { readBuilt } from "../built.ts";
import type { Snapshot } from "../engine.ts";
import { trace } from "../testing/random-steps.ts";
import { smallBundle, smallManifest } from "../testing/small-bundle.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { FastEngine } from "./fast-engine.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Story = { [name: string]: Json } & { start: { [name: string]: Json }; actions: { [name: string]: Json }[] };

/** What nobody but a forger writes, by the text that stands for it. */
const WRITTEN: Record<string, string> = {
  "!Infinity": "1e999",
  "!-Infinity": "-1e999",
  "!-0": "-0",
  "!deep": "[".repeat(20_000) + "]".repeat(20_000),
};

function sealed(board: string, story: unknown): Snapshot {
  const text = JSON.stringify(story).replace(/"(![^"]+)"/g, (_, name) => WRITTEN[name]);
  const data = Buffer.from(text).toString("base64");
  return { version: 1, board, data, sha256: createHash("sha256").update(`1 ${board} ${data}`).digest("hex") };
}
const told = ({ data }: Snapshot) => JSON.parse(Buffer.from(data, "base64").toString()) as Story;

/** Every place in a story, as the way there. */
function places(value: Json, way: (string | number)[] = []): (string | number)[][] {
  const inside =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([name, each]) => places(each, [...way, Array.isArray(value) ? +name : name]))
      : [];
  return [way, ...inside];
}

function put(value: Json, [first, ...rest]: (string | number)[], other: Json): Json {
  if (first === undefined) return other;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as { [name: string | number]: Json };
  copy[first] = put(copy[first], rest, other);
  return copy;
}

let engine: FastEngine;
let snapshot: Snapshot;
let story: Story;

beforeAll(async () => {
  engine = await FastEngine.boot({
    ...(await readBuilt("pico-keypad")),
    install: fixtureInstallation,
    unixTime: 1_800_000_000,
  });
  await engine.setSerialFaults([{ direction: "to-token", kind: "delay", every: 7, count: 3, delayMs: 5 }]);
  await engine.powerOff();
  await engine.powerOn();
  await engine.press(["MENU"], { bounceMs: 5 });
  await engine.send("\u00c0\u0000\u00c0");
  await engine.setClock({ driftPpm: 5, unixTime: 1_900_000_000, temperatures: [20, 30] });
  await engine.setSerialFaults([{ direction: "to-host", kind: "drop", every: 3 }]);
  await engine.setBattery(4);
  await engine.flipFlashBits([2 ** 20]);
  await engine.cutAtFlashOperation(9, 0.5);
  await engine.advance(1000);
  snapshot = await engine.snapshot();
  story = told(snapshot);
});

/** Restores it; a refusal is an EngineError with a reason, and has changed nothing. */
async function attack(forged: Snapshot): Promise<string> {
  await engine.restore(snapshot);
  const before = await trace(engine, []);
  const refusal: unknown = await engine.restore(forged).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refusal === undefined) {
    // It is a token like any other, and can be kept as that.
    await engine.screen();
    const kept = await engine.snapshot();
    await engine.restore(kept);
    expect(await engine.snapshot()).toEqual(kept);
    return "";
  }
  expect(refusal).toMatchObject({ name: "EngineError", fault: "invalid" });
  const { message } = refusal as Error;
  expect(message).toMatch(/^the snapshot is refused: .{10,}/);
  expect(message.length).toBeLessThan(300);
  expect(await trace(engine, [])).toBe(before);
  expect(await engine.snapshot()).toEqual(snapshot);
  return message;
}

test("what nobody changed is restored", async () => {
  expect(sealed(snapshot.board, story)).toEqual(snapshot);
  expect(await attack(snapshot)).toBe("");
});

test("a story in which anything is something else is refused, or is a token", async () => {
  const nasty: fc.Arbitrary<Json> = fc.oneof(
    fc.constantFrom<Json>(null, true, "", "constructor", "AAAA", [], {}, -1, 0.5, 2 ** 53, 1e300, "x".repeat(70_000)),
    fc.constantFrom<Json>(...Object.keys(WRITTEN)),
    fc.constantFrom<Json>(JSON.parse('{"__proto__":{"do":"power","on":true,"at":0}}'), { toString: 5, length: 1e9 }),
    fc.jsonValue() as fc.Arbitrary<Json>,
  );
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.nat(), nasty, async (number, other) => {
      // The flash has many places, and all are alike.
      const all = places(story).filter((way) => way[1] !== "pages" || way.length <= 5);
      outcomes.add(await attack(sealed(snapshot.board, put(story, all[number % all.length], other))));
    }),
  );
  expect(outcomes.size).toBeGreaterThan(10);
});

describe("a story is refused", () => {
  const with_ = (change: (story: Story) => void) => {
    const changed = structuredClone(story);
    change(changed);
    return sealed(snapshot.board, changed);
  };
  const first = (action: { [name: string]: Json }) => (forged: Story) => forged.actions.splice(1, 0, action);
  test.each<[string, (story: Story) => unknown, RegExp]>([
    ["of something that nobody can do", first({ do: "constructor", at: 0 }), /nothing like "constructor"/],
    ["of nothing", first({ at: 0 }), /nothing like undefined/],
    ["with a key that is not there", first({ do: "key", key: "__proto__", down: true, bounceMs: 0, at: 0 }), /no key/],
    ["with endless bouncing", first({ do: "key", key: "1", down: true, bounceMs: 1e9, at: 0 }), /bounceMs/],
    ["with more bytes than a port gives", first({ do: "receive", text: "x".repeat(65_537), at: 0 }), /at most 65536/],
    ["with half a flash", first({ do: "load", base64: "AAAA", at: 0 }), /bytes/],
    [
      "with flash that is loaded under power",
      first({ do: "load", base64: Buffer.alloc(64 * 4096).toString("base64"), at: 0 }),
      /under power/,
    ],
    ["with a bit that is not there", first({ do: "flip", bits: [1e9], at: 0 }), /bit/],
    ["before time", first({ do: "power", on: true, at: -1 }), /time/],
    ["between times", first({ do: "power", on: true, at: 0.5 }), /time/],
    ["that goes back in time", first({ do: "power", on: true, at: 1e9 }), /order/],
    ["that is over before it ends", (forged) => (forged.now = 0), /order/],
    ["without end", (forged) => (forged.now = "!Infinity"), /time/],
    ["with a page twice", (forged) => (forged.start.pages as Json[]).push((forged.start.pages as Json[])[0]), /twice/],
    ["with a page beyond the flash", (forged) => ((forged.start.pages as Json[][])[0][0] = 64), /page/],
    ["with a page of another size", (forged) => ((forged.start.pages as Json[][])[0][1] = "AAAA"), /4096/],
    ["with pages without number", (forged) => (forged.start.pages = Array(1e5).fill([0, ""])), /at most 64/],
    ["with faults without number", (forged) => (forged.start.faults = Array(1e5).fill("")), /at most 1000/],
    ["with random numbers of no generator", (forged) => (forged.start.random = [1, 2, 3, 4]), /random/],
  ])("%s", async (_, change, why) => {
    expect(await attack(with_(change))).toMatch(why);
  });

  test("larger than any engine gives, before it is looked into", async () => {
    expect(await attack({ ...snapshot, data: "A".repeat(48 * 1024 * 1024 + 1) })).toMatch(/no engine gives more/);
  });

  test("deeper than any, before it is looked into", async () => {
    const data = Buffer.from("[".repeat(5_000_000)).toString("base64");
    const sha256 = createHash("sha256").update(`1 ${snapshot.board} ${data}`).digest("hex");
    expect(await attack({ ...snapshot, data, sha256 })).toMatch(/at most 32 deep/);
  });
});

describe("work without end", () => {
  const bundle = smallBundle({ start: "setInterval(function () {}, 1);" });
  const boot = () => FastEngine.boot({ bundle, manifest: smallManifest, install: fixtureInstallation });

  test("is not begun again: a story of a century of it is refused", async () => {
    const worker = await boot();
    const kept = await worker.snapshot();
    const endless = { ...told(kept), now: 100 * 365 * 86_400e6 };
    await expect(worker.restore(sealed(kept.board, endless))).rejects.toMatchObject({
      fault: "invalid",
      message: expect.stringMatching(/more work/),
    });
    expect(await worker.snapshot()).toEqual(kept);
  });

  test("of tens of thousands of boots is refused", async () => {
    const worker = await boot();
    const kept = await worker.snapshot();
    const actions = Array.from({ length: 8e4 }, (_, i) => ({ do: "power", on: i % 2 === 0, at: 0 }));
    await expect(worker.restore(sealed(kept.board, { ...told(kept), actions }))).rejects.toThrow(/more work/);
  });

  test("of an engine's own can't be kept, until its power comes on anew", async () => {
    const worker = await boot();
    await worker.advance(2_500_000);
    await expect(worker.snapshot()).rejects.toMatchObject({ fault: "failed", message: expect.stringMatching(/power/) });
    await worker.powerOff();
    await worker.powerOn();
    await worker.restore(await worker.snapshot());
  });
});

test.each<[string, (engine: FastEngine) => Promise<void>]>([
  ["faults", (each) => each.setSerialFaults(Array(16).fill({ direction: "to-host", kind: "drop", every: 1 }))],
  ["temperatures", (each) => each.setClock({ temperatures: Array(1440).fill(20.123456789) })],
  ["bytes", (each) => each.send("\u0000".repeat(65_536))],
  ["bits", (each) => each.flipFlashBits(Array(65_536).fill(2 ** 20))],
])("what is kept for a snapshot has an end: %s count by what they take", async (_, call) => {
  const each = await FastEngine.boot({ bundle: smallBundle(), manifest: smallManifest, install: fixtureInstallation });
  const empty = (await each.snapshot()).data.length;
  await call(each);
  const one = (await each.snapshot()).data.length - empty;
  const most = Math.ceil((12 * 1024 * 1024) / one);
  let calls = 1;
  for (; calls < most; calls++) await call(each);
  await expect(each.snapshot()).rejects.toMatchObject({ fault: "failed", message: expect.stringMatching(/too much/) });
});
