/**
 * What is done with a token, cut at each erase and program that the genuine Espruino of a simulated RP2040 asks its flash for. By itself a
 * run cuts each deed at one operation, before it, within it and after it; with OCHRE_EVERY_CUT=1 at each, which takes some hours: `-t NAME`
 * picks a deed, so that several machines share them.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { cutEverywhere, cutOnce, operationsOf } from "../faults/cut-points.ts";
import { deeds, type Flashes, LATER, prepareFlashes, SERIAL } from "../faults/deeds.ts";
import { NOW } from "../faults/desk.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

// The key service makes its seeds of this: what a token remembers after a cut can be compared.
vi.mock("node:crypto", async (original) => ({
  ...(await original<typeof import("node:crypto")>()),
  randomBytes: (size: number) => Buffer.alloc(size, 0x5e),
}));

const everyCut = process.env.OCHRE_EVERY_CUT !== undefined;

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("on a simulated RP2040 with a genuine Espruino", { timeout: 36_000_000 }, () => {
  const { enc, mac, dek } = laboratoryTransportKeys(SERIAL);
  const install = { serial: SERIAL, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek };
  let flashes: Flashes;
  // What comes before a deed is no part of it, and takes no time on the engine fast.
  beforeAll(async () => {
    flashes = await prepareFlashes(fast);
  }, 600_000);

  const fast = async (flash?: Uint8Array) =>
    FastEngine.boot({ ...(await builtBundle()), install, flash, unixTime: flash === undefined ? NOW : LATER });
  const boot = async (flash: Uint8Array) =>
    McuEngine.boot({
      ...(await builtBundle()),
      ...(await rp2040Files()),
      install,
      flash,
      unixTime: LATER,
      speed: 0,
    });

  let cuts = 0;
  afterAll(() => console.log(`${cuts} cuts on the simulated RP2040, none with a bad outcome`));

  test.each(deeds)("$name is done or not done, wherever the power is cut", async ({ from, ...parts }) => {
    const deed = { ...parts, flash: flashes[from] };
    // In the middle of what the deed changes.
    const done = everyCut
      ? await cutEverywhere(boot, deed)
      : await cutOnce(boot, deed, Math.ceil((await operationsOf(fast, deed)) / 2));
    expect(done).toBeGreaterThan(0);
    cuts += done;
    console.log(`${deed.name}: ${done} cuts`);
  });
});
