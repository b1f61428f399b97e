/** What a test measured, for the table at the end of a run. */
import type { ProfileRow } from "../../emulator/mcu/profile.ts";

declare module "vitest" {
  interface TaskMeta {
    /** Screens, with their milliseconds and cycles on the simulated chip. */
    measured?: ProfileRow[];
  }
}

/** Hands over what a test measured, behind what it measured before. */
export function measured(task: { meta: { measured?: ProfileRow[] } }, rows: ProfileRow[]): void {
  task.meta.measured = [...(task.meta.measured ?? []), ...rows];
}
