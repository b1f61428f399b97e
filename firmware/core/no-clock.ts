/** In place of `clock-guard.ts` on a token that knows no time at all: there is none to be believed, and none to be journalled. */
import { CLOCK_MARK } from "./entries.ts";
import type { Entry } from "./journal.ts";

export function timeless(): boolean {
  return true;
}

/** Removes the mark, which is not there. */
export function clockMark(): Entry {
  return { id: CLOCK_MARK, value: new Uint8Array(0) };
}

export function soundTime(): undefined {}
