/** The bundle that a command runs: in a checkout as its sources are now, in an installed package as it came. */
import { readBuilt } from "../../emulator/built.ts";
import type { Manifest } from "../../emulator/machine/manifest.ts";
import { buildBoard } from "../../firmware/build/build.ts";
import { packed } from "../../firmware/build/sources.ts";

export function boardBundle(board: string): Promise<{ bundle: string; manifest: Manifest }> {
  return packed ? readBuilt(board) : buildBoard(board);
}
