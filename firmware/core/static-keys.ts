/** The static SCP03 keys as the journal holds them. */
import { JournalError } from "./journal.ts";

/** The journal's value for a set of static keys. */
export function encodeKeys(keyVersion: number, enc: Uint8Array, mac: Uint8Array, dek: Uint8Array): Uint8Array {
  if (enc.length !== 16 || mac.length !== 16 || dek.length !== 16) throw new JournalError("a key has 16 bytes");
  const value = new Uint8Array(49);
  value[0] = keyVersion;
  value.set(enc, 1);
  value.set(mac, 17);
  value.set(dek, 33);
  return value;
}
