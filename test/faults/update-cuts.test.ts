/** 0 bad outcomes over all the cut points of an update, on the engine fast. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import type { FirmwareRelease } from "../../host-tools/provisioning/update-firmware.ts";
import { builtBundle, PIN } from "../end-to-end/bank.ts";
import { digestOf, release } from "../end-to-end/newer-firmware.ts";
import { leftByCut, recordDeed, TEARS } from "./cut-points.ts";
import { opensBy, press } from "./deeds.ts";
import { cutAtEnd, cutPoint, type FlashRecord, type Left } from "./flash-record.ts";
import { issuedByCuts } from "./issued.ts";
import { differentCuts, memory, updateDeed, updateThrough, versionAfter, versionOf } from "./update-cuts.ts";

const SERIAL = "OC-CUTS-0002";
/** There are more than a thousand, and each takes a boot. */
const every = process.env.OCHRE_EVERY_CUT !== undefined;

describe("an update", { timeout: 3_600_000 }, () => {
  /** It runs from a slot, as every token does that a board is. */
  let begins: Left;
  let next: FirmwareRelease;
  let done: FlashRecord;
  /** Operations until the last one before the header, and all of them, the first start included. */
  let loaded = 0;
  let operations = 0;
  let cuts = 0;
  afterAll(() => console.log(`${cuts} cuts of an update, none with a bad outcome`));

  let trustedFirmware: string[];
  const boot = async (left: Partial<Left>) => {
    const { enc, mac, dek } = laboratoryTransportKeys(SERIAL);
    const install = { serial: SERIAL, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek };
    return FastEngine.boot({ ...(await builtBundle()), install, unixTime: 2_000_000_600, trustedFirmware, ...left });
  };

  beforeAll(async () => {
    next = await release("0.3.0");
    const current = await release("0.2.0");
    trustedFirmware = [current, next].map(digestOf);
    const engine = await boot({ flash: await issuedByCuts(SERIAL) });
    await press(engine, "OK", ...PIN, "OK", ...PIN, "OK", "OFF");
    await updateThrough(engine, current);
    begins = { flash: await engine.dumpFlash(), unixTime: 2_000_000_600 };
    await engine.close();
    const commands = Math.ceil(next.body.length / 236) + 5;
    let before = 0;
    done = await recordDeed(
      boot,
      updateDeed(begins, next, async (token, command) => {
        const { flashOperations } = await token.power();
        if (command === 0) before = flashOperations;
        if (command === commands - 1) loaded = flashOperations - before;
      }),
    );
    operations = done.operations.length;
    expect(memory(done.left.flash)).toEqual(memory(begins.flash));
    expect(await versionAfter(boot, cutAtEnd(done), begins.flash)).toBe("0.3.0");
  });

  test("is six operations after the last block: the header, the journal's three at a start, the header again, the old one's end", () => {
    expect(operations - loaded).toBe(6);
  });

  test("keeps the old firmware while the image is loaded, wherever the power is cut, and is done the next time", async () => {
    // All of them are alike but the first ones and the last.
    const edges = [
      [1, 20],
      [loaded - 10, loaded],
    ];
    for (const [first, last] of every ? [[1, loaded]] : edges)
      for (const point of differentCuts(done, first, last, TEARS)) {
        const { operation, tear } = point;
        expect(await versionAfter(boot, point, begins.flash), `cut at operation ${operation}, torn by ${tear}`).toBe(
          "0.2.0",
        );
        cuts++;
      }
    const version = await versionAfter(boot, cutPoint(done, loaded >> 1, 0.5), begins.flash, async (engine) => {
      await updateThrough(engine, next);
      expect(await versionOf(engine)).toBe("0.3.0");
      await opensBy(PIN)(engine);
    });
    expect(version).toBe("0.2.0");
    cuts++;
  });

  test("leaves, cut on the way, what its record says: flash and clock", async () => {
    const bad = '(function(){throw new Error("bad")})()';
    const small = updateDeed(begins, await release("0.3.0", { files: false, change: () => bad.padEnd(18 * 236) }));
    const record = await recordDeed(boot, { ...small, perform: (engine) => small.perform(engine).catch(() => {}) });
    for (let operation = 1; operation <= record.operations.length; operation++) {
      const [real, made] = [await leftByCut(boot, small, operation, 0.5), cutPoint(record, operation, 0.5)];
      expect(Buffer.compare(real.flash, made.flash), `operation ${operation}`).toBe(0);
      expect(real.unixTime).toBe(made.unixTime);
    }
    expect(record.operations.length).toBeGreaterThan(20);
  });

  test("ends with the new firmware once its header is whole, whatever is cut in its first start", async () => {
    for (const point of differentCuts(done, loaded + 1, operations, TEARS)) {
      const { operation, tear } = point;
      const whole = operation > loaded + 1 || tear === 1;
      expect(
        await versionAfter(boot, point, begins.flash, opensBy(PIN)),
        `cut at operation ${operation} of ${operations}, torn by ${tear}`,
      ).toBe(whole ? "0.3.0" : "0.2.0");
      cuts++;
    }
  });
});
