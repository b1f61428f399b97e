/** 0 bad outcomes over all the cut points of what a token does, on the engine fast. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { cutEverywhere, leftByCut, recordDeed, TEARS } from "./cut-points.ts";
import { deeds, type Flashes, LATER, prepareFlashes, SERIAL } from "./deeds.ts";
import { NOW } from "./desk.ts";
import { cutPoint, type FlashRecord, type Left } from "./flash-record.ts";
import { tryPins } from "./pin-tries.ts";

// The key service makes its seeds of this: what a token remembers after a cut can be compared.
vi.mock("node:crypto", async (original) => ({
  ...(await original<typeof import("node:crypto")>()),
  randomBytes: (size: number) => Buffer.alloc(size, 0x5e),
}));

const { enc, mac, dek } = laboratoryTransportKeys(SERIAL);

let flashes: Flashes;
beforeAll(async () => {
  flashes = await prepareFlashes((flash) => boot({ flash, unixTime: flash === undefined ? NOW : LATER }));
}, 60_000);

const boot = async (left: Partial<Left>) =>
  FastEngine.boot({
    ...(await builtBundle()),
    install: { serial: SERIAL, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek },
    ...left,
  });

const cuts: Record<string, number> = {};
afterAll(() => {
  const total = Object.values(cuts).reduce((sum, each) => sum + each, 0);
  const each = Object.entries(cuts).map(([name, count]) => `${name} ${count}`);
  console.log(`${total} cuts of the power, none with a bad outcome: ${each.join(", ")}`);
});

describe.each(deeds)("$name", { timeout: 300_000 }, ({ from, ...parts }) => {
  const deed = () => ({ ...parts, begins: { flash: flashes[from], unixTime: LATER } });
  let done: FlashRecord;
  beforeAll(async () => {
    done = await recordDeed(boot, deed());
  });

  test("is done or not done, wherever the power is cut", async () => {
    cuts[parts.name] = (await cutEverywhere(boot, deed(), done)).cuts;
  });

  test("leaves, cut on the way, what its record says: flash and clock", async () => {
    expect(done.operations.length).toBeGreaterThan(0);
    for (let operation = 1; operation <= done.operations.length; operation++)
      for (const tear of TEARS) {
        const [real, made] = [await leftByCut(boot, deed(), operation, tear), cutPoint(done, operation, tear)];
        expect(Buffer.compare(real.flash, made.flash), `operation ${operation}, torn by ${tear}`).toBe(0);
        expect(real.unixTime).toBe(made.unixTime);
      }
  });
});

test("wrong PINs with cuts in between never give one try more than the limit", { timeout: 300_000 }, async () => {
  const done = await tryPins(boot, { flash: flashes.active, unixTime: LATER }, { twice: true });
  console.log(`${done} cuts of a thief's wrong PINs, and no try more than the limit`);
});
