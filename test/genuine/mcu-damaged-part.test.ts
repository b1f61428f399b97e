/** What a token needs while a host talks to it lies packed in its flash, where a bit may change in years: genuine Espruino on a simulated RP2040. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle, issuedFlash, PIN } from "../end-to-end/bank.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-DAMAGED";
/** Twice the time that it stays lit. */
const LONG = 60_000;

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
test.skipIf(!rp2040Supplied)(
  "a token whose part for hosts is damaged says so when it is plugged in, goes dark again, and gives its customer codes",
  { timeout: 600_000 },
  async () => {
    const { bundle, manifest } = await builtBundle();
    const at = bundle.length - 9;
    const damaged = bundle.slice(0, at) + String.fromCharCode(bundle.charCodeAt(at) ^ 1) + bundle.slice(at + 1);
    const engine = await McuEngine.boot({
      bundle: damaged,
      manifest: { ...manifest, sha256: createHash("sha256").update(damaged, "latin1").digest("hex") },
      ...(await rp2040Files()),
      install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) },
      flash: await issuedFlash(SERIAL),
      unixTime: 1_800_000_001,
      speed: 0,
    });
    const lines = async () => (await engine.screen()).lines.map(({ text }) => text.trim()).join("|");
    await engine.press(["OFF"]);
    await engine.send("\n");
    expect((await engine.screen()).on).toBe(true);
    expect(await lines()).toContain("The device is faulty|Take it to your bank");
    await engine.advance(LONG);
    expect((await engine.screen()).on).toBe(false);
    await engine.press(["OK", ...PIN, "OK", "1"]);
    expect(await lines()).toMatch(/\d{4} \d{4}/);
    expect(engine.board.faults).toEqual([]);
    await engine.close();
  },
);
