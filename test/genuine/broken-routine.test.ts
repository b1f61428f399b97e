/** A token whose machine code has broken since its PIN was set, at rest or while it runs, on the genuine Espruino of a simulated RP2040. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { codeOf } from "../../emulator/testing/capture.ts";
import { routines } from "../../firmware/crypto/routines.part.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle, issuedFlash, PIN } from "../end-to-end/bank.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-BROKEN-1";

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("a bit of a routine that flipped in flash", { timeout: 300_000 }, () => {
  let engine: McuEngine;
  /** Where the machine code lies in flash. */
  let native = 0;
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
    native = Buffer.from(await engine.dumpFlash()).indexOf(Buffer.from(built.manifest.files["ochre.nat"], "base64"));
  }, 300_000);
  afterAll(() => engine?.close());

  /** One bit of a routine's byte, the other way or back. */
  const flip = (name: keyof ReturnType<typeof routines>, byte: number, bit: number) =>
    engine.flipFlashBits([(native + routines()[name].at + byte) * 8 + bit]);

  const screen = async () => (await engine.screen()).lines.map((line) => line.text.trim()).join("\n");

  test("while the token runs, is found before the next key: what was asked for works by another provider", async () => {
    // A time code of SHA-256; the first instruction of SHA-1, and one in the midst of AES.
    await flip("sha1", 0, 4);
    await flip("aes128", 900, 1);
    await engine.press(["OK", "MENU", "OK", "2"]);
    expect(await screen()).toBe("Self-test failed\nthumb 256 512\nscript 1 AES\n");
    await engine.press(["OK", "OK", ...PIN, "OK", "1"]);
    codeOf(await engine.screen());
    await engine.press(["OFF"]);
  });

  test("while the token runs, in what PINs go through: no try is counted, and the self-test comes back", async () => {
    // Called, it would never return.
    await flip("sha256", 0, 4);
    await engine.press(["OK", ...PIN, "OK"]);
    expect(await screen()).toContain("Self-test failed\nTake it to your bank");
    await engine.press(["OK", "OK", "MENU"]);
    expect(await screen()).toContain("Tries left: 5");
    await engine.press(["OK", "2"]);
    expect(await screen()).toBe("Self-test failed\nthumb 512\nscript 1 256 AES\n");
  });

  test("after a boot that found all well, is found by the self-test before it calls anything", async () => {
    await engine.powerOff();
    for (const [name, byte, bit] of [
      ["sha1", 0, 4],
      ["aes128", 900, 1],
      ["sha256", 0, 4],
    ] as const)
      await flip(name, byte, bit);
    await engine.powerOn();
    await engine.press(["MENU"]);
    await flip("sha256", 0, 4);
    await engine.press(["OK", "2"]);
    expect(await screen()).toBe("Self-test failed\nthumb 1 512 AES\nscript 256\n");
    await flip("sha256", 0, 4);
  });

  test("is found at boot before the routine is called: another provider computes, and the self-test says which", async () => {
    await engine.powerOff();
    await flip("sha256", 700, 3);
    await engine.powerOn();
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
