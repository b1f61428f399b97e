/** What a token holds of the interpreter's memory while it lives on its batteries: without a cable, without a console. */
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { bootToken } from "../../emulator/testing/token.ts";
import { keysFor } from "../../emulator/testing/typed-keys.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { personaliseToken } from "../end-to-end/personalised.ts";
import { jsVarsInUse, withProbe } from "../genuine/jsvars.ts";
import type { Figures } from "./device-figures.ts";
import { CREDENTIALS, PIN, type ScreensStart, SERIAL, UNIX_TIME } from "./device-screens.ts";

/** A token in its customer's hand, at its home screen and with its menu open. */
export async function memoryFigures({ image, bootrom, bundle, manifest, onProgress }: ScreensStart) {
  const install = { serial: SERIAL, ...laboratoryTransportKeys(SERIAL, manifest.model) };
  const pin = [...PIN].flatMap((digit) => keysFor(manifest, digit));
  const token = await bootToken({ bundle, manifest, install, port: false });
  await personaliseToken(token, UNIX_TIME, { credentials: CREDENTIALS });
  token.press("OK", ...pin, "OK", ...pin, "OK");
  const engine = await McuEngine.boot({
    image,
    bootrom,
    bundle,
    manifest: withProbe(manifest),
    install,
    flash: token.machine.flashDump(),
    onProgress,
    speed: 0,
  });
  try {
    const varsHome = await jsVarsInUse(engine);
    await engine.press(["OK", ...pin, "OK"]);
    const shown = (await engine.screen()).lines.map(({ text }) => text).join("\n");
    if (!shown.includes("Choose a code")) throw new Error(`the PIN does not open the menu: ${shown}`);
    return { varsHome, varsOpen: await jsVarsInUse(engine) } satisfies Partial<Figures>;
  } finally {
    await engine.close();
  }
}
