import type { Aes128 } from "../primitives.ts";

/** The cipher's key is no longer needed. */
export function wipeCipher(aes: Aes128): void {
  if (aes.wipe !== undefined) aes.wipe();
}
