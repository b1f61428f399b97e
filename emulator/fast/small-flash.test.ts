/** A board whose flash has fewer pages than a Pico's: what lies beyond them is refused, wherever it comes from. */
import { createHash } from "node:crypto";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { readBuilt } from "../built.ts";
import type { Snapshot } from "../engine.ts";
import { PAGE_SIZE } from "../machine/flash.ts";
import { RecordingEngine } from "../recording.ts";
import { FastEngine } from "./fast-engine.ts";

const BITS = 9 * PAGE_SIZE * 8;
const beyond = [63, Buffer.alloc(PAGE_SIZE, 7).toString("base64")];

let built: Awaited<ReturnType<typeof readBuilt>>;
let engine: RecordingEngine;
beforeAll(async () => {
  built = await readBuilt("pixljs");
});
beforeEach(async () => {
  engine = new RecordingEngine(await FastEngine.boot({ ...built, install: { serial: "OC-1", entries: [] } }));
});
const refused = (call: Promise<unknown>, message: RegExp) =>
  expect(call).rejects.toMatchObject({ fault: "invalid", message: expect.stringMatching(message) });

/** With the checksum that it should have. */
function sealed(
  snapshot: Snapshot,
  change: (story: { start: { pages: unknown[] }; actions: unknown[] }) => void,
): Snapshot {
  const story = JSON.parse(Buffer.from(snapshot.data, "base64").toString());
  change(story);
  const data = Buffer.from(JSON.stringify(story)).toString("base64");
  return { ...snapshot, data, sha256: createHash("sha256").update(`1 pixljs ${data}`).digest("hex") };
}

test("a bit that the board's flash has not is refused with the last that it has, changes nothing and is not recorded", async () => {
  await engine.startRecording();
  const before = await engine.dumpFlash();
  for (const bits of [[2_000_000], [BITS], [0, BITS]])
    await refused(engine.flipFlashBits(bits), /the number of a bit is a whole number from 0 to 294911, not/);
  expect(await engine.dumpFlash()).toEqual(before);
  await engine.flipFlashBits([BITS - 1]);
  const recording = await engine.stopRecording();
  expect(recording.steps.map(({ arguments: bits }) => bits)).toEqual([[[BITS - 1]]]);
  await engine.replay(recording);
  recording.steps[0].arguments = [[BITS]];
  await refused(engine.replay(recording), /the recording is refused: step 1: the number of a bit/);
});

test("a snapshot and a recording with a page that the board has not are refused", async () => {
  await engine.startRecording();
  const recording = await engine.stopRecording();
  const snapshot = await engine.snapshot();
  const page = /the number of a page is a whole number from 0 to 8, not 63/;
  await refused(engine.restore(sealed(snapshot, ({ start }) => (start.pages[0] = beyond))), page);
  recording.start.pages[0] = beyond as never;
  await refused(engine.replay(recording), page);
  expect(await engine.snapshot()).toEqual(snapshot);
});

test("a snapshot that loads another board's flash, or turns over a bit of it, is refused", async () => {
  await engine.powerOff();
  await engine.powerOn();
  const snapshot = await engine.snapshot();
  const { now } = JSON.parse(Buffer.from(snapshot.data, "base64").toString());
  const action = (it: object) => sealed(snapshot, ({ actions }) => actions.push({ ...it, at: now }));
  const large = Buffer.alloc(64 * PAGE_SIZE).toString("base64");
  await refused(engine.restore(action({ do: "load", base64: large })), /the flash has 36864 bytes, not 262144/);
  await refused(engine.restore(action({ do: "flip", bits: [BITS] })), /from 0 to 294911/);
});
