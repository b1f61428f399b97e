/**
 * GET DATA (GlobalPlatform Card Specification 11.3): what the token says about itself.
 *
 *     80 CA DF 20 00   token information, without a session (84 inside one)
 *     84 CA DF 21 00   the token's clock, inside a session only
 *     84 CA DF 22 00   when a session set it last, and its drift, inside a session only
 */
import { copyBytes } from "../copy-bytes.ts";
import { ApduError } from "./apdu-error.ts";
import { asciiBytes, asciiText } from "./ascii.ts";
import { CLA_SECURE_MESSAGING, type CommandApdu } from "./command.ts";
import {
  SW_REFERENCED_DATA_NOT_FOUND,
  SW_SECURITY_STATUS_NOT_SATISFIED,
  SW_WRONG_DATA,
  SW_WRONG_LENGTH,
} from "./status-word.ts";
import { encodeTlv, parseTlv, requireTlv, type Tlv } from "./tlv.ts";
import { decodeUnixTime, encodeUnixTime } from "./unix-time.ts";

export const INS_GET_DATA = 0xca;
export const TAG_TOKEN_INFORMATION = 0xdf20;
export const TAG_CLOCK = 0xdf21;
/** See clock-history.ts. */
export const TAG_CLOCK_HISTORY = 0xdf22;

/** Names of a token's states, by the number that travels. `issued`: personalised, but the customer has set no PIN yet. */
export const TOKEN_STATES = ["blank", "factory", "issued", "active", "locked"];

/** What anybody who holds the token may know. */
export interface TokenInformation {
  /** 1 to 16 ASCII characters */
  readonly serial: string;
  /** 2 bytes */
  readonly model: Uint8Array;
  /** 1 to 32 ASCII characters */
  readonly firmwareVersion: string;
  /** 1 to 32 ASCII characters */
  readonly boardName: string;
  /** How well the board keeps a secret: O open flash, P read-out protection, S secure element. */
  readonly assuranceClass: "O" | "P" | "S";
  /** 0 to 4, see `TOKEN_STATES` */
  readonly state: number;
  /** 0 to 10: of the PIN or, while one is awaited, of the activation code. */
  readonly pinTriesLeft: number;
  /** Version of the key set that opens a session, 0 to 127; 0 on a token without keys. */
  readonly keyVersion: number;
  /** Unix time from which the activation code is refused that comes before the first PIN; undefined where none is awaited. */
  readonly activationEnd?: number;
}

/** The token's clock at the moment it answers. */
export interface ClockReading {
  /** Unix time UTC, whole seconds */
  readonly seconds: number;
  /** The clock lost power or was never set: `seconds` means nothing. */
  readonly lostPower: boolean;
}

/** @param tag TAG_TOKEN_INFORMATION, TAG_CLOCK or TAG_CLOCK_HISTORY */
export function getData(tag: number): CommandApdu {
  const cla = tag === TAG_TOKEN_INFORMATION ? 0x80 : 0x80 | CLA_SECURE_MESSAGING;
  return { cla, ins: INS_GET_DATA, p1: tag >> 8, p2: tag & 0xff, data: new Uint8Array(0), le: 256 };
}

/**
 * The tag asked for: TAG_TOKEN_INFORMATION, TAG_CLOCK or TAG_CLOCK_HISTORY.
 * @throws ApduError 6A88 for any other, 6982 for the clock without secure messaging, 6700 with data
 */
export function parseGetData(command: CommandApdu): number {
  const tag = (command.p1 << 8) | command.p2;
  if (tag !== TAG_TOKEN_INFORMATION && tag !== TAG_CLOCK && tag !== TAG_CLOCK_HISTORY) {
    throw new ApduError(SW_REFERENCED_DATA_NOT_FOUND, `There is no data object ${tag.toString(16)}`);
  }
  if (command.data.length > 0) throw new ApduError(SW_WRONG_LENGTH, "GET DATA carries no data");
  if (tag !== TAG_TOKEN_INFORMATION && (command.cla & CLA_SECURE_MESSAGING) === 0) {
    throw new ApduError(SW_SECURITY_STATUS_NOT_SATISFIED, "The clock is read inside a session");
  }
  return tag;
}

/** The response's data field: objects 80 to 87, and 88 where an activation code is awaited. @throws ApduError for what the fields cannot hold */
export function encodeTokenInformation(information: TokenInformation): Uint8Array {
  const numbers = [information.state, information.pinTriesLeft, information.keyVersion];
  for (let i = 0; i < 3; i++) {
    if ((numbers[i] & 0xff) !== numbers[i])
      throw new ApduError(SW_WRONG_DATA, "State, tries and key version are one byte each");
  }
  if (information.model.length !== 2) throw new ApduError(SW_WRONG_DATA, "A model has 2 bytes");
  const values = [
    asciiBytes(information.serial, 16),
    information.model,
    asciiBytes(information.firmwareVersion, 32),
    asciiBytes(information.boardName, 32),
    asciiBytes(information.assuranceClass, 1),
    new Uint8Array([information.state]),
    new Uint8Array([information.pinTriesLeft]),
    new Uint8Array([information.keyVersion]),
  ];
  if (information.activationEnd !== undefined) values.push(encodeUnixTime(information.activationEnd));
  const bytes = new Uint8Array(256);
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    const object = encodeTlv(0x80 + i, values[i]);
    bytes.set(object, at);
    at += object.length;
  }
  return copyBytes(bytes, 0, at);
}

/** Objects of other tags are passed over, so that a newer token may say more. @throws ApduError */
export function parseTokenInformation(data: Uint8Array): TokenInformation {
  const objects = parseTlv(data);
  const assuranceClass = asciiText(requireTlv(objects, 0x84, 1, 1));
  const state = requireTlv(objects, 0x85, 1, 1)[0];
  if (state > 4 || (assuranceClass !== "O" && assuranceClass !== "P" && assuranceClass !== "S")) {
    throw new ApduError(SW_WRONG_DATA, "Unknown state or assurance class");
  }
  const activation = objects.find(({ tag }) => tag === 0x88);
  return {
    serial: text(objects, 0x80, 16),
    model: copyBytes(requireTlv(objects, 0x81, 2, 2), 0, 2),
    firmwareVersion: text(objects, 0x82, 32),
    boardName: text(objects, 0x83, 32),
    assuranceClass,
    state,
    pinTriesLeft: requireTlv(objects, 0x86, 1, 1)[0],
    keyVersion: requireTlv(objects, 0x87, 1, 1)[0],
    ...(activation === undefined ? {} : { activationEnd: decodeUnixTime(activation.value) }),
  };
}

function text(objects: Tlv[], tag: number, max: number): string {
  return asciiText(requireTlv(objects, tag, 1, max));
}

/** The response's data field: Unix time (8) | flags (1), bit 1 of which says that the clock lost power. @throws ApduError */
export function encodeClockReading(reading: ClockReading): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes.set(encodeUnixTime(reading.seconds));
  bytes[8] = reading.lostPower ? 1 : 0;
  return bytes;
}

/** @throws ApduError */
export function parseClockReading(data: Uint8Array): ClockReading {
  if (data.length !== 9) throw new ApduError(SW_WRONG_LENGTH, `A clock reading has 9 bytes, not ${data.length}`);
  if (data[8] > 1) throw new ApduError(SW_WRONG_DATA, "Unknown flags of the clock");
  return { seconds: decodeUnixTime(data.subarray(0, 8)), lostPower: data[8] === 1 };
}
