/**
 * The line as somebody sees it who stands between host and token: bytes of both directions in, what they mean out. It has no keys, so
 * what travels in a secure channel stays closed to it.
 */
import {
  FRAME_COMMAND,
  FRAME_RESET,
  FRAME_RESET_ACK,
  FRAME_RESPONSE,
  type Frame,
} from "../../../protocol/framing/frame.ts";
import { FrameReader } from "../../../protocol/framing/frame-reader.ts";
import { wire } from "../wire.ts";
import { type DescribedCommand, describeCommand } from "./command.ts";
import type { Direction, LineEntry } from "./entry.ts";
import { describeResponse } from "./response.ts";

export class LineDecoder {
  readonly #readers = { "to-token": new FrameReader(wire), "to-host": new FrameReader(wire) };
  /** The last command, and its sequence number. */
  #command: { sequence: number; crc: number; described: DescribedCommand } | undefined;

  /** What this piece completes, in order. Never throws. */
  push(direction: Direction, text: string): LineEntry[] {
    const reader = this.#readers[direction];
    const droppedBefore = reader.dropped;
    const entries = reader.push(text).map((frame) => this.#entry(direction, frame));
    const dropped = reader.dropped - droppedBefore;
    return dropped === 0 ? entries : [...entries, noise(direction, dropped)];
  }

  #entry(direction: Direction, frame: Frame): LineEntry {
    const { sequence, type, payload, crc } = frame;
    const base = { direction, sequence, secured: false, fields: [], payload };
    switch (type) {
      case FRAME_RESET:
        this.#command = undefined;
        return { ...base, name: "RESET", meaning: "reset" };
      case FRAME_RESET_ACK:
        return { ...base, name: "RESET ACK", meaning: "resetDone" };
      case FRAME_COMMAND: {
        const again = this.#command?.sequence === sequence && this.#command.crc === crc;
        const described = describeCommand(payload);
        this.#command = { sequence, crc, described };
        const { name, meaning, secured, fields } = described;
        return { ...base, name, meaning: again ? "sentAgain" : meaning, secured, fields };
      }
      case FRAME_RESPONSE: {
        const command = this.#command?.sequence === sequence ? this.#command.described : undefined;
        return { ...base, name: command?.name ?? "?", ...describeResponse(payload, command) };
      }
      default:
        return { ...base, name: `TYPE ${type}`, meaning: "unknownFrame" };
    }
  }
}

function noise(direction: Direction, packets: number): LineEntry {
  return {
    direction,
    name: "?",
    meaning: "noise",
    secured: false,
    fields: [{ label: "packets", value: String(packets) }],
    payload: new Uint8Array(0),
  };
}
