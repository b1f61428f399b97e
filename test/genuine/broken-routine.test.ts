/** A token whose machine code has broken since its PIN was set, on the genuine Espruino of a simulated RP2040. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { routines } from "../../firmware/crypto/routines.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle, issuedFlash, PIN } from "../end-to-end/bank.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-BROKEN-1";

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("a bit of a routine that flipped in flash", { timeout: 300_000 }, () => {
  let engine: McuEngine;
  beforeAll(async () => {
    const built = await builtBundle();
    const keys = laboratoryTransportKeys(SERIAL);
    engine = await McuEngine.boot({
      ...built,
      ...(await rp2040Files()),
      install: { serial: SERIAL, ...keys },
      flash: await issuedFlash(SERIAL, { pin: false }),
      unixTime: 1_800_000_001,
      speed: 0,
    });
    await engine.press(["OK", ...PIN, "OK", ...PIN, "OK"]);
    expect(await screen()).toContain("PIN is set");
    await engine.powerOff();
    const native = Buffer.from(built.manifest.files["ochre.nat"], "base64");
    const flash = await engine.dumpFlash();
    const at = Buffer.from(flash).indexOf(native) + routines.sha256.at + 700;
    await engine.flipFlashBits([at * 8 + 3]);
    await engine.powerOn();
  }, 300_000);
  afterAll(() => engine?.close());

  const screen = async () => (await engine.screen()).lines.map((line) => line.text.trim()).join("\n");

  test("is found before the routine is called: another provider computes, and the self-test says which", async () => {
    await engine.press(["MENU", "OK", "2"]);
    expect(await screen()).toBe("Self-test failed\nthumb 1 512 AES\nscript 256\n");
    await engine.press(["OK"]);
  });

  test("lets no PIN be tried, and counts no try", async () => {
    await engine.press(["OK", ...PIN, "OK"]);
    expect(await screen()).toContain("Self-test failed\nTake it to your bank");
    await engine.press(["OK", "OK", "MENU"]);
    expect(await screen()).toContain("Tries left: 5");
  });
});
