/** Another firmware for a token, on the genuine Espruino of a simulated RP2040, and the power cut on the way. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { IMAGE_HEADER_LENGTH } from "../../protocol/image/firmware-image.ts";
import { builtBundle, PIN } from "../end-to-end/bank.ts";
import { release } from "../end-to-end/newer-firmware.ts";
import { TEARS } from "../faults/cut-points.ts";
import { opensBy } from "../faults/deeds.ts";
import { issuedByCuts } from "../faults/issued.ts";
import { cutUpdate, memory, updateThrough, versionOf } from "../faults/update-cuts.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-MCU-UPDATE";
/** Milliseconds after which a host asks again: no command may take longer. */
const PATIENCE = 5000;
const SLOT = 98_304;
/** Every cut takes the simulator a minute. */
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

    const boot = async (flash: Uint8Array) =>
      McuEngine.boot({
        ...(await builtBundle()),
        ...(await rp2040Files()),
        install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) },
        flash,
        unixTime: 2_000_000_600,
        speed: 0,
      });

    beforeAll(async () => {
      const engine = await boot(await issuedByCuts(SERIAL));
      await engine.press(["OK", ...PIN, "OK", ...PIN, "OK", "OFF"]);
      active = await engine.dumpFlash();
      await engine.close();
    }, 600_000);

    test("runs in place from the other slot; no command takes longer than its host waits", async () => {
      const next = await release("0.2.0");
      const engine = await boot(active);
      try {
        const times: number[] = [];
        let last = engine.board.time;
        await updateThrough(engine, next, async () => {
          times.push(engine.board.time - last);
          last = engine.board.time;
          loaded = await engine.dumpFlash();
          // The last of them is the look at the token that has restarted.
          if (times.length === Math.ceil(next.body.length / 236) + 5) selectable.push(loaded);
        });
        expect(await versionOf(engine)).toBe("0.2.0");
        expect(memory(await engine.dumpFlash())).toEqual(memory(active));
        const blocks = times.slice(4, 4 + Math.ceil(next.body.length / 236)).sort((a, b) => a - b);
        const [median, slowest] = [blocks[blocks.length >> 1], blocks.at(-1)].map((ms) => Math.round(ms!));
        const total = Math.round(times.reduce((sum, ms) => sum + ms, 0) / 1000);
        console.log(`${blocks.length} blocks: ${median} ms each, ${slowest} ms the slowest; all in ${total} s`);
        expect(Math.max(...times)).toBeLessThan(PATIENCE);
        await opensBy(PIN)(engine);
      } finally {
        await engine.close();
      }
    });
    const selectable: Uint8Array[] = [];

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
      const engine = await boot(active);
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

    test("cut while a small image is loaded, keeps the old one whole", async () => {
      const bad = '(function(){throw new Error("bad")})()';
      const small = await release("0.2.0", { files: false, change: () => bad.padEnd(4 * 236) });
      const tears = every ? TEARS : [0.5];
      for (let operation = 1, reached = true; reached; operation++)
        for (const tear of tears) {
          const { cut, version } = await cutUpdate(boot, active, small, { operation, tear });
          expect(version).toBe("0.1.0");
          reached = cut;
          if (cut) cuts++;
        }
      expect(cuts).toBeGreaterThan(5);
    });
  },
);
