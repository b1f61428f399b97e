/** The clock chip of a token on an interpreter: the chip itself is here, and its mirror there is told of each change. */
import type { ClockState } from "../engine.ts";
import { Ds3231 } from "../machine/ds3231.ts";
import { type ClockMirror, MIRROR_SPAN, mirrorOf } from "./clock-mirror.ts";

export class MirroredClock {
  readonly chip: Ds3231;
  readonly #now: () => number;
  readonly #made: number;
  readonly #tell: (mirror: ClockMirror) => Promise<unknown>;
  /** Microseconds, while the token's word for the time stands. */
  #stamp: number | undefined;
  #writes = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param now microseconds of the chip's time @param made when that time was 0, in milliseconds of Unix time
   * @param tell takes a mirror to the interpreter
   */
  constructor(
    now: () => number,
    made: number,
    fault: (text: string) => void,
    tell: (mirror: ClockMirror) => Promise<unknown>,
  ) {
    this.#now = now;
    this.#made = made;
    this.#tell = tell;
    this.chip = new Ds3231(() => this.#stamp ?? now(), fault);
  }

  get mirror(): ClockMirror {
    return mirrorOf(this.chip, this.#now(), this.#made, this.#writes);
  }

  /** Somebody turns the chip's time or its crystal. */
  async set({ unixTime, driftPpm, temperatures }: Partial<ClockState>): Promise<void> {
    const { chip } = this;
    if (unixTime !== undefined) chip.setTime(unixTime);
    if (driftPpm !== undefined || temperatures !== undefined)
      chip.drift = { ppm: driftPpm ?? chip.drift.ppm, temperatures: [...(temperatures ?? chip.drift.temperatures)] };
    this.stop();
    if (chip.drift.temperatures.length > 0)
      this.#timer = setInterval(() => void this.#tell(this.mirror), MIRROR_SPAN).unref();
    await this.#tell(this.mirror);
  }

  /** The token wrote to the chip: how often it has by now, its seconds of the chip's time, the bytes. */
  written(writes: number, seconds: number, data: Uint8Array): void {
    this.#writes = writes;
    this.#stamp = Math.round(seconds * 1e6);
    this.chip.write(data);
    this.#stamp = undefined;
    // A change of the clock from here that the prelude refused, because it had not heard of this, is told again.
    void this.#tell(this.mirror);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
