/**
 * The token's end of the line: strict request and response, each request executed once.
 *
 * A host that got no answer sends the same frame again. If sequence number *and* CRC are those of the last request, the last answer
 * goes out again and nothing is executed: a repeated SET CLOCK or PUT KEY must not happen twice, and inside a secure channel
 * the repeated command would fail its MAC.
 */
import type { Wire } from "../primitives.ts";
import { encodeFrame, FRAME_COMMAND, FRAME_RESET, FRAME_RESET_ACK, FRAME_RESPONSE } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";

export class Responder {
  /** Its `dropped` counts the noise on the line. */
  readonly reader: FrameReader;
  private readonly wire: Wire;
  private readonly execute: (command: Uint8Array) => Uint8Array;
  private readonly onReset: () => void;
  private sequence: number;
  private crc: number;
  /** The frame that answered the last request; "" when there is none to repeat. */
  private answer: string;

  /**
   * @param execute takes a command APDU and returns the response APDU; answers every fault by a status word and does not throw
   * @param onReset the host sent RESET: the secure channel ends
   */
  constructor(wire: Wire, execute: (command: Uint8Array) => Uint8Array, onReset: () => void) {
    this.wire = wire;
    this.execute = execute;
    this.onReset = onReset;
    this.reader = new FrameReader(wire);
    this.sequence = 0;
    this.crc = 0;
    this.answer = "";
  }

  /** The port was opened, or power came back: nothing of before is repeated or continued. */
  reset(): void {
    this.reader.reset();
    this.dropCache();
  }

  /**
   * A session ended: its last answer is not given again.
   *
   * When `execute` calls this, the answer to the command that it is executing is not affected: it is kept afterwards like any other, or
   * a host that lost it could never learn that its session ended.
   */
  dropCache(): void {
    this.answer = "";
  }

  /** Takes what came in; returns what is to be sent, "" for nothing. Frames of other types are ignored. */
  receive(text: string): string {
    const frames = this.reader.push(text);
    let out = "";
    for (let i = 0; i < frames.length; i++) {
      const frame = frames[i];
      if (frame.type === FRAME_RESET) {
        this.dropCache();
        this.onReset();
        out += encodeFrame(this.wire, frame.sequence, FRAME_RESET_ACK, new Uint8Array(0));
      } else if (frame.type === FRAME_COMMAND) {
        if (this.answer === "" || frame.sequence !== this.sequence || frame.crc !== this.crc) {
          this.dropCache();
          const response = this.execute(frame.payload);
          this.answer = encodeFrame(this.wire, frame.sequence, FRAME_RESPONSE, response);
          this.sequence = frame.sequence;
          this.crc = frame.crc;
        }
        out += this.answer;
      }
    }
    return out;
  }
}
