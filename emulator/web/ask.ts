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

/** What came of the question: what the token says of itself; or nothing at all, or something that no token says. */
export type Answer = { fields: Field[] } | { fault: "silence" | "gibberish" };

/**
 * Ends whatever session there was and asks.
 * @throws what the line throws when it takes no bytes
 */
export async function askInformation(line: HostLine, patienceMs = PATIENCE_MS): Promise<Answer> {
  const requester = new Requester(wire, Math.floor(Math.random() * 256));
  const reader = new FrameReader(wire);
  let heard = false;
  let settle: (payload: Uint8Array | undefined) => void = () => {};
  const leave = line.onText((text) => {
    heard ||= text.length > 0;
    for (const frame of reader.push(text)) if (requester.accept(frame)) settle(frame.payload);
  });
  const exchange = async (text: string) => {
    const answer = new Promise<Uint8Array | undefined>((resolve) => {
      settle = resolve;
    });
    const timer = setTimeout(() => settle(undefined), patienceMs);
    try {
      await line.send(text);
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    if ((await exchange(requester.reset())) === undefined) return { fault: heard ? "gibberish" : "silence" };
    const payload = await exchange(requester.next(encodeCommand(getData(TAG_TOKEN_INFORMATION))));
    return (payload && information(payload)) ?? { fault: "gibberish" };
  } finally {
    leave();
  }
}

function information(payload: Uint8Array): Answer | undefined {
  try {
    return { fields: informationFields(parseResponse(payload).data) };
  } catch {
    return undefined;
  }
}
