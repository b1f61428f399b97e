/**
 * PUT KEY (GlobalPlatform Card Specification 11.8, Amendment D 7.2): replaces the whole key set, inside a session only.
 *
 *     84 D8 <KVN to replace> 81 46 | new KVN (1) | 3 x [ 88 11 10 | AES-CBC(DEK, zero ICV, key) (16) | 03 | KCV (3) ]
 *     -> new KVN (1) | 3 x KCV (3)
 *
 * The keys come in the order ENC, MAC, DEK. P1 00 adds a set to a token that has none of that version.
 */
import { copyBytes } from "../copy-bytes.ts";
import type { Aes128, Aes128Key } from "../primitives.ts";
import { cbcDecrypt, cbcEncrypt } from "../scp03/cbc.ts";
import { equalBytes } from "../scp03/constant-time.ts";
import { wipeCipher } from "../scp03/wipe.ts";
import { ApduError } from "./apdu-error.ts";
import { CLA_SECURE_MESSAGING, type CommandApdu } from "./command.ts";
import {
  SW_INCORRECT_P1_P2,
  SW_INVALID_KEY_CHECK_VALUE,
  SW_SECURITY_STATUS_NOT_SATISFIED,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
} from "./status-word.ts";

export const INS_PUT_KEY = 0xd8;

/** Bytes of one key block: type, lengths, key, check value. */
const BLOCK = 23;

/** The static keys of SCP03 (Amendment D 6.1), 16 bytes each. */
export interface KeySet {
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
  readonly dek: Uint8Array;
}

export interface PutKey {
  /** 0 when a set is added */
  readonly replacedVersion: number;
  /** 1 to 127 */
  readonly newVersion: number;
  /** In clear: the receiver overwrites them after use. */
  readonly keys: KeySet;
}

/** AES over sixteen bytes 01, the first three bytes (Amendment D 7.2.2). It tells a wrong key, it does not authenticate a right one. */
export function keyCheckValue(aes: Aes128): Uint8Array {
  return copyBytes(aes.encryptBlock(new Uint8Array(16).fill(1)), 0, 3);
}

/**
 * @param dek the token's present DEK
 * @param replacedVersion 0 to 127
 * @param newVersion 1 to 127
 * @throws ApduError
 */
export function putKey(
  aes128: Aes128Key,
  dek: Aes128,
  replacedVersion: number,
  newVersion: number,
  keys: KeySet,
): CommandApdu {
  checkVersions(replacedVersion, newVersion);
  const data = new Uint8Array(1 + 3 * BLOCK);
  data[0] = newVersion;
  const set = [keys.enc, keys.mac, keys.dek];
  for (let i = 0; i < 3; i++) {
    const at = 1 + i * BLOCK;
    if (set[i].length !== 16) throw new ApduError(SW_WRONG_DATA, "A key has 16 bytes");
    data.set([0x88, 0x11, 0x10], at);
    data.set(cbcEncrypt(dek, new Uint8Array(16), set[i]), at + 3);
    data[at + 19] = 3;
    data.set(checkValueOf(aes128, set[i]), at + 20);
  }
  return { cla: 0x80 | CLA_SECURE_MESSAGING, ins: INS_PUT_KEY, p1: replacedVersion, p2: 0x81, data, le: 256 };
}

/**
 * @param dek the token's present DEK
 * @throws ApduError 6A86, 6982 without secure messaging, 6700, 6A80, 9485 for a check value that does not fit its key
 */
export function parsePutKey(aes128: Aes128Key, dek: Aes128, command: CommandApdu): PutKey {
  const data = command.data;
  if ((command.cla & CLA_SECURE_MESSAGING) === 0) {
    throw new ApduError(SW_SECURITY_STATUS_NOT_SATISFIED, "Keys are put inside a session");
  }
  if (command.p2 !== 0x81)
    throw new ApduError(SW_INCORRECT_P1_P2, "PUT KEY replaces all keys of a set, from identifier 1");
  if (data.length !== 1 + 3 * BLOCK)
    throw new ApduError(SW_WRONG_LENGTH, `Three keys take 70 bytes, not ${data.length}`);
  checkVersions(command.p1, data[0]);
  const set: Uint8Array[] = [];
  let fault: ApduError | undefined;
  for (let i = 0; i < 3 && fault === undefined; i++) {
    const at = 1 + i * BLOCK;
    if (data[at] !== 0x88 || data[at + 1] !== 0x11 || data[at + 2] !== 0x10 || data[at + 19] !== 3) {
      fault = new ApduError(SW_WRONG_DATA, "A key block is 88 11 10, the key, 03, the check value");
    } else {
      set.push(cbcDecrypt(dek, new Uint8Array(16), data.subarray(at + 3, at + 19)));
      if (!equalBytes(checkValueOf(aes128, set[i]), data.subarray(at + 20, at + 23))) {
        fault = new ApduError(SW_INVALID_KEY_CHECK_VALUE, "A key does not fit its check value");
      }
    }
  }
  if (fault !== undefined) {
    for (let i = 0; i < set.length; i++) set[i].fill(0);
    throw fault;
  }
  return { replacedVersion: command.p1, newVersion: data[0], keys: { enc: set[0], mac: set[1], dek: set[2] } };
}

/** The response's data field, 10 bytes: proof that the token holds the keys that were sent. */
export function encodePutKeyResponse(aes128: Aes128Key, newVersion: number, keys: KeySet): Uint8Array {
  const bytes = new Uint8Array(10);
  bytes[0] = newVersion;
  bytes.set(checkValueOf(aes128, keys.enc), 1);
  bytes.set(checkValueOf(aes128, keys.mac), 4);
  bytes.set(checkValueOf(aes128, keys.dek), 7);
  return bytes;
}

/** @returns the new key version and the three check values (9 bytes) @throws ApduError */
export function parsePutKeyResponse(data: Uint8Array): { newVersion: number; checkValues: Uint8Array } {
  if (data.length !== 10) throw new ApduError(SW_WRONG_LENGTH, `The response has 10 bytes, not ${data.length}`);
  return { newVersion: data[0], checkValues: copyBytes(data, 1, 10) };
}

function checkValueOf(aes128: Aes128Key, key: Uint8Array): Uint8Array {
  const aes = aes128(key);
  const value = keyCheckValue(aes);
  wipeCipher(aes);
  return value;
}

function checkVersions(replaced: number, created: number): void {
  if (!(replaced >= 0 && replaced <= 127))
    throw new ApduError(SW_INCORRECT_P1_P2, "A key version to replace is 0 to 127");
  if (!(created >= 1 && created <= 127)) throw new ApduError(SW_WRONG_DATA, "A new key version is 1 to 127");
}
