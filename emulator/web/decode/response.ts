/** What a response APDU says. */
import { parseTokenInformation, TOKEN_STATES } from "../../../protocol/apdu/get-data.ts";
import { parseInitializeUpdateResponse } from "../../../protocol/apdu/initialize-update.ts";
import { parseResponse, type ResponseApdu } from "../../../protocol/apdu/response.ts";
import {
  ORDER_DROPPED,
  ORDER_NONE,
  ORDER_REFUSED,
  ORDER_SHOWN,
  ORDER_SIGNED,
  parseOrderResultResponse,
} from "../../../protocol/apdu/sign-order.ts";
import { isProtectedStatus } from "../../../protocol/apdu/status-word.ts";
import type { StringKey } from "../strings.ts";
import type { DescribedCommand } from "./command.ts";
import { type Field, hex } from "./entry.ts";

export interface DescribedResponse {
  meaning: StringKey;
  statusWord?: number;
  secured: boolean;
  fields: Field[];
}

const STATES: Record<string, StringKey> = {
  blank: "stateBlank",
  factory: "stateFactory",
  issued: "stateIssued",
  active: "stateActive",
  locked: "stateLocked",
};

const ORDER_STATES: Record<number, StringKey> = {
  [ORDER_NONE]: "orderNone",
  [ORDER_SHOWN]: "orderShown",
  [ORDER_SIGNED]: "orderSigned",
  [ORDER_REFUSED]: "orderRefused",
  [ORDER_DROPPED]: "orderDropped",
};

/** In which nobody has set a PIN: the token's number of tries says nothing then. */
const WITHOUT_PIN = ["blank", "factory", "issued"];

/** Never throws. @param command that it answers, where that was seen */
export function describeResponse(bytes: Uint8Array, command: DescribedCommand | undefined): DescribedResponse {
  let response: ResponseApdu;
  try {
    response = parseResponse(bytes);
  } catch {
    return { meaning: "notAResponse", secured: false, fields: [] };
  }
  const { data, statusWord } = response;
  // Errors travel bare; anything else that answers a secured command is encrypted and MACed.
  const secured = command?.secured === true && isProtectedStatus(statusWord) && data.length > 0;
  const meaning: StringKey = secured ? "securedAnswer" : data.length > 0 ? "answerWithData" : "answer";
  return { meaning, statusWord, secured, fields: secured ? [] : readable(data, command) };
}

function readable(data: Uint8Array, command: DescribedCommand | undefined): Field[] {
  try {
    if (data.length === 0) return [];
    if (command?.expected === "token-information") return informationFields(data);
    if (command?.expected === "order-result") {
      const { state, hash, mac } = parseOrderResultResponse(data);
      const fields: Field[] = [{ label: "order", value: String(state), word: ORDER_STATES[state] }];
      if (hash !== undefined) fields.push({ label: "orderHash", value: hex(hash) });
      if (mac !== undefined) fields.push({ label: "signature", value: hex(mac) });
      return fields;
    }
    if (command?.expected === "initialize-update") {
      const answer = parseInitializeUpdateResponse(data);
      return [
        { label: "keyVersion", value: String(answer.keyVersion) },
        { label: "cardChallenge", value: hex(answer.cardChallenge) },
        { label: "cardCryptogram", value: hex(answer.cardCryptogram) },
        { label: "sequenceCounter", value: hex(answer.sequenceCounter) },
      ];
    }
  } catch {
    // What was expected is not what came: the bytes themselves stand below.
  }
  return [{ label: "data", value: hex(data) }];
}

/** @throws ApduError */
export function informationFields(data: Uint8Array): Field[] {
  const token = parseTokenInformation(data);
  const state = TOKEN_STATES[token.state];
  return [
    { label: "serialNumber", value: token.serial },
    { label: "board", value: token.boardName },
    { label: "firmware", value: token.firmwareVersion },
    { label: "assuranceClass", value: token.assuranceClass },
    { label: "state", value: state, word: STATES[state] },
    {
      label: "pinTriesLeft",
      value: String(token.pinTriesLeft),
      word: WITHOUT_PIN.includes(state) ? "noPinYet" : undefined,
    },
    { label: "keyVersion", value: String(token.keyVersion) },
    ...(token.activationEnd === undefined ? [] : [activationEnds(token.activationEnd)]),
  ];
}

function activationEnds(unixTime: number): Field {
  const time = new Date(unixTime * 1000);
  const told = Number.isNaN(time.getTime()) ? String(unixTime) : time.toISOString();
  return { label: "activationEnd", value: told };
}
