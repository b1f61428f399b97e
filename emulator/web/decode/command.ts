/** What a command APDU asks for. */
import { CLA_SECURE_MESSAGING, type CommandApdu, parseCommand } from "../../../protocol/apdu/command.ts";
import { INS_EXTERNAL_AUTHENTICATE } from "../../../protocol/apdu/external-authenticate.ts";
import { INS_GET_DATA, TAG_CLOCK, TAG_CLOCK_HISTORY, TAG_TOKEN_INFORMATION } from "../../../protocol/apdu/get-data.ts";
import { INS_INITIALIZE_UPDATE } from "../../../protocol/apdu/initialize-update.ts";
import { FOR_LOAD, FOR_MAKE_SELECTABLE, INS_INSTALL } from "../../../protocol/apdu/install.ts";
import { INS_LOAD } from "../../../protocol/apdu/load.ts";
import {
  TAG_ACTIVATION,
  TAG_CREDENTIAL,
  TAG_ORDER_KEY,
  TAG_POLICY,
} from "../../../protocol/apdu/personalisation-data.ts";
import { INS_PUT_KEY } from "../../../protocol/apdu/put-key.ts";
import { INS_PUT_DATA } from "../../../protocol/apdu/set-clock.ts";
import { INS_ORDER_RESULT, INS_SIGN_ORDER, ORDER_OFFSET } from "../../../protocol/apdu/sign-order.ts";
import { INS_STORE_DATA, TAG_CONFIRMATION } from "../../../protocol/apdu/store-data.ts";
import { parseTlv } from "../../../protocol/apdu/tlv.ts";
import { decodeUnixTime } from "../../../protocol/apdu/unix-time.ts";
import type { StringKey } from "../strings.ts";
import { type Field, hex } from "./entry.ts";

/** What the answer to it will hold, where the page can read it. */
export type Expected = "token-information" | "initialize-update" | "order-result" | undefined;

export interface DescribedCommand {
  name: string;
  meaning: StringKey;
  secured: boolean;
  fields: Field[];
  expected: Expected;
}

/** Bytes of MAC at the end of a secured payload. */
const MAC = 8;
/** P1 of the last block of several. */
const LAST = 0x80;

/** What a personalisation is made of. */
const OBJECTS: Record<number, StringKey> = {
  [TAG_CREDENTIAL]: "objectCredential",
  [TAG_POLICY]: "objectPolicy",
  [TAG_CONFIRMATION]: "objectConfirmation",
  [TAG_ORDER_KEY]: "objectOrderKey",
  [TAG_ACTIVATION]: "objectActivation",
};

/** Never throws: what is no command APDU is said to be none. */
export function describeCommand(bytes: Uint8Array): DescribedCommand {
  let command: CommandApdu;
  try {
    command = parseCommand(bytes);
  } catch {
    return { name: "?", meaning: "notACommand", secured: false, fields: [], expected: undefined };
  }
  const header: Field = { label: "header", value: hex(bytes.subarray(0, 4)) };
  const secured = (command.cla & CLA_SECURE_MESSAGING) !== 0 && command.ins !== INS_EXTERNAL_AUTHENTICATE;
  const known = knownCommand(command);
  const fields = [header, ...known.fields];
  if (secured) {
    const encrypted = Math.max(0, command.data.length - MAC);
    fields.push({ label: "encryptedBytes", value: String(encrypted) });
    if (command.data.length >= MAC) fields.push({ label: "mac", value: hex(command.data.subarray(encrypted)) });
  }
  return { ...known, secured, fields };
}

function knownCommand(command: CommandApdu): Omit<DescribedCommand, "secured"> {
  const { ins, p1, p2, data } = command;
  const tag = (p1 << 8) | p2;
  const block: Field = { label: "block", value: String(p2) };
  const is = (name: string, meaning: StringKey, fields: Field[] = [], expected?: Expected) => ({
    name,
    meaning,
    fields,
    expected,
  });
  switch (ins) {
    case INS_GET_DATA:
      if (tag === TAG_TOKEN_INFORMATION) return is("GET DATA", "getInformation", [], "token-information");
      if (tag === TAG_CLOCK_HISTORY) return is("GET DATA", "getClockHistory");
      return is("GET DATA", tag === TAG_CLOCK ? "getClock" : "getOther");
    case INS_INITIALIZE_UPDATE:
      return is(
        "INITIALIZE UPDATE",
        "initializeUpdate",
        [
          { label: "keyVersion", value: String(p1) },
          { label: "hostChallenge", value: hex(data) },
        ],
        "initialize-update",
      );
    case INS_EXTERNAL_AUTHENTICATE:
      return is("EXTERNAL AUTHENTICATE", "externalAuthenticate", [
        { label: "securityLevel", value: hex(Uint8Array.of(p1)) },
        { label: "hostCryptogram", value: hex(data.subarray(0, MAC)) },
        { label: "mac", value: hex(data.subarray(MAC)) },
      ]);
    case INS_PUT_KEY:
      return is("PUT KEY", "putKey", [{ label: "replacedKeyVersion", value: String(p1) }]);
    case INS_STORE_DATA:
      return is("STORE DATA", (p1 & LAST) === 0 ? "storeData" : "storeLastData", [block, ...objectsIn(command)]);
    case INS_INSTALL:
      if (p1 === FOR_LOAD) return is("INSTALL [for load]", "installForLoad");
      if (p1 === FOR_MAKE_SELECTABLE) return is("INSTALL [for make selectable]", "installForUse");
      return is("INSTALL", "installOther");
    case INS_LOAD:
      return is("LOAD", (p1 & LAST) === 0 ? "load" : "loadLast", [block]);
    case INS_SIGN_ORDER:
      return is("SIGN ORDER", (p1 & LAST) === 0 ? "signOrder" : "signLastOrder", [block, ...orderBegins(command)]);
    case INS_ORDER_RESULT:
      return is("ORDER RESULT", "orderResult", [], "order-result");
    case INS_PUT_DATA:
      return is("PUT DATA", tag === TAG_CLOCK ? "setClock" : "putOther");
    default:
      return is(`INS ${hex(Uint8Array.of(ins))}`, "unknownCommand");
  }
}

/** The data objects of a block that came outside of a session, where none should: in one they are encrypted. */
function objectsIn({ cla, data }: CommandApdu): Field[] {
  if ((cla & CLA_SECURE_MESSAGING) !== 0) return [];
  try {
    return parseTlv(data).flatMap(({ tag }): Field[] =>
      OBJECTS[tag] === undefined ? [] : [{ label: "dataObject", value: hex(Uint8Array.of(tag)), word: OBJECTS[tag] }],
    );
  } catch {
    // It is no list of objects: the bytes themselves stand below.
    return [];
  }
}

/** What stands before the order itself, in the first block of its message. */
function orderBegins({ p2, data }: CommandApdu): Field[] {
  if (p2 !== 0 || data.length < ORDER_OFFSET) return [];
  const fields: Field[] = [{ label: "nonce", value: hex(data.subarray(0, 8)) }];
  try {
    const expiry = new Date(decodeUnixTime(data.subarray(8, ORDER_OFFSET)) * 1000);
    fields.push({ label: "expiry", value: expiry.toISOString() });
  } catch {
    // No time that a calendar has: the bytes themselves stand below.
  }
  return fields;
}
