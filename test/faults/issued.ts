/** The flash of a token that the bank of the cuts has issued. */
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { personalise } from "../../host-tools/provisioning/personalise.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { bankKeys } from "../end-to-end/personalised.ts";
import { openLine } from "./update-cuts.ts";

export async function issuedByCuts(serial: string, unixTime = 2_000_000_000): Promise<Uint8Array> {
  const { enc, mac, dek } = laboratoryTransportKeys(serial);
  const install = { serial, keyVersion: LABORATORY_KEY_VERSION, enc, mac, dek };
  const engine = await FastEngine.boot({ ...(await builtBundle()), install, unixTime });
  const { transport, clock, close } = openLine(engine);
  const keys = bankKeys();
  try {
    const now = () => unixTime * 1000 + clock.now();
    await personalise(transport, keys, { clock: { ...clock, now } });
    return await engine.dumpFlash();
  } finally {
    keys.close();
    await close();
    await engine.close();
  }
}
