/**
 * EXTERNAL AUTHENTICATE (Amendment D 7.1.2): the host proves its keys and sets the security level.
 *
 *     84 82 33 00 10 | host cryptogram (8) | C-MAC (8)   ->   no data
 *
 * 33 is the only level here: commands and responses, each encrypted and MACed.
 */
import { copyBytes } from "../copy-bytes.ts";
import { ApduError } from "./apdu-error.ts";
import type { CommandApdu } from "./command.ts";
import {
  SW_CLASS_NOT_SUPPORTED,
  SW_INCORRECT_P1_P2,
  SW_INSTRUCTION_NOT_SUPPORTED,
  SW_WRONG_LENGTH,
} from "./status-word.ts";

export const INS_EXTERNAL_AUTHENTICATE = 0x82;
export const SECURITY_LEVEL = 0x33;

export interface ExternalAuthenticate {
  /** 8 bytes */
  readonly hostCryptogram: Uint8Array;
  /** 8 bytes */
  readonly mac: Uint8Array;
}

/** @param hostCryptogram 8 bytes @param mac 8 bytes @throws ApduError */
export function externalAuthenticate(hostCryptogram: Uint8Array, mac: Uint8Array): CommandApdu {
  if (hostCryptogram.length !== 8 || mac.length !== 8)
    throw new ApduError(SW_WRONG_LENGTH, "Cryptogram and MAC have 8 bytes each");
  const data = new Uint8Array(16);
  data.set(hostCryptogram);
  data.set(mac, 8);
  return { cla: 0x84, ins: INS_EXTERNAL_AUTHENTICATE, p1: SECURITY_LEVEL, p2: 0, data };
}

/** @throws ApduError 6E00, 6D00, 6A86 for another level, 6700 */
export function parseExternalAuthenticate(command: CommandApdu): ExternalAuthenticate {
  if (command.cla !== 0x84) throw new ApduError(SW_CLASS_NOT_SUPPORTED, "EXTERNAL AUTHENTICATE has CLA 84");
  if (command.ins !== INS_EXTERNAL_AUTHENTICATE)
    throw new ApduError(SW_INSTRUCTION_NOT_SUPPORTED, "EXTERNAL AUTHENTICATE has INS 82");
  if (command.p1 !== SECURITY_LEVEL || command.p2 !== 0)
    throw new ApduError(SW_INCORRECT_P1_P2, "The security level is 33");
  if (command.data.length !== 16) throw new ApduError(SW_WRONG_LENGTH, "Cryptogram and MAC have 8 bytes each");
  return { hostCryptogram: copyBytes(command.data, 0, 8), mac: copyBytes(command.data, 8, 16) };
}
