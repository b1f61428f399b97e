/** What anybody can ask over HTTP of a token on a genuine Espruino for Linux. */
import { bootEngine } from "../../emulator/testing/engine.ts";
import { fixtureInstallation } from "../../emulator/testing/token.ts";
import { describeOverHttp, NOW, SERIAL } from "../end-to-end/over-http.ts";
import { interpreter } from "./interpreter.ts";

const install = { ...fixtureInstallation, serial: SERIAL };

describeOverHttp("espruino", {
  supplied: interpreter !== undefined,
  boot: () => bootEngine({ engine: "espruino", espruino: interpreter, port: false, unixTime: NOW, install }),
  advances: false,
  dumpsWithPower: false,
});
