/** What a customer does, cut at every erase and program that the genuine Espruino of a simulated RP2040 asks its flash for. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { builtBundle, issuedFlash } from "../end-to-end/bank.ts";
import { cutEverywhere } from "../faults/cut-points.ts";
import { changeOfPin, firstPin, otherLanguage, timeCode, wrongPin } from "../faults/deeds.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-MCU-CUTS";

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("on a simulated RP2040 with a genuine Espruino", { timeout: 3_600_000 }, () => {
  let issued: Uint8Array;
  let active: Uint8Array;
  let cuts = 0;
  beforeAll(async () => {
    const engine = await boot(await issuedFlash(SERIAL, { pin: false }));
    // With the bundle in its Storage.
    issued = await engine.dumpFlash();
    await firstPin.perform(engine);
    active = await engine.dumpFlash();
    await engine.close();
  }, 600_000);
  afterAll(() => console.log(`${cuts} cuts on the simulated RP2040, none with a bad outcome`));

  const boot = async (flash: Uint8Array) =>
    McuEngine.boot({
      ...(await builtBundle()),
      ...(await rp2040Files()),
      install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) },
      flash,
      unixTime: 2_000_000_600,
      speed: 0,
    });

  const short = [
    { deed: wrongPin, of: () => active },
    { deed: otherLanguage, of: () => active },
  ];
  const long = [
    { deed: firstPin, of: () => issued },
    { deed: timeCode, of: () => active },
    { deed: changeOfPin, of: () => active },
  ];
  // Each cut boots a token, and the long ones take the better part of an hour.
  test.each(process.env.OCHRE_EVERY_CUT === undefined ? short : [...short, ...long])(
    "$deed.name is done or not done, wherever the power is cut",
    async ({ deed, of }) => {
      // What must hold afterwards is asked on the engine fast, where it takes no minutes; here the state tells.
      const done = await cutEverywhere(boot, { ...deed, holds: undefined, flash: of() });
      expect(done).toBeGreaterThan(0);
      cuts += done;
    },
  );
});
