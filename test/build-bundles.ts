/** Builds every board's bundle once, before any test: what the tests run is what would be flashed. */
import { boards } from "../firmware/build/build.ts";
import { keptBoard } from "../firmware/build/kept.ts";

export default async function setup(): Promise<void> {
  for (const board of boards) await keptBoard(board);
}
