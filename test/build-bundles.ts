/** Builds every board's bundle once, before any test: what the tests run is what would be flashed. */
import { boards, buildBoard } from "../firmware/build/build.ts";

export default async function setup(): Promise<void> {
  for (const board of boards) await buildBoard(board);
}
