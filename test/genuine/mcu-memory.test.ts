/** What a token takes of the interpreter's memory on its batteries: genuine Espruino on a simulated RP2040, no cable, no console. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle, issuedFlash, PIN } from "../end-to-end/bank.ts";
import { jsVarsInUse, withProbe } from "./jsvars.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-MEMORY";
/** JsVars, of 12,000: what is left is for flows, for the host's line, and for what computes. */
const STEADY = 2300;

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("the JsVars of an issued token without a cable", { timeout: 1_800_000 }, () => {
  let engine: McuEngine;
  beforeAll(async () => {
    const { bundle, manifest } = await builtBundle();
    engine = await McuEngine.boot({
      bundle,
      manifest: withProbe(manifest),
      ...(await rp2040Files()),
      install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) },
      flash: await issuedFlash(SERIAL),
      unixTime: 1_800_000_001,
      speed: 0,
    });
  }, 1_800_000);
  afterAll(() => engine?.close());

  const used = () => jsVarsInUse(engine);

  test("at its home screen, dark, and dark again after a code, they are at most 2,300", async () => {
    const home = await used();
    await engine.press(["OFF"]);
    const dark = await used();
    await engine.press(["OK", ...PIN, "OK"]);
    const menu = await used();
    await engine.press(["1"]);
    const code = await used();
    await engine.press(["OFF"]);
    const after = await used();
    console.log(`JsVars on batteries: home ${home}, dark ${dark}, menu ${menu}, code ${code}, dark again ${after}`);
    for (const steady of [home, dark, after]) expect(steady).toBeLessThanOrEqual(STEADY);
    // Nothing that a code took is left behind, but the places of what the journal got with it.
    expect(after).toBeLessThanOrEqual(dark + 25);
    expect(engine.board.faults).toEqual([]);
  });

  test("what a host needs goes when its cable does", async () => {
    const before = await used();
    await engine.send("\n");
    await engine.advance(500);
    const plugged = await used();
    await engine.advance(5000);
    const unplugged = await used();
    console.log(`JsVars: without a cable ${before}, with one ${plugged}, without it again ${unplugged}`);
    expect(plugged).toBeGreaterThan(before);
    expect(unplugged).toBeLessThanOrEqual(before + 10);
  });
});
