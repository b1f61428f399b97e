/**
 * STORE DATA (GlobalPlatform Card Specification 11.11): the personalisation in blocks, inside a session only.
 *
 *     84 E2 00 <block number> Lc | objects E1, E2, E4, E5                      -> no data
 *     84 E2 80 <block number> Lc | objects E1, E2, E4, E5 | E3 { 80 CMAC (16) } -> E3 { 80 CMAC (16) }
 *
 * P1 80 marks the last block. Blocks are numbered from 00 without gaps; an object never spans two of them.
 */
import { copyBytes } from "../copy-bytes.ts";
import type { Aes128 } from "../primitives.ts";
import { ApduError } from "./apdu-error.ts";
import { CLA_SECURE_MESSAGING, type CommandApdu, MAX_SECURED_DATA } from "./command.ts";
import { hostConfirmation } from "./confirmation.ts";
import {
  encodePersonalisationData,
  type PersonalisationData,
  parsePersonalisationData,
  TAG_ACTIVATION,
  TAG_CREDENTIAL,
  TAG_ORDER_KEY,
} from "./personalisation-data.ts";
import { SW_INCORRECT_P1_P2, SW_SECURITY_STATUS_NOT_SATISFIED, SW_WRONG_DATA } from "./status-word.ts";
import { encodeTlv, parseTlv, requireTlv } from "./tlv.ts";

export const INS_STORE_DATA = 0xe2;
export const TAG_CONFIRMATION = 0xe3;

const LAST_BLOCK = 0x80;

export interface StoreData {
  /** 0 to 255 */
  readonly block: number;
  /** In the order in which they were sent. The keys are in clear: the receiver overwrites them after use. */
  readonly objects: PersonalisationData[];
  /** 16 bytes in the last block, else `undefined`. */
  readonly confirmation: Uint8Array | undefined;
}

/**
 * The commands of a whole personalisation, as few as will do.
 * @param dek the token's DEK in this session
 * @throws ApduError for objects that their fields do not hold, or that take more than 256 blocks
 */
export function storeData(dek: Aes128, objects: PersonalisationData[]): CommandApdu[] {
  const contents: Uint8Array[] = [];
  for (let i = 0; i < objects.length; i++) contents.push(encodePersonalisationData(objects[i], dek));
  contents.push(encodeConfirmation(hostConfirmation(dek, objects)));
  const commands: CommandApdu[] = [];
  let data = new Uint8Array(0);
  for (let i = 0; i <= contents.length; i++) {
    const last = i === contents.length;
    if (last || data.length + contents[i].length > MAX_SECURED_DATA) {
      if (commands.length > 0xff) throw new ApduError(SW_WRONG_DATA, "A personalisation has 256 blocks at most");
      const p1 = last ? LAST_BLOCK : 0;
      commands.push({
        cla: 0x80 | CLA_SECURE_MESSAGING,
        ins: INS_STORE_DATA,
        p1,
        p2: commands.length,
        data,
        le: last ? 256 : undefined,
      });
      data = new Uint8Array(0);
    }
    if (!last) {
      const longer = new Uint8Array(data.length + contents[i].length);
      longer.set(data);
      longer.set(contents[i], data.length);
      data = longer;
    }
  }
  return commands;
}

/**
 * One block. Whether its number is the next one is the token's to check.
 * @param dek the token's DEK in this session
 * @throws ApduError 6A86, 6982 without secure messaging, 6A80
 */
export function parseStoreData(dek: Aes128, command: CommandApdu): StoreData {
  if ((command.cla & CLA_SECURE_MESSAGING) === 0) {
    throw new ApduError(SW_SECURITY_STATUS_NOT_SATISFIED, "Data are stored inside a session");
  }
  if (command.p1 !== 0 && command.p1 !== LAST_BLOCK)
    throw new ApduError(SW_INCORRECT_P1_P2, "P1 is 00, or 80 for the last block");
  const objects = parseTlv(command.data);
  const last = command.p1 === LAST_BLOCK;
  const count = last ? objects.length - 1 : objects.length;
  if (last && (count < 0 || objects[count].tag !== TAG_CONFIRMATION)) {
    throw new ApduError(SW_WRONG_DATA, "The last block ends with the confirmation");
  }
  const confirmation = last ? parseConfirmation(objects[count].value) : undefined;
  const parsed: PersonalisationData[] = [];
  try {
    for (let i = 0; i < count; i++) parsed.push(parsePersonalisationData(objects[i], dek));
  } catch (error) {
    wipeKeys(parsed);
    throw error;
  }
  return { block: command.p2, objects: parsed, confirmation };
}

/** Overwrites the keys of a personalisation, and its activation code. */
export function wipeKeys(objects: PersonalisationData[]): void {
  for (let i = 0; i < objects.length; i++) {
    const data = objects[i];
    if (data.tag === TAG_CREDENTIAL || data.tag === TAG_ORDER_KEY) data.key.fill(0);
    else if (data.tag === TAG_ACTIVATION) data.code.fill(0);
  }
}

/** The data field that answers the last block. @param confirmation `tokenConfirmation`, 16 bytes */
export function encodeStoreDataResponse(confirmation: Uint8Array): Uint8Array {
  return encodeConfirmation(confirmation);
}

/** The token's confirmation, 16 bytes, still to be checked. @throws ApduError */
export function parseStoreDataResponse(data: Uint8Array): Uint8Array {
  return parseConfirmation(requireTlv(parseTlv(data), TAG_CONFIRMATION, 18, 18));
}

function encodeConfirmation(mac: Uint8Array): Uint8Array {
  return encodeTlv(TAG_CONFIRMATION, encodeTlv(0x80, mac));
}

function parseConfirmation(value: Uint8Array): Uint8Array {
  return copyBytes(requireTlv(parseTlv(value), 0x80, 16, 16), 0, 16);
}
