/**
 * What is done with a token, cut at each erase and program that the genuine Espruino of a simulated RP2040 asks its flash for, with the
 * machine code of the bundle that is shipped. By itself a run cuts each deed at one operation, before it, within it and after it; with
 * OCHRE_EVERY_CUT=1 at each. `-t NAME` picks a deed.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { cutEverywhere, cutOnce, leftByCut, recordDeed } from "../faults/cut-points.ts";
import { deeds, type Flashes, LATER, prepareFlashes, SERIAL } from "../faults/deeds.ts";
import { NOW } from "../faults/desk.ts";
import { cutPoint, type Left } from "../faults/flash-record.ts";
import { tryPins } from "../faults/pin-tries.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

// The key service makes its seeds of this: what a token remembers after a cut can be compared.
vi.mock("node:crypto", async (original) => ({
  ...(await original<typeof import("node:crypto")>()),
  randomBytes: (size: number) => Buffer.alloc(size, 0x5e),
}));

const everyCut = process.env.OCHRE_EVERY_CUT !== undefined;

/** Deeds of the customer and of the desk whose records are held against cuts of a running token, at these operations. */
const compared: Record<string, [operation: number, tear: number][]> = {
  "a time code": [
    [1, 1],
    [3, 0.5],
    [6, 0.5],
  ],
  "a key rotation": [[5, 0.5]],
  "a change that moves the journal to its other bank": [
    [1, 0.5],
    [3, 0],
  ],
};

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("on a simulated RP2040 with a genuine Espruino", { timeout: 36_000_000 }, () => {
  const { enc, mac, dek } = laboratoryTransportKeys(SERIAL);
  const install = { serial: SERIAL, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek };
  let flashes: Flashes;
  // What comes before a deed is no part of it, and takes no time on the engine fast.
  beforeAll(async () => {
    flashes = await prepareFlashes(async (flash) =>
      FastEngine.boot({ ...(await builtBundle()), install, flash, unixTime: flash === undefined ? NOW : LATER }),
    );
  }, 600_000);

  const boot = async (left: Left) =>
    McuEngine.boot({ ...(await builtBundle()), ...(await rp2040Files()), install, speed: 0, ...left });
  const deedOf = ({ from, ...parts }: (typeof deeds)[number]) => ({
    ...parts,
    begins: { flash: flashes[from], unixTime: LATER },
  });

  let cuts = 0;
  afterAll(() => console.log(`${cuts} cuts on the simulated RP2040, none with a bad outcome`));

  test.each(deeds)("$name is done or not done, wherever the power is cut", async (from) => {
    const deed = deedOf(from);
    const done = everyCut ? await cutEverywhere(boot, deed) : { cuts: await cutOnce(boot, deed), boots: 3 };
    expect(done.cuts).toBeGreaterThan(0);
    cuts += done.cuts;
    console.log(`${deed.name}: ${done.cuts} cuts, ${done.boots} different tokens after them`);
  });

  test("wrong PINs with cuts in between never give one try more than the limit", async () => {
    cuts += await tryPins(boot, { flash: flashes.active, unixTime: LATER }, { twice: everyCut });
  });

  test.each(deeds.filter(({ name }) => name in compared))(
    "$name leaves, cut on the way, what its record says",
    async (from) => {
      const deed = deedOf(from);
      const done = await recordDeed(boot, deed);
      for (const [operation, tear] of compared[deed.name]) {
        const real = await leftByCut(boot, deed, operation, tear);
        const made = cutPoint(done, operation, tear);
        expect(Buffer.compare(real.flash, made.flash), `operation ${operation}, torn by ${tear}`).toBe(0);
        // A press ends where the wall clock let the simulator look, a few milliseconds sooner or later.
        expect(real.unixTime).toBeCloseTo(made.unixTime!, 1);
      }
    },
  );
});
