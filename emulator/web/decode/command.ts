/** What a command APDU asks for. */
import { CLA_SECURE_MESSAGING, type CommandApdu, parseCommand } from "../../../protocol/apdu/command.ts";
import { INS_EXTERNAL_AUTHENTICATE } from "../../../protocol/apdu/external-authenticate.ts";
import { INS_GET_DATA, TAG_CLOCK, TAG_TOKEN_INFORMATION } from "../../../protocol/apdu/get-data.ts";
import { INS_INITIALIZE_UPDATE } from "../../../protocol/apdu/initialize-update.ts";
import { INS_PUT_KEY } from "../../../protocol/apdu/put-key.ts";
import { INS_PUT_DATA } from "../../../protocol/apdu/set-clock.ts";
import { INS_STORE_DATA } from "../../../protocol/apdu/store-data.ts";
import type { StringKey } from "../strings.ts";
import { type Field, hex } from "./entry.ts";

/** What the answer to it will hold, where the page can read it. */
export type Expected = "token-information" | "initialize-update" | undefined;

export interface DescribedCommand {
  name: string;
  meaning: StringKey;
  secured: boolean;
  fields: Field[];
  expected: Expected;
}

/** Bytes of MAC at the end of a secured payload. */
const MAC = 8;

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
  const is = (name: string, meaning: StringKey, fields: Field[] = [], expected?: Expected) => ({
    name,
    meaning,
    fields,
    expected,
  });
  switch (ins) {
    case INS_GET_DATA:
      if (tag === TAG_TOKEN_INFORMATION) return is("GET DATA", "getInformation", [], "token-information");
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
      return is("STORE DATA", (p1 & 0x80) === 0 ? "storeData" : "storeLastData", [
        { label: "block", value: String(p2) },
      ]);
    case INS_PUT_DATA:
      return is("PUT DATA", tag === TAG_CLOCK ? "setClock" : "putOther");
    default:
      return is(`INS ${hex(Uint8Array.of(ins))}`, "unknownCommand");
  }
}
