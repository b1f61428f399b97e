import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectRemoteEngine } from "../api/remote-engine.ts";
import { type ApiServer, startApi } from "../api/server.ts";
import { readBuilt } from "../built.ts";
import type { Engine, SerialFault, Snapshot } from "../engine.ts";
import { type FastBootOptions, FastEngine } from "../fast/fast-engine.ts";
import { type Recorder, type Recording, RecordingEngine } from "../recording.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { reasonOf } from "./reasons.ts";
import { say } from "./strings.ts";

let built: Pick<FastBootOptions, "bundle" | "manifest">;
beforeAll(async () => {
  built = await readBuilt("pico-keypad");
});
const boot = async (options: Partial<FastBootOptions> = {}) =>
  new RecordingEngine(await FastEngine.boot({ ...built, install: fixtureInstallation, ...options }));

type Sut = Engine & Recorder;
const recording = async (on: Sut, change: (recorded: Recording) => void = () => {}) => {
  await on.startRecording();
  await on.press(["MENU"]);
  const recorded = await on.stopRecording();
  change(recorded);
  return recorded;
};
const replay = (change: (recorded: Recording) => void) => async (on: Sut) => on.replay(await recording(on, change));
const restore = (change: object) => async (on: Sut) => on.restore({ ...(await on.snapshot()), ...change });
const faults = (kind: "drop" | "duplicate", count: number): SerialFault[] =>
  Array.from({ length: count }, () => ({ direction: "to-token", kind, every: 2 }));
/** A snapshot whose checksum is right, whatever is in it. */
const forged = async (on: Sut, contents: string): Promise<Snapshot> => {
  const { board, version } = await on.snapshot();
  const data = Buffer.from(contents).toString("base64");
  return { version, board, data, sha256: createHash("sha256").update(`${version} ${board} ${data}`).digest("hex") };
};
const withoutPower = async (on: Sut, work: () => Promise<unknown>) => {
  await on.powerOff();
  await work();
};

/** What a visitor does, and what the page says of it. */
const refusals: [what: string, said: RegExp, work: (on: Sut) => Promise<unknown>][] = [
  ["a key without power", /không có nguồn/, (on) => withoutPower(on, () => on.keyDown("OK"))],
  [
    "power from a flat battery",
    /còn 1\.2 V.*từ 1\.8 V/,
    async (on) => {
      await on.setBattery(1.2);
      await on.powerOn();
    },
  ],
  [
    "keys that the power left",
    /bấm 1\/2 phím/,
    async (on) => {
      await on.setClock({ speed: 1 });
      const pressed = on.press(["MENU", "OK"], { holdMs: 200 });
      await on.powerOff();
      await pressed;
    },
  ],
  [
    "a snapshot during a recording",
    /hãy dừng ghi/,
    async (on) => {
      const kept = await on.snapshot();
      await on.startRecording();
      await on.restore(kept);
    },
  ],
  [
    "two recordings",
    /hãy dừng ghi/,
    async (on) => {
      await on.startRecording();
      await on.startRecording();
    },
  ],
  ["the end of no recording", /không ghi gì/, (on) => on.stopRecording()],
  [
    "the end of a recording that ends",
    /hãy thử lại/,
    async (on) => {
      await on.startRecording();
      await Promise.all([on.stopRecording(), on.stopRecording()]);
    },
  ],
  ["a recording of another kind", /không phải bản ghi/, replay((it) => Object.assign(it, { version: 2 }))],
  [
    "a recording of another board",
    /bo mạch pixljs, còn đây là pico/,
    replay((it) => Object.assign(it, { board: "pixljs" })),
  ],
  ["a recording of another token", /thiết bị OC-7, còn/, replay((it) => Object.assign(it, { serial: "OC-7" }))],
  ["a recording with a flat battery", /quá yếu/, replay((it) => Object.assign(it.start, { batteryVolts: 1 }))],
  [
    "a recording with a key that is none",
    /Bước 1 .*không phát/,
    replay((it) => Object.assign(it.steps[0], { arguments: [["ENTER"]] })),
  ],
  ["a recording without a line", /nội dung bản ghi/, replay((it) => Object.assign(it.start, { line: 5 }))],
  [
    "a recording of a refusal that does not come",
    /từ chối \(no-power\)/,
    replay((it) => Object.assign(it.steps[0], { fault: "no-power" })),
  ],
  [
    "a recording of a refusal that was none",
    /Bước 2 \(keyDown\) diễn ra khác/,
    replay((it) => {
      const [{ endedUs }] = it.steps;
      const off = { beganUs: endedUs, endedUs, call: "powerOff" as const, arguments: [], screen: [] };
      it.steps = [off, { ...off, call: "keyDown", arguments: ["OK"] }];
    }),
  ],
  [
    "a recording of another screen",
    /Ở bước 1 \(press\), màn hình khác/,
    replay((it) => Object.assign(it.steps[0], { screen: ["x"] })),
  ],
  ["what is no JSON", /không phải JSON/, async () => JSON.parse("{")],
  ["a snapshot of another board", /bo mạch "pixljs"/, restore({ board: "pixljs" })],
  ["a snapshot that is none", /không phải ảnh chụp/, async (on) => on.restore({} as Snapshot)],
  ["a snapshot to come", /phiên bản 2/, restore({ version: 2 })],
  ["a damaged snapshot", /Tệp đã hỏng/, restore({ sha256: "00" })],
  [
    "a snapshot of another token",
    /thiết bị khác/,
    async (on) => on.restore(await (await boot({ install: { ...fixtureInstallation, serial: "OTHER" } })).snapshot()),
  ],
  ["a snapshot with nothing in it", /nội dung ảnh chụp/, async (on) => on.restore(await forged(on, "{}"))],
  [
    "a snapshot in the middle of keys",
    /trước khi bấm hết/,
    async (on) => {
      const kept = await on.snapshot();
      await on.setClock({ speed: 1 });
      const pressed = on.press(["MENU", "OK"], { holdMs: 5000 });
      await Promise.all([pressed, on.restore(kept)]);
    },
  ],
  ["flash under power", /Hãy ngắt nguồn/, async (on) => on.loadFlash(await on.dumpFlash())],
  ["flash of another size", /còn tệp có 9/, (on) => withoutPower(on, () => on.loadFlash(new Uint8Array(9)))],
  ["a bit beyond the flash", /Bit cuối cùng có số \d+/, (on) => on.flipFlashBits([2 ** 40])],
  ["more bits than are flipped at once", /nhiều nhất 65536 bit/, (on) => on.flipFlashBits(Array(70_000).fill(1))],
  [
    "a time that ends",
    /không đi xa/,
    async (on) => {
      for (;;) await on.advance(3_155_760_000_000);
    },
  ],
  ["many temperatures", /nhiều nhất \d+ giá trị/, (on) => on.setClock({ temperatures: Array(5000).fill(20) })],
  ["many faults", /nhiều nhất 16 lỗi/, (on) => on.setSerialFaults(faults("drop", 17))],
  ["many doubles", /4 lỗi lặp/, (on) => on.setSerialFaults(faults("duplicate", 5))],
];

