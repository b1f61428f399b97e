/** A host's first question to a token: GET DATA of its information, in frames, over any line. */
import { encodeCommand } from "../../protocol/apdu/command.ts";
import { getData, TAG_TOKEN_INFORMATION } from "../../protocol/apdu/get-data.ts";
import { parseResponse } from "../../protocol/apdu/response.ts";
import { FrameReader } from "../../protocol/framing/frame-reader.ts";
import { Requester } from "../../protocol/framing/requester.ts";
import type { Field } from "./decode/entry.ts";
import { informationFields } from "./decode/response.ts";
import { wire } from "./wire.ts";

/** A line to a token, in Latin-1 text. */
export interface HostLine {
  send(text: string): Promise<void>;
  /** Calls back with what the token says, until the result is called. */
  onText(call: (text: string) => void): () => void;
}

/** Milliseconds that a token may take for an answer. */
const PATIENCE_MS = 3000;

/**
 * Ends whatever session there was and asks.
 * @returns what the token says of itself; undefined where no answer comes, or none that a token would give
 */
export async function askInformation(line: HostLine, patienceMs = PATIENCE_MS): Promise<Field[] | undefined> {
  const requester = new Requester(wire, Math.floor(Math.random() * 256));
  const reader = new FrameReader(wire);
  let settle: (payload: Uint8Array | undefined) => void = () => {};
  const leave = line.onText((text) => {
    for (const frame of reader.push(text)) if (requester.accept(frame)) settle(frame.payload);
  });
  const exchange = async (text: string) => {
    const answer = new Promise<Uint8Array | undefined>((resolve) => {
      settle = resolve;
    });
    const timer = setTimeout(() => settle(undefined), patienceMs);
    await line.send(text);
    const payload = await answer;
    clearTimeout(timer);
    return payload;
  };
  try {
    if ((await exchange(requester.reset())) === undefined) return undefined;
    const payload = await exchange(requester.next(encodeCommand(getData(TAG_TOKEN_INFORMATION))));
    return payload === undefined ? undefined : informationFields(parseResponse(payload).data);
  } catch {
    return undefined;
  } finally {
    leave();
  }
}
