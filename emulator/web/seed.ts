/** `?seed=7` in the page's address makes two visits alike, but for the time of day. */
import * as check from "../fast/check.ts";

/** @param search of the address @throws EngineError invalid for a seed that is no number */
export function seedIn(search: string): number {
  const seed = new URLSearchParams(search).get("seed");
  if (seed === null) return crypto.getRandomValues(new Uint32Array(1))[0];
  return check.whole("?seed= in the address", /^\d+$/.test(seed) ? Number(seed) : seed, 0, 2 ** 32 - 1);
}
