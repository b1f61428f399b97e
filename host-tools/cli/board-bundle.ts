/** The bundle that a command runs: in a checkout as its sources are now, in an installed package as it came. */
import { readBuilt } from "../../emulator/built.ts";
import { keptBoard } from "../../firmware/build/kept.ts";
import type { Manifest } from "../../firmware/build/manifest.ts";
import { packed } from "../../firmware/build/sources.ts";

export async function boardBundle(board: string): Promise<{ bundle: string; manifest: Manifest }> {
  if (!packed) return keptBoard(board);
  const { bundle, manifest } = await readBuilt(board);
  // The emulator reads a part of what the build wrote.
  return { bundle, manifest: manifest as Manifest };
}
