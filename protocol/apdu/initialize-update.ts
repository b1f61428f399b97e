/**
 * INITIALIZE UPDATE (Amendment D 7.1.1): opens a secure channel.
 *
 *     80 50 KVN 00 08 | host challenge (8) | 00
 *     -> diversification data (10) | KVN 03 70 | card challenge (8) | card cryptogram (8) | sequence counter (3)
 *
 * "i" = 70: the card challenge is pseudo-random, responses are MACed and encrypted.
 */
import { copyBytes } from "../copy-bytes.ts";
import { ApduError } from "./apdu-error.ts";
import type { CommandApdu } from "./command.ts";
import { SW_INCORRECT_P1_P2, SW_WRONG_DATA, SW_WRONG_LENGTH } from "./status-word.ts";

export const INS_INITIALIZE_UPDATE = 0x50;

export interface InitializeUpdate {
  /** 0 asks for the token's current key set. */
  readonly keyVersion: number;
  /** 8 bytes */
  readonly hostChallenge: Uint8Array;
}

export interface InitializeUpdateResponse {
  /** 10 bytes from which the host finds the token's keys */
  readonly diversificationData: Uint8Array;
  readonly keyVersion: number;
  /** 8 bytes */
  readonly cardChallenge: Uint8Array;
  /** 8 bytes */
  readonly cardCryptogram: Uint8Array;
  /** 3 bytes, big-endian */
  readonly sequenceCounter: Uint8Array;
}

/** @param keyVersion 0 to 127 @param hostChallenge 8 random bytes @throws ApduError */
export function initializeUpdate(keyVersion: number, hostChallenge: Uint8Array): CommandApdu {
  if (!(keyVersion >= 0 && keyVersion <= 127)) throw new ApduError(SW_INCORRECT_P1_P2, "A key version is 0 to 127");
  if (hostChallenge.length !== 8) throw new ApduError(SW_WRONG_LENGTH, "The host challenge has 8 bytes");
  return { cla: 0x80, ins: INS_INITIALIZE_UPDATE, p1: keyVersion, p2: 0, data: hostChallenge, le: 256 };
}

/** @throws ApduError 6A86, 6700 */
export function parseInitializeUpdate(command: CommandApdu): InitializeUpdate {
  if (command.p1 > 127 || command.p2 !== 0) throw new ApduError(SW_INCORRECT_P1_P2, "P1 is a key version, P2 is 00");
  if (command.data.length !== 8) throw new ApduError(SW_WRONG_LENGTH, "The host challenge has 8 bytes");
  return { keyVersion: command.p1, hostChallenge: command.data };
}

/** The response's data field, 32 bytes. @throws ApduError for fields of another length */
export function encodeInitializeUpdateResponse(response: InitializeUpdateResponse): Uint8Array {
  if (
    response.diversificationData.length !== 10 ||
    response.cardChallenge.length !== 8 ||
    response.cardCryptogram.length !== 8 ||
    response.sequenceCounter.length !== 3
  ) {
    throw new ApduError(SW_WRONG_LENGTH, "A field of the response has the wrong length");
  }
  const bytes = new Uint8Array(32);
  bytes.set(response.diversificationData);
  bytes[10] = response.keyVersion;
  bytes[11] = 0x03;
  bytes[12] = 0x70;
  bytes.set(response.cardChallenge, 13);
  bytes.set(response.cardCryptogram, 21);
  bytes.set(response.sequenceCounter, 29);
  return bytes;
}

/** @throws ApduError for another length, or another protocol than SCP03 with "i" = 70 */
export function parseInitializeUpdateResponse(data: Uint8Array): InitializeUpdateResponse {
  if (data.length !== 32) throw new ApduError(SW_WRONG_LENGTH, `The response has 32 bytes, not ${data.length}`);
  if (data[11] !== 0x03 || data[12] !== 0x70)
    throw new ApduError(SW_WRONG_DATA, "The token does not speak SCP03 with i = 70");
  return {
    diversificationData: copyBytes(data, 0, 10),
    keyVersion: data[10],
    cardChallenge: copyBytes(data, 13, 21),
    cardCryptogram: copyBytes(data, 21, 29),
    sequenceCounter: copyBytes(data, 29, 32),
  };
}
