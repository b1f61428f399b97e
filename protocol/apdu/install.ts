/**
 * INSTALL (GlobalPlatform Card Specification 11.5) of a firmware image, inside a session only. [for load] begins:
 *
 *     84 E6 02 00 | 06 AID | 00 | 20 digest of the image (32) | 18 header (24) | 00
 *
 * Digest and header as image/firmware-image.ts has them, the header in the place of the load parameters. [for make selectable] ends, once LOAD has brought all:
 * the token reads back what it wrote, compares it with the digest, makes the image its current one and restarts after the answer.
 *
 *     84 E6 08 00   ->   digest of what was read back (32)
 */
import { copyBytes } from "../copy-bytes.ts";
import { IMAGE_HEADER_LENGTH } from "../image/firmware-image.ts";
import { ApduError } from "./apdu-error.ts";
import { CLA_SECURE_MESSAGING, type CommandApdu } from "./command.ts";
import { SW_INCORRECT_P1_P2, SW_SECURITY_STATUS_NOT_SATISFIED, SW_WRONG_LENGTH } from "./status-word.ts";

export const INS_INSTALL = 0xe6;
export const FOR_LOAD = 0x02;
export const FOR_MAKE_SELECTABLE = 0x08;

/** F0, proprietary (ISO/IEC 7816-5), and a name. */
const AID = [0xf0, 0x4f, 0x43, 0x48, 0x52, 0x45];
export const LOAD_HASH_LENGTH = 32;
const HEADER_AT = 1 + AID.length + 1 + 1 + LOAD_HASH_LENGTH + 1;
const FOR_LOAD_LENGTH = HEADER_AT + IMAGE_HEADER_LENGTH + 1;

export interface InstallForLoad {
  /** Digest of the image, 32 bytes. */
  readonly hash: Uint8Array;
  /** Not looked into. */
  readonly header: Uint8Array;
}

export function installForLoad(install: InstallForLoad): CommandApdu {
  const data = new Uint8Array(FOR_LOAD_LENGTH);
  data.set([AID.length], 0);
  data.set(AID, 1);
  data.set([LOAD_HASH_LENGTH], AID.length + 2);
  data.set(install.hash, AID.length + 3);
  data.set([IMAGE_HEADER_LENGTH], HEADER_AT - 1);
  data.set(install.header, HEADER_AT);
  return { cla: 0x80 | CLA_SECURE_MESSAGING, ins: INS_INSTALL, p1: FOR_LOAD, p2: 0, data: data, le: 256 };
}

export function installForMakeSelectable(): CommandApdu {
  const data = new Uint8Array(0);
  return { cla: 0x80 | CLA_SECURE_MESSAGING, ins: INS_INSTALL, p1: FOR_MAKE_SELECTABLE, p2: 0, data: data, le: 256 };
}

/**
 * @returns what is to be loaded, or undefined where the command makes selectable what was
 * @throws ApduError 6982 without secure messaging, 6A86, 6700. A token has one application: its name is not looked at
 */
export function parseInstall(command: CommandApdu): InstallForLoad | undefined {
  if ((command.cla & CLA_SECURE_MESSAGING) === 0)
    throw new ApduError(SW_SECURITY_STATUS_NOT_SATISFIED, "INSTALL comes inside a session");
  const data = command.data;
  if (command.p2 !== 0 || (command.p1 !== FOR_LOAD && command.p1 !== FOR_MAKE_SELECTABLE))
    throw new ApduError(SW_INCORRECT_P1_P2, "INSTALL is for load or for make selectable");
  if (data.length !== (command.p1 === FOR_LOAD ? FOR_LOAD_LENGTH : 0))
    throw new ApduError(SW_WRONG_LENGTH, "INSTALL [for load] has 66 bytes, [for make selectable] none");
  if (command.p1 !== FOR_LOAD) return undefined;
  return {
    hash: copyBytes(data, AID.length + 3, AID.length + 3 + LOAD_HASH_LENGTH),
    header: copyBytes(data, HEADER_AT, HEADER_AT + IMAGE_HEADER_LENGTH),
  };
}
