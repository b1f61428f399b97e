/** The bundles that `ochre build` made. */
import { readFile } from "node:fs/promises";
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
    throw new Error(
      `there is no built bundle for board ${JSON.stringify(board)}: run "ochre build --board ${board}" first`,
    );
  }
}
