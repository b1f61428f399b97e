/** The bundles that `ochre build` made. */
import { readdir, readFile } from "node:fs/promises";
import type { Manifest } from "./machine/manifest.ts";

const folder = new URL("../build/", import.meta.url);

/** @throws Error that says how to build what is missing */
export async function readBuilt(board: string): Promise<{ bundle: string; manifest: Manifest }> {
  try {
    // Latin-1: one byte a character, as on the board.
    const bundle = await readFile(new URL(`${board}.js`, folder), "latin1");
    const manifest = JSON.parse(await readFile(new URL(`${board}.json`, folder), "utf8")) as Manifest;
    return { bundle, manifest };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const boards = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json"));
    const known = boards.map((name) => name.slice(0, -".json".length)).join(", ") || "none";
    throw new Error(
      `there is no built bundle for board ${JSON.stringify(board)}, only for: ${known}. In a checkout, "ochre build --board ${board}" makes it`,
    );
  }
}
