/** 0 bad outcomes over all the cut points of what a token does, on the engine fast. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { cutEverywhere, remembered } from "./cut-points.ts";
import { deeds, type Flashes, LATER, lines, prepareFlashes, press, SERIAL, WRONG } from "./deeds.ts";
import { NOW } from "./desk.ts";

// The key service makes its seeds of this: what a token remembers after a cut can be compared.
vi.mock("node:crypto", async (original) => ({
  ...(await original<typeof import("node:crypto")>()),
  randomBytes: (size: number) => Buffer.alloc(size, 0x5e),
}));

const { enc, mac, dek } = laboratoryTransportKeys(SERIAL);

let flashes: Flashes;
beforeAll(async () => {
  flashes = await prepareFlashes(boot);
}, 60_000);

const boot = async (flash?: Uint8Array) =>
  FastEngine.boot({
    ...(await builtBundle()),
    install: { serial: SERIAL, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek },
    flash,
    unixTime: flash === undefined ? NOW : LATER,
  });

const cuts: Record<string, number> = {};
afterAll(() => {
  const total = Object.values(cuts).reduce((sum, each) => sum + each, 0);
  const each = Object.entries(cuts).map(([name, count]) => `${name} ${count}`);
  console.log(`${total} cuts of the power, none with a bad outcome: ${each.join(", ")}`);
});

test.each(deeds)(
  "$name is done or not done, wherever the power is cut",
  { timeout: 300_000 },
  async ({ from, ...deed }) => {
    cuts[deed.name] = await cutEverywhere(boot, { ...deed, flash: flashes[from] });
  },
);

test("wrong PINs with cuts in between never give one try more than the limit", { timeout: 300_000 }, async () => {
  let flash = flashes.active;
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
