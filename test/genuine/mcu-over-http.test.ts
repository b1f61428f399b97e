/** What anybody can ask over HTTP of a token on a simulated RP2040 with a genuine Espruino. */
import { bootEngine } from "../../emulator/testing/engine.ts";
import { fixtureInstallation } from "../../emulator/testing/token.ts";
import { describeOverHttp, NOW, SERIAL } from "../end-to-end/over-http.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const install = { ...fixtureInstallation, serial: SERIAL };

describeOverHttp("mcu", {
  supplied: rp2040Supplied,
  boot: async () => bootEngine({ engine: "mcu", ...(await rp2040Files()), port: false, unixTime: NOW, install }),
  advances: true,
  dumpsWithPower: true,
});
