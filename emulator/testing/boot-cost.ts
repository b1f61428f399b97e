/**
 * What a cold boot costs the machine that runs the emulator, for the benchmarks. A boot is a new engine over an installed flash, from
 * nothing until its first picture has been read. What a process does once is left out: Node's own start, loading the emulator's modules,
 * reading the bundle from the disk. It is told in milliseconds of the processor's time, which other programs take less of than of the
 * clock's on the wall.
 */
import { readBuilt } from "../built.ts";
import { FastEngine } from "../fast/fast-engine.ts";
import { fixtureInstallation } from "./token.ts";

const BOARD = "pico-keypad";

/** Milliseconds of this thread's processor time that the work takes. */
export async function processorMilliseconds(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1];
}

/** The flash that boots are measured over. */
export async function installedFlash(): Promise<Uint8Array> {
  const engine = await FastEngine.boot({ ...(await readBuilt(BOARD)), install: fixtureInstallation });
  return engine.dumpFlash();
}

/** One boot, in milliseconds. */
export async function bootMilliseconds(flash: Uint8Array): Promise<number> {
  const built = await readBuilt(BOARD);
  let on = false;
  const milliseconds = await processorMilliseconds(async () => {
    const engine = await FastEngine.boot({ ...built, install: fixtureInstallation, flash });
    ({ on } = await engine.screen());
  });
  if (!on) throw new Error("a token that should show something is dark");
  return milliseconds;
}
