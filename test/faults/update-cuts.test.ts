/** 0 bad outcomes over all the cut points of an update, on the engine fast. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../emulator/engine.ts";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import type { FirmwareRelease } from "../../host-tools/provisioning/update-firmware.ts";
import { builtBundle, PIN } from "../end-to-end/bank.ts";
import { digestOf, release } from "../end-to-end/newer-firmware.ts";
import { TEARS } from "./cut-points.ts";
import { opensBy, press } from "./deeds.ts";
import { issuedByCuts } from "./issued.ts";
import { cutUpdate, memory, updateThrough, versionOf } from "./update-cuts.ts";

const SERIAL = "OC-CUTS-0002";
/** Each cut of a whole image takes half a second, and there are more than two thousand. */
const every = process.env.OCHRE_EVERY_CUT !== undefined;

describe("an update", { timeout: 3_600_000 }, () => {
  /** It runs from a slot, as every token does that a board is. */
  let active: Uint8Array;
  let next: FirmwareRelease;
  /** Operations until the last one before the header, and all of them, the first start included. */
  let loaded = 0;
  let operations = 0;
  let cuts = 0;
  afterAll(() => console.log(`${cuts} cuts of an update, none with a bad outcome`));

  const boot = async (flash?: Uint8Array): Promise<Engine> => {
    const { enc, mac, dek } = laboratoryTransportKeys(SERIAL);
    const install = { serial: SERIAL, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek };
    const trustedFirmware = [await release("0.2.0"), await release("0.3.0")].map(digestOf);
    return FastEngine.boot({ ...(await builtBundle()), install, flash, unixTime: 2_000_000_600, trustedFirmware });
  };

  beforeAll(async () => {
    const engine = await boot(await issuedByCuts(SERIAL));
    await press(engine, "OK", ...PIN, "OK", ...PIN, "OK", "OFF");
    await updateThrough(engine, await release("0.2.0"));
    active = await engine.dumpFlash();
    next = await release("0.3.0");
    const before = (await engine.power()).flashOperations;
    const commands = Math.ceil(next.body.length / 236) + 5;
    await updateThrough(engine, next, async (command) => {
      if (command === commands - 1) loaded = (await engine.power()).flashOperations - before;
    });
    operations = (await engine.power()).flashOperations - before;
    expect(await versionOf(engine)).toBe("0.3.0");
    expect(memory(await engine.dumpFlash())).toEqual(memory(active));
    await engine.close();
  });

  test("is six operations after the last block: the header, the journal's three at a start, the header again, the old one's end", () => {
    expect(operations - loaded).toBe(6);
  });

  test("keeps the old firmware while the image is loaded, wherever the power is cut, and is done the next time", async () => {
    // All of them are alike but the first ones and the last; a small image has them all.
    const bad = '(function(){throw new Error("bad")})()';
    const image = every ? next : await release("0.3.0", { files: false, change: () => bad.padEnd(18 * 236) });
    const last = every ? loaded : 1_000;
    for (let operation = 1, reached = true; reached && operation <= last; operation++)
      for (const tear of every ? TEARS : [0.5]) {
        const { cut, version } = await cutUpdate(boot, active, image, { operation, tear });
        reached = cut;
        expect(version, `cut at operation ${operation}, torn by ${tear}`).toBe("0.2.0");
        if (cut) cuts++;
      }
    const half = await cutUpdate(boot, active, next, { operation: loaded >> 1, tear: 0.5 }, async (engine) => {
      await updateThrough(engine, next);
      expect(await versionOf(engine)).toBe("0.3.0");
      await opensBy(PIN)(engine);
    });
    expect(half).toMatchObject({ cut: true, version: "0.2.0" });
    cuts++;
  });

  test("ends with the new firmware once its header is whole, whatever is cut in its first start", async () => {
    for (let operation = loaded + 1; operation <= operations; operation++)
      for (const tear of every || operation === loaded + 1 ? TEARS : [0.5]) {
        const { cut, version } = await cutUpdate(boot, active, next, { operation, tear }, opensBy(PIN));
        expect(cut).toBe(true);
        const whole = operation > loaded + 1 || tear === 1;
        expect(version, `cut at operation ${operation} of ${operations}, torn by ${tear}`).toBe(
          whole ? "0.3.0" : "0.2.0",
        );
        cuts++;
      }
  });
});