async function refusal(on: Sut, work: (on: Sut) => Promise<unknown>): Promise<unknown> {
  try {
    await work(on);
  } catch (error) {
    return error;
  } finally {
    await on.close();
  }
  throw new Error("it was not refused");
}

const saidOf = (error: unknown) => {
  const reason = reasonOf(error);
  if (reason === undefined) throw new Error(`the page has no words for: ${(error as Error).message}`);
  const texts = (["vi", "en"] as const).map((language) => say(language, reason.key, reason.values));
  for (const text of texts) expect(text).not.toMatch(/[{}]/);
  return texts[0];
};

test.each(refusals)("%s is refused for a reason that the page says in Vietnamese", async (_, said, work) => {
  expect(saidOf(await refusal(await boot(), work))).toMatch(said);
});

describe("over HTTP", () => {
  let server: ApiServer;
  let engine: RecordingEngine;
  beforeAll(async () => {
    engine = await boot();
    server = await startApi(engine, 0);
  });
  afterAll(async () => {
    await server.close();
    await engine.close();
  });

  test.each<[string, RegExp, (on: Sut) => Promise<unknown>]>([
    ["a file that is no snapshot", /cấu trúc/, (on) => on.restore({} as Snapshot)],
    ["one that is too long", /nhiều nhất \d+ byte/, (on) => on.restore({ data: "x".repeat(26_000_000) } as never)],
    ["one of too many lists", /nhiều hơn mức/, (on) => on.replay(Array(700_000).fill(0) as never)],
    ["a recording of another screen", /màn hình đầu tiên/, replay((it) => Object.assign(it, { screen: ["x"] }))],
  ])("%s is refused for a reason that the page says, too", async (_, said, work) => {
    expect(saidOf(await refusal(await connectRemoteEngine(server.url), work))).toMatch(said);
  });
});

test("the words of the firmware and of a simulator stand apart, as they are", () => {
  expect(reasonOf(new Error("the firmware failed: x is not a function"))).toEqual({
    key: "whyFirmware",
    values: {},
    detail: "x is not a function",
  });
  expect(reasonOf(new Error("something else"))).toBeUndefined();
});

test("a recording that is full is refused for a reason that the page says in Vietnamese", async () => {
  const on = new RecordingEngine(await FastEngine.boot({ ...built, install: fixtureInstallation }), { steps: 1 });
  const work = async () => {
    await on.startRecording();
    for (;;) await on.advance(1);
  };
  expect(saidOf(await refusal(on, work))).toMatch(/đã đầy với 1 bước/);
});

test.each([
  ["whyAwake", "keeps the token awake", "fast/token.ts"],
  ["whyTooMuch", "too much was done since the power came on", "fast/chronicle.ts"],
  ["whySimulator", "the simulator failed: ", "mcu/mcu-engine.ts"],
])("%s is what takes long to come about, and is worded as it was", (key, words, file) => {
  expect(readFileSync(new URL(`../${file}`, import.meta.url), "utf8")).toContain(words);
  expect(reasonOf(new Error(words))?.key).toBe(key);
});
