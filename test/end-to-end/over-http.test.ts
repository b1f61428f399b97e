/** The requests on the engine `fast`; `test/genuine` has them on the others. */
import { bootEngine } from "../../emulator/testing/engine.ts";
import { fixtureInstallation } from "../../emulator/testing/token.ts";
import { describeOverHttp, NOW, SERIAL } from "./over-http.ts";

describeOverHttp("fast", {
  boot: () => bootEngine({ port: false, unixTime: NOW, install: { ...fixtureInstallation, serial: SERIAL } }),
  advances: true,
  dumpsWithPower: true,
});
