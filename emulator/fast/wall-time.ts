/** Time that passes by itself: the clock on the wall times a speed, as far as the firmware keeps up. */
import { LATEST } from "./check.ts";

export class WallTime {
  readonly #speed: number;
  /** The clock on the wall when it was last looked at, in milliseconds. */
  #seen = Date.now();
  /** Microseconds of the machine's time. */
  #target: number;

  /** @param now of the machine, in microseconds */
  constructor(speed: number, now: number) {
    this.#speed = speed;
    this.#target = now;
  }

  /**
   * How far a machine that is at `now` should be at this moment, both in microseconds. The clock on the wall goes on while a laptop
   * sleeps, and so does the token's; it may be set back, and time here may not.
   */
  due(now: number): number {
    const wall = Date.now();
    this.#target = Math.max(this.#target, now) + Math.max(0, wall - this.#seen) * this.#speed * 1000;
    this.#seen = wall;
    return Math.min(Math.floor(this.#target), LATEST);
  }

  /** How far a machine that is at `now` is behind the clock on the wall at this moment, both in microseconds. */
  behind(now: number): number {
    return Math.max(0, this.#target - now) + Math.max(0, Date.now() - this.#seen) * this.#speed * 1000;
  }

  /**
   * The machine came no further than `now`, and the rest is let go. A key that is held keeps the firmware busy: at a high speed it can't
   * keep up, the work would only grow, and nobody else would get a turn.
   */
  letGo(now: number): void {
    this.#target = now;
    this.#seen = Date.now();
  }
}
