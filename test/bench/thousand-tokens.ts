/** A thousand tokens of their own in one process; tells by message what memory the process takes, in bytes. */
import { readBuilt } from "../../emulator/built.ts";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { fixtureInstallation } from "../../emulator/testing/token.ts";

const built = await readBuilt("pico-keypad");
const tokens: FastEngine[] = [];
for (let i = 0; i < 1000; i++) {
  const install = { ...fixtureInstallation, serial: `OC-${i}` };
  tokens.push(await FastEngine.boot({ ...built, install, seed: i, unixTime: 1_800_000_000 }));
}
// Each has been used, so nothing is left to be made later.
for (const token of tokens) await token.press(["MENU", "CLEAR"]);
process.send!({ bytes: process.memoryUsage().rss, tokens: tokens.length });
process.disconnect();
