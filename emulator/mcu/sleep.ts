/** How much the processor sleeps: one that wakes up for housekeeping alone sleeps nearly all the time. */
import type { RP2040 } from "rp2040js";

/** In nanoseconds. */
const WINDOW = 40e6;
/** The share of a window that housekeeping may take: timers that do nothing. A scan of the keypad takes more. */
const HOUSEKEEPING = 0.2;

export class Sleep {
  readonly #mcu: RP2040;
  #windowStart = 0;
  /** Nanoseconds of sleep in this window, and the share of sleep in the window before. */
  #slept = 0;
  #shareBefore = 0;

  constructor(mcu: RP2040) {
    this.#mcu = mcu;
  }

  /** The processor has slept for so many nanoseconds until now. */
  slept(nanos: number): void {
    this.#slept += nanos;
    this.#roll();
  }

  /** True when the processor slept nearly all of the last window. */
  get deep(): boolean {
    this.#roll();
    return this.#shareBefore > 1 - HOUSEKEEPING;
  }

  /** Something happened that the processor will have to work at: a window begins. */
  disturb(): void {
    this.#windowStart = this.#mcu.clock.nanos;
    this.#slept = 0;
    this.#shareBefore = 0;
  }

  #roll(): void {
    const now = this.#mcu.clock.nanos;
    if (now - this.#windowStart < WINDOW) return;
    this.#shareBefore = this.#slept / (now - this.#windowStart);
    this.#windowStart = now;
    this.#slept = 0;
  }
}
