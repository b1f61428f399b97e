/**
 * Command APDUs of short length (ISO/IEC 7816-4 5.1, 5.3.2):
 *
 *     CLA | INS | P1 | P2 | [ Lc (1) | data (1..255) ] | [ Le (1) ]
 */
import { copyBytes } from "../copy-bytes.ts";
import { ApduError } from "./apdu-error.ts";
import { SW_WRONG_LENGTH } from "./status-word.ts";

export interface CommandApdu {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  /** 0 to 255 bytes; empty means that Lc is absent. */
  readonly data: Uint8Array;
  /** Bytes expected in return, 1 to 256 (Le 00); `undefined` means that Le is absent. */
  readonly le?: number;
}

/** Bit 3 of CLA: GlobalPlatform secure messaging. */
export const CLA_SECURE_MESSAGING = 0x04;

/** Bytes of data that a secured command or response carries at most: 15 blocks with at least one byte of padding, and 8 of MAC. */
export const MAX_SECURED_DATA = 239;

/** @throws ApduError when data or Le do not fit a short APDU */
export function encodeCommand(command: CommandApdu): Uint8Array {
  const length = command.data.length;
  if (length > 255) throw new ApduError(SW_WRONG_LENGTH, `A short command carries 255 bytes at most, not ${length}`);
  if (command.le !== undefined && !(command.le >= 1 && command.le <= 256)) {
    throw new ApduError(SW_WRONG_LENGTH, `Le is 1 to 256, not ${command.le}`);
  }
  const body = length > 0 ? 5 + length : 4;
  const bytes = new Uint8Array(command.le === undefined ? body : body + 1);
  bytes[0] = command.cla;
  bytes[1] = command.ins;
  bytes[2] = command.p1;
  bytes[3] = command.p2;
  if (length > 0) {
    bytes[4] = length;
    bytes.set(command.data, 5);
  }
  if (command.le !== undefined) bytes[body] = command.le; // 256 is written 00
  return bytes;
}

/** The exact reverse of `encodeCommand`. @throws ApduError (6700) for any other length, extended lengths included */
export function parseCommand(bytes: Uint8Array): CommandApdu {
  const length = bytes.length;
  let end = 4;
  if (length > 5) {
    if (bytes[4] === 0) throw new ApduError(SW_WRONG_LENGTH, "Extended lengths are not supported");
    end = 5 + bytes[4];
  }
  if (length !== end && length !== end + 1) throw new ApduError(SW_WRONG_LENGTH, `${length} bytes are no command APDU`);
  return {
    cla: bytes[0],
    ins: bytes[1],
    p1: bytes[2],
    p2: bytes[3],
    data: end > 4 ? copyBytes(bytes, 5, end) : new Uint8Array(0),
    le: length === end ? undefined : bytes[end] === 0 ? 256 : bytes[end],
  };
}
