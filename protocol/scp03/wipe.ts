import type { Aes128 } from "../primitives.ts";

/** A provider that keeps a key schedule in its own memory may offer to overwrite it. */
interface WipeableAes128 extends Aes128 {
  wipe?(): void;
}

/** The cipher's key is no longer needed. */
export function wipeCipher(aes: Aes128): void {
  const cipher: WipeableAes128 = aes;
  if (cipher.wipe !== undefined) cipher.wipe();
}
