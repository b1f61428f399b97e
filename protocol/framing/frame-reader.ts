/** Finds frames in a stream that arrives in arbitrary pieces, with noise between them. */
import type { Wire } from "../primitives.ts";
import { decodeFrame, type Frame, MAX_ESCAPED } from "./frame.ts";
import { END } from "./slip.ts";

export class FrameReader {
  /** Packets that were no frames (too long, too short, bad escape, bad CRC) since the reader was made. */
  dropped: number;
  private readonly wire: Wire;
  /** What came since the last END; never longer than the longest frame. */
  private pending: string;
  /** The packet that is coming in is longer than any frame: wait for its END. */
  private overlong: boolean;

  constructor(wire: Wire) {
    this.wire = wire;
    this.dropped = 0;
    this.pending = "";
    this.overlong = false;
  }

  /** Forgets the packet that is coming in. */
  reset(): void {
    this.pending = "";
    this.overlong = false;
  }

  /** The frames that this piece completes, in order; none for noise. Never throws. */
  push(text: string): Frame[] {
    const frames: Frame[] = [];
    const parts = text.split(END);
    for (let i = 0; i < parts.length; i++) {
      if (this.pending.length + parts[i].length > MAX_ESCAPED) {
        this.pending = "";
        this.overlong = true;
      }
      if (!this.overlong) this.pending += parts[i];
      if (i === parts.length - 1) break; // no END has come for this one yet
      const packet = this.pending;
      const overlong = this.overlong;
      this.reset();
      if (packet === "" && !overlong) continue; // two ENDs in a row
      const frame = overlong ? undefined : decodeFrame(this.wire, packet);
      if (frame === undefined) this.dropped++;
      else frames.push(frame);
    }
    return frames;
  }
}
