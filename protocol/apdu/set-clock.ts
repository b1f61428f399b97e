/**
 * PUT DATA (ISO/IEC 7816-4 11.4.6) of the token's clock, inside a session only:
 *
 *     84 DA DF 21 08 | Unix time (8)   ->   the clock's time before (8)
 */
import { ApduError } from "./apdu-error.ts";
import { CLA_SECURE_MESSAGING, type CommandApdu } from "./command.ts";
import { TAG_CLOCK } from "./get-data.ts";
import { SW_REFERENCED_DATA_NOT_FOUND, SW_SECURITY_STATUS_NOT_SATISFIED, SW_WRONG_LENGTH } from "./status-word.ts";
import { decodeUnixTime, encodeUnixTime } from "./unix-time.ts";

export const INS_PUT_DATA = 0xda;

/** @param seconds Unix time UTC, whole seconds @throws ApduError */
export function setClock(seconds: number): CommandApdu {
  const data = encodeUnixTime(seconds);
  return {
    cla: 0x80 | CLA_SECURE_MESSAGING,
    ins: INS_PUT_DATA,
    p1: TAG_CLOCK >> 8,
    p2: TAG_CLOCK & 0xff,
    data,
    le: 256,
  };
}

/** The Unix time to set. @throws ApduError 6A88 for another object, 6982 without secure messaging, 6700, 6A80 */
export function parseSetClock(command: CommandApdu): number {
  const tag = (command.p1 << 8) | command.p2;
  if (tag !== TAG_CLOCK)
    throw new ApduError(SW_REFERENCED_DATA_NOT_FOUND, `There is no data object ${tag.toString(16)} to set`);
  if ((command.cla & CLA_SECURE_MESSAGING) === 0) {
    throw new ApduError(SW_SECURITY_STATUS_NOT_SATISFIED, "The clock is set inside a session");
  }
  if (command.data.length !== 8) throw new ApduError(SW_WRONG_LENGTH, `A time has 8 bytes, not ${command.data.length}`);
  return decodeUnixTime(command.data);
}

/** The response's data field: what the clock showed before it was set. @throws ApduError */
export function encodeSetClockResponse(secondsBefore: number): Uint8Array {
  return encodeUnixTime(secondsBefore);
}

/** @throws ApduError */
export function parseSetClockResponse(data: Uint8Array): number {
  return decodeUnixTime(data);
}
