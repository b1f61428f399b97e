/** The page without a server, with a token in it as it leaves the factory. */
import { readBuilt } from "../../emulator/built.ts";
import { buildPage } from "../../emulator/web/build.ts";
import type { PageTokens } from "../../emulator/web/embedded.ts";
import { writeTokenPage } from "../../emulator/web/token-page.ts";

/** GlobalPlatform's published test key, three times. */
const KEY = "404142434445464748494a4b4c4d4e4f";
const TOKEN: PageTokens = {
  serial: "OC-DEMO-0001",
  stage: "factory",
  install: { keyVersion: 1, enc: KEY, mac: KEY, dek: KEY },
};

export async function factoryPage(folder: string, board = "pico-keypad"): Promise<void> {
  await buildPage("in-page", folder);
  await writeTokenPage(folder, folder, { ...(await readBuilt(board)), tokens: TOKEN });
}
