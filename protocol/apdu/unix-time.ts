/** Unix time on the wire: whole seconds UTC, 8 bytes big-endian. */
import { ApduError } from "./apdu-error.ts";
import { SW_WRONG_DATA } from "./status-word.ts";

const TWO_32 = 4294967296;

/** @param seconds whole, 0 to 2^53 - 1 @throws ApduError */
export function encodeUnixTime(seconds: number): Uint8Array {
  const high = Math.floor(seconds / TWO_32);
  const low = seconds - high * TWO_32;
  if (!(high >= 0 && high < 0x200000 && Math.floor(low) === low)) {
    throw new ApduError(SW_WRONG_DATA, "A time is whole seconds since 1970");
  }
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, high);
  view.setUint32(4, low);
  return bytes;
}

/** @throws ApduError unless these are 8 bytes of at most 2^53 - 1 */
export function decodeUnixTime(bytes: Uint8Array): number {
  if (bytes.length !== 8) throw new ApduError(SW_WRONG_DATA, `A time has 8 bytes, not ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const high = view.getUint32(0);
  const low = view.getUint32(4);
  if (high >= 0x200000) throw new ApduError(SW_WRONG_DATA, "A time is 2^53 - 1 seconds at most");
  return high * TWO_32 + low;
}
