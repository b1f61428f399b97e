/** What makes a blank token a token in factory state: serial number and transport keys. Done once, where the token is made. */
import { KEYS, SEQUENCE, SERIAL } from "./entries.ts";
import { formatBlank } from "./format-blank.ts";
import { JournalError } from "./journal.ts";
import { encodeKeys } from "./static-keys.ts";
import type { Token } from "./token.ts";

/**
 * @param serial 1 to 16 characters of ASCII
 * @param keyVersion 1 to 127
 * @param enc K-ENC, 16 bytes
 * @param mac K-MAC, 16 bytes
 * @param dek DEK, 16 bytes
 * @throws JournalError when the token is installed already or an argument has the wrong size
 */
export function installToken(
  token: Token,
  serial: string,
  keyVersion: number,
  enc: Uint8Array,
  mac: Uint8Array,
  dek: Uint8Array,
): void {
  if (serial.length < 1 || serial.length > 16) throw new JournalError("a serial number has 1 to 16 characters");
  formatBlank(token, [
    { id: SERIAL, value: token.board.wire.fromLatin1(serial) },
    { id: KEYS, value: encodeKeys(keyVersion, enc, mac, dek) },
    { id: SEQUENCE, value: new Uint8Array(3) },
  ]);
}
