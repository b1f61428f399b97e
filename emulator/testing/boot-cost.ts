/** What a cold boot costs the machine that runs the emulator: for the benchmarks. */
import { readBuilt } from "../built.ts";
import { Machine } from "../machine/machine.ts";
import { fixtureInstallation } from "./token.ts";

/**
 * Median wall-clock milliseconds of a cold boot: a new machine over an installed flash, from nothing to the first picture.
 * @param runs how many boots to measure, after two that warm the engine up
 */
export async function bootMilliseconds(board = "pico-keypad", runs = 21): Promise<number> {
  const { bundle, manifest } = await readBuilt(board);
  const first = new Machine({ bundle, manifest, install: fixtureInstallation });
  first.powerOn();
  const flash = first.flashDump();
  const times: number[] = [];
  for (let run = -2; run < runs; run++) {
    const start = performance.now();
    const machine = new Machine({ bundle, manifest, flash });
    machine.powerOn();
    if (run >= 0) times.push(performance.now() - start);
  }
  times.sort((one, other) => one - other);
  return times[runs >> 1];
}
