/**
 * The host's end of the line: numbers the requests and knows the answer to the last one. Knows no port and no clock: to try again,
 * send the same text again.
 */
import type { Wire } from "../primitives.ts";
import { encodeFrame, FRAME_COMMAND, FRAME_RESET, FRAME_RESET_ACK, FRAME_RESPONSE, type Frame } from "./frame.ts";

export class Requester {
  private readonly wire: Wire;
  /** Of the last request. */
  private sequence: number;
  /** The frame type that answers the outstanding request; 0 when nothing is outstanding. */
  private awaited: number;

  /** @param sequence of the request before the first, 0 to 255: a random one tells this host's requests from those of an earlier one */
  constructor(wire: Wire, sequence?: number) {
    this.wire = wire;
    this.sequence = sequence === undefined ? 0 : sequence & 0xff;
    this.awaited = 0;
  }

  /** The text that asks the token to end its session and forget its last response: the first thing to send on an opened port. */
  reset(): string {
    return this.request(FRAME_RESET, FRAME_RESET_ACK, new Uint8Array(0));
  }

  /**
   * The text that carries a command APDU of 282 bytes at most. Whatever was outstanding is given up.
   * @throws FrameError
   */
  next(commandApdu: Uint8Array): string {
    return this.request(FRAME_COMMAND, FRAME_RESPONSE, commandApdu);
  }

  /** Whether this frame answers the outstanding request. A request is answered once: a second copy of the answer is not accepted. */
  accept(frame: Frame): boolean {
    if (this.awaited === 0 || frame.type !== this.awaited || frame.sequence !== this.sequence) return false;
    this.awaited = 0;
    return true;
  }

  private request(type: number, answer: number, payload: Uint8Array): string {
    const sequence = (this.sequence + 1) & 0xff;
    const text = encodeFrame(this.wire, sequence, type, payload);
    this.sequence = sequence;
    this.awaited = answer;
    return text;
  }
}
