/** Response APDUs of short length (ISO/IEC 7816-4 5.1): data (0..256) | SW1 | SW2. */
import { copyBytes } from "../copy-bytes.ts";
import { ApduError } from "./apdu-error.ts";
import { SW_WRONG_LENGTH } from "./status-word.ts";

export interface ResponseApdu {
  /** 0 to 256 bytes */
  readonly data: Uint8Array;
  /** SW1 << 8 | SW2 */
  readonly statusWord: number;
}

/** @throws ApduError when there are more than 256 bytes of data */
export function encodeResponse(data: Uint8Array, statusWord: number): Uint8Array {
  const length = data.length;
  if (length > 256) throw new ApduError(SW_WRONG_LENGTH, `A short response carries 256 bytes at most, not ${length}`);
  const bytes = new Uint8Array(length + 2);
  bytes.set(data);
  bytes[length] = statusWord >> 8;
  bytes[length + 1] = statusWord;
  return bytes;
}

/** @throws ApduError for less than a status word or more than 258 bytes */
export function parseResponse(bytes: Uint8Array): ResponseApdu {
  const end = bytes.length - 2;
  if (end < 0 || end > 256) throw new ApduError(SW_WRONG_LENGTH, `${bytes.length} bytes are no response APDU`);
  return { data: copyBytes(bytes, 0, end), statusWord: (bytes[end] << 8) | bytes[end + 1] };
}
