/** The JsVars that a token on the engine mcu has in use, told without a console and so without a cable. */
import type { McuEngine } from "../../emulator/mcu/mcu-engine.ts";

/** RAM that nobody uses: the stack of the second core. */
const PLACE = 0x20040400;
const RAM = 0x20000000;
const PROBE_MS = 100;
/** Tells the JsVars in use, after the interpreter has collected what is garbage; a dozen of them are its own. */
const PROBE = `setInterval(function(){poke32(${PLACE},process.memory().usage)},${PROBE_MS});`;

/** For the boot of a token that is asked. */
export const withProbe = <Boots extends { bootFile: string }>(manifest: Boots): Boots => ({
  ...manifest,
  // Before the loop that tries the images: behind it, the interpreter does not come to it.
  bootFile: manifest.bootFile.replace("/**/", `/**/${PROBE}`),
});

/** @throws Error where the probe has not run */
export async function jsVarsInUse(engine: McuEngine): Promise<number> {
  await engine.advance(3 * PROBE_MS);
  const { ram } = engine.board;
  const used = new DataView(ram.buffer, ram.byteOffset).getUint32(PLACE - RAM, true);
  if (used === 0) throw new Error("the boot file has no probe for the interpreter's memory, or it has not run");
  return used;
}
