/**
 * LOAD (GlobalPlatform Card Specification 11.6): the next bytes of the image that INSTALL [for load] has named, inside a session only.
 *
 *     84 E8 <00, or 80 with the last block> <number of the block, modulo 256> | bytes
 *
 * The image comes bare, without the specification's tag C4 around it: INSTALL has told its length. It comes without its header, which
 * INSTALL has brought.
 */
import { ApduError } from "./apdu-error.ts";
import { CLA_SECURE_MESSAGING, type CommandApdu } from "./command.ts";
import { SW_INCORRECT_P1_P2, SW_SECURITY_STATUS_NOT_SATISFIED, SW_WRONG_LENGTH } from "./status-word.ts";

export const INS_LOAD = 0xe8;
/** Bytes of a block at most: whole words of flash, and what a command holds once it is encrypted and MACed. */
export const LOAD_BLOCK = 236;
const LAST = 0x80;

export interface LoadBlock {
  /** Number of the block, modulo 256. */
  readonly number: number;
  readonly last: boolean;
  /** 4 to 236, a multiple of four. */
  readonly bytes: Uint8Array;
}

/** @param number of the block, from 0 */
export function load(number: number, last: boolean, bytes: Uint8Array): CommandApdu {
  return {
    cla: 0x80 | CLA_SECURE_MESSAGING,
    ins: INS_LOAD,
    p1: last ? LAST : 0,
    p2: number & 255,
    data: bytes,
    le: 256,
  };
}

/** @throws ApduError 6982 without secure messaging, 6A86, 6700 */
export function parseLoad(command: CommandApdu): LoadBlock {
  if ((command.cla & CLA_SECURE_MESSAGING) === 0)
    throw new ApduError(SW_SECURITY_STATUS_NOT_SATISFIED, "LOAD comes inside a session");
  if (command.p1 !== 0 && command.p1 !== LAST) throw new ApduError(SW_INCORRECT_P1_P2, "a block is the last or is not");
  const length = command.data.length;
  if (length === 0 || length > LOAD_BLOCK || (length & 3) !== 0)
    throw new ApduError(SW_WRONG_LENGTH, "a block has 4 to 236 bytes, a multiple of four");
  return { number: command.p2, last: command.p1 === LAST, bytes: command.data };
}
