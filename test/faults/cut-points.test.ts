/** 0 bad outcomes over all the cut points of what a token does, on the engine fast. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Engine } from "../../emulator/engine.ts";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { FrameTransport, type Line } from "../../host-tools/device/frame-transport.ts";
import {
  LABORATORY_BATCH_KEY,
  LABORATORY_ISSUER_ID,
  LABORATORY_KEY_VERSION,
  laboratoryTransportKeys,
} from "../../host-tools/keys/laboratory.ts";
import { LaboratoryKeyService } from "../../host-tools/keys/laboratory-key-service.ts";
import { personalise } from "../../host-tools/provisioning/personalise.ts";
import { builtBundle, PIN } from "../end-to-end/bank.ts";
import { cutEverywhere, type Deed, remembered } from "./cut-points.ts";
import { changeOfPin, firstPin, lines, opensBy, otherLanguage, press, timeCode, WRONG, wrongPin } from "./deeds.ts";

// The key service makes its seeds of this: what a token remembers after a cut can be compared.
vi.mock("node:crypto", async (original) => ({
  ...(await original<typeof import("node:crypto")>()),
  randomBytes: (size: number) => Buffer.alloc(size, 0x5e),
}));

const SERIAL = "OC-CUTS-0001";
const NOW = 2_000_000_000;
const { enc, mac, dek } = laboratoryTransportKeys(SERIAL);

let factory: Uint8Array;
let issued: Uint8Array;
let active: Uint8Array;
/** The next change of the journal moves it to its other bank. */
let full: Uint8Array;
beforeAll(async () => {
  const engine = await boot();
  factory = await engine.dumpFlash();
  await personaliseThrough(engine);
  issued = await engine.dumpFlash();
  await press(engine, "OFF", "OK", "OK", ...PIN, "OK", ...PIN, "OK");
  active = await engine.dumpFlash();
  await engine.close();
  full = await filled(active);
}, 60_000);

/** Codes are read until the first change of the next one needs more operations than a record. */
async function filled(flash: Uint8Array): Promise<Uint8Array> {
  const engine = await boot(flash);
  try {
    for (;;) {
      const before = await engine.dumpFlash();
      const { flashOperations } = await engine.power();
      await press(engine, "OK", ...WRONG, "OK");
      if ((await engine.power()).flashOperations - flashOperations > 4) return before;
      await press(engine, "OK", ...PIN, "OK", "OFF");
    }
  } finally {
    await engine.close();
  }
}

const boot = async (flash?: Uint8Array) =>
  FastEngine.boot({
    ...(await builtBundle()),
    install: { serial: SERIAL, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek },
    flash,
    // The mark of the clock moves with a code.
    unixTime: flash === undefined ? NOW : NOW + 600,
  });
/** `of` gives the flash, which is there once the tests run. */
const deeds: (Omit<Deed, "flash"> & { of: () => Uint8Array })[] = [
  { of: () => issued, ...firstPin },
  { of: () => active, ...wrongPin },
  { of: () => active, ...timeCode },
  { of: () => active, ...changeOfPin },
  { of: () => active, ...otherLanguage },
  {
    name: "a personalisation",
    of: () => factory,
    changes: ["session under the transport keys", "session under the issuer's keys", "the issuer's token"],
    perform: (engine) => personaliseThrough(engine),
    // What was cut is done again, whatever it came to.
    holds: (engine) => personaliseThrough(engine),
  },
  {
    name: "other keys and credentials for a token in use",
    of: () => active,
    changes: ["session", "credentials, without a PIN"],
    perform: (engine) => personaliseThrough(engine),
    holds: (engine) => personaliseThrough(engine),
  },
  {
    name: "a change that moves the journal to its other bank",
    of: () => full,
    changes: ["try counted"],
    perform: (engine) => press(engine, "OK", ...WRONG, "OK"),
    holds: opensBy(PIN),
  },
];

/** The desk, with the token's time, over its line. */
async function personaliseThrough(engine: Engine): Promise<void> {
  const line: Line = {
    path: "engine",
    // No answer comes from a token that lost its power meanwhile, and nobody waits for one.
    write: async (text) => {
      await engine.send(text);
      if (!(await engine.power()).on) throw new Error("the power was cut");
    },
    close: async () => {},
    onText: () => {},
    onEnd: () => {},
  };
  const stop = engine.onSerial((direction, text) => {
    if (direction === "to-host") line.onText(text);
  });
  const transport = new FrameTransport(line, { timeoutMs: 20_000, retries: 0 });
  const keys = new LaboratoryKeyService({
    issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
    issuerMasterKey: { version: 0x30, key: new Uint8Array(16).fill(0x1a) },
    batchKeys: [{ version: 1, key: new Uint8Array(LABORATORY_BATCH_KEY) }],
    enrolmentKey: new Uint8Array(32).fill(0xe0),
  });
  let time = NOW * 1000;
  const sleep = async (ms: number) => {
    time += ms;
    await engine.advance(ms);
  };
  try {
    await personalise(transport, keys, { replace: true, clock: { now: () => time, sleep } });
  } finally {
    stop();
    keys.close();
    await transport.close();
  }
}

let cuts = 0;
afterAll(() => console.log(`${cuts} cuts of the power, none with a bad outcome`));

test.each(deeds)(
  "$name is done or not done, wherever the power is cut",
  { timeout: 300_000 },
  async ({ of, ...deed }) => {
    cuts += await cutEverywhere(boot, { ...deed, flash: of() });
  },
);

test("wrong PINs with cuts in between never give one try more than the limit", { timeout: 300_000 }, async () => {
  let flash = active;
  const tries = (image: Uint8Array) => Number.parseInt(remembered(image)[6], 16);
  // A thief cuts at the operation that suits them best: where the count is lowest afterwards.
  for (let attempt = 0; attempt < 5; attempt++) {
    const outcomes: Uint8Array[] = [];
    // Two count the try; when it was the last, two more keep the challenge for the bank.
    for (let operation = 1; operation <= 5; operation++) {
      const engine = await boot(flash);
      const heard: string[] = [];
      engine.onScreen((screen) => heard.push(screen.lines.map((line) => line.text.trim()).join("\n")));
      await engine.cutAtFlashOperation(operation, 1);
      await press(engine, "OK", ...WRONG, "OK").catch(() => undefined);
      await engine.advance(2000).catch(() => undefined);
      await engine.powerOff();
      // The verdict is on the display only where the count is durable.
      if (heard.some((screen) => /Wrong PIN|is locked/.test(screen))) outcomes.push(await engine.dumpFlash());
      await engine.close();
    }
    for (const outcome of outcomes) expect(tries(outcome)).toBe(attempt + 1);
    expect(outcomes.length).toBeGreaterThan(0);
    flash = outcomes[0];
  }
  const engine = await boot(flash);
  expect(await lines(engine)).toContain("locked");
  await engine.close();
});
