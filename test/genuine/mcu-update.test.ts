/**
 * Another firmware for a token, on the genuine Espruino of a simulated RP2040, and the power cut on the way: by itself a run cuts it at one
 * operation of its blocks and in its first start, with OCHRE_EVERY_CUT=1 at each, before it, within it and after it.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { IMAGE_HEADER_LENGTH } from "../../protocol/image/firmware-image.ts";
import { builtBundle, PIN } from "../end-to-end/bank.ts";
import { release } from "../end-to-end/newer-firmware.ts";
import { leftByCut, recordDeed, TEARS } from "../faults/cut-points.ts";
import { opensBy } from "../faults/deeds.ts";
import { cutPoint, type FlashRecord, type Left, record } from "../faults/flash-record.ts";
import { issuedByCuts } from "../faults/issued.ts";
import { differentCuts, memory, updateDeed, updateThrough, versionAfter, versionOf } from "../faults/update-cuts.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-MCU-UPDATE";
/** Milliseconds after which a host asks again: no command may take longer. */
const PATIENCE = 5000;
const SLOT = 98_304;
const NOW = 2_000_000_600;
/** There are more than a thousand, and each takes a boot. */
const every = process.env.OCHRE_EVERY_CUT !== undefined;

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)(
  "an update on a simulated RP2040 with a genuine Espruino",
  { timeout: 7_200_000 },
  () => {
    let active: Uint8Array;
    /** All of the new image is there but its header. */
    let loaded: Uint8Array;
    let cuts = 0;
    afterAll(() => console.log(`${cuts} cuts of an update on the simulated RP2040, none with a bad outcome`));

    const boot = async (left: Partial<Left>) =>
      McuEngine.boot({
        ...(await builtBundle()),
        ...(await rp2040Files()),
        install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) },
        unixTime: NOW,
        speed: 0,
        ...left,
      });

    beforeAll(async () => {
      const engine = await boot({ flash: await issuedByCuts(SERIAL) });
      await engine.press(["OK", ...PIN, "OK", ...PIN, "OK", "OFF"]);
      active = await engine.dumpFlash();
      await engine.close();
    }, 600_000);

    test("runs in place from the other slot; no command takes longer than its host waits", async () => {
      const next = await release("0.2.0");
      const engine = await boot({ flash: active });
      try {
        const times: number[] = [];
        let last = engine.board.time;
        const commands = Math.ceil(next.body.length / 236) + 5;
        const { flashOperations } = await engine.power();
        const look = async (command: number) => {
          times.push(engine.board.time - last);
          last = engine.board.time;
          loaded = await engine.dumpFlash();
          // The last of them is the look at the token that has restarted.
          if (command === commands - 1) {
            selectable.push(loaded);
            blocks = (await engine.power()).flashOperations - flashOperations;
          }
        };
        done = await record(engine, () => updateThrough(engine, next, look));
        expect(await versionOf(engine)).toBe("0.2.0");
        expect(memory(await engine.dumpFlash())).toEqual(memory(active));
        const loads = times.slice(4, 4 + Math.ceil(next.body.length / 236)).sort((a, b) => a - b);
        const [median, slowest] = [loads[loads.length >> 1], loads.at(-1)].map((ms) => Math.round(ms!));
        const total = Math.round(times.reduce((sum, ms) => sum + ms, 0) / 1000);
        console.log(`${loads.length} blocks: ${median} ms each, ${slowest} ms the slowest; all in ${total} s`);
        expect(Math.max(...times)).toBeLessThan(PATIENCE);
        await opensBy(PIN)(engine);
      } finally {
        await engine.close();
      }
    });
    const selectable: Uint8Array[] = [];
    let done: FlashRecord;
    /** Operations until all the blocks are there. */
    let blocks = 0;

    test("cut at any operation, keeps the old image until the new one's header is whole, and has the new one from then on", async () => {
      const operations = done.operations.length;
      expect(operations - blocks).toBeGreaterThan(1);
      const spans = every ? [[1, operations]] : [[blocks >> 1, blocks >> 1]];
      let boots = 0;
      for (const [first, last] of spans)
        for (const point of differentCuts(done, first, last, every ? TEARS : [0.5])) {
          const { operation, tear } = point;
          const settled = operation > blocks;
          const version = await versionAfter(boot, point, active, settled ? opensBy(PIN) : undefined);
          const whole = operation > blocks + 1 || (operation === blocks + 1 && tear === 1);
          expect(version, `cut at operation ${operation} of ${operations}, torn by ${tear}`).toBe(
            whole ? "0.2.0" : "0.1.0",
          );
          boots++;
        }
      cuts += boots;
      console.log(`${operations} operations, ${boots} different tokens after their cuts`);
    });

    test("starts with the old image while the header is torn, with the new one once it is whole, also if that start is cut", async () => {
      const { header } = await release("0.2.0");
      const before = selectable[0];
      const page = Buffer.from(before).indexOf(Buffer.from("OCHRE images"));
      const at = Math.ceil(page / 4096) * 4096 + SLOT;
      expect(before.subarray(at, at + IMAGE_HEADER_LENGTH).every((byte) => byte === 0xff)).toBe(true);
      const withHeader = (cleared: (bit: number) => boolean) => {
        const flash = before.slice();
        for (let bit = 0; bit < 8 * IMAGE_HEADER_LENGTH; bit++)
          if (((header[bit >> 3] >> (bit & 7)) & 1) === 0 && cleared(bit)) flash[at + (bit >> 3)] &= ~(1 << (bit & 7));
        return flash;
      };
      const engine = await boot({ flash: active });
      const starts = async (flash: Uint8Array, operation = 0, tear = 0) => {
        await engine.powerOff();
        await engine.loadFlash(flash);
        await engine.cutAtFlashOperation(operation, tear);
        await engine.powerOn();
        if (operation > 0) {
          expect((await engine.power()).on, `operation ${operation} is reached`).toBe(false);
          await engine.powerOn();
        }
        expect(memory(await engine.dumpFlash())).toEqual(memory(active));
        cuts++;
        return versionOf(engine);
      };
      try {
        for (const torn of [
          () => false,
          (bit: number) => bit % 3 === 0,
          (bit: number) => bit < 150,
          (bit: number) => bit > 40,
        ])
          expect(await starts(withHeader(torn))).toBe("0.1.0");
        const whole = withHeader(() => true);
        // The journal's own operations come first in a start, then the header once more and the other one's end.
        const uncut = (await engine.power()).flashOperations;
        expect(await starts(whole)).toBe("0.2.0");
        const operations = (await engine.power()).flashOperations - uncut;
        for (let operation = 1; operation <= Math.min(operations, 4); operation++)
          for (const tear of every ? TEARS : [0.5]) expect(await starts(whole, operation, tear)).toBe("0.2.0");
      } finally {
        await engine.close();
      }
    });

    test("leaves, cut while it is loaded, what its record says", async () => {
      const bad = '(function(){throw new Error("bad")})()';
      const small = updateDeed(
        { flash: active, unixTime: NOW },
        await release("0.2.0", { files: false, change: () => bad.padEnd(4 * 236) }),
      );
      const uncut = await recordDeed(boot, { ...small, perform: (engine) => small.perform(engine).catch(() => {}) });
      for (const operation of [2, uncut.operations.length - 3]) {
        const real = await leftByCut(boot, small, operation, 0.5);
        const made = cutPoint(uncut, operation, 0.5);
        expect(Buffer.compare(real.flash, made.flash), `operation ${operation}`).toBe(0);
      }
    });
  },
);
