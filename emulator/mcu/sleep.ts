/**
 * How much the processor sleeps: one that wakes up for housekeeping alone sleeps nearly all the time, and one that only looks at keys
 * sleeps between two looks.
 */
import type { RP2040 } from "rp2040js";

/** In nanoseconds. */
const WINDOW = 40e6;
/** The share of a window that housekeeping may take: timers that do nothing. A scan of the keypad takes more. */
const HOUSEKEEPING = 0.2;
/** How long the processor is awake at most from the end of a look at the keys to the end of the next one, in nanoseconds; and before it sleeps. */
const LOOK = 24e6;
const AFTER_LOOK = 8e6;

export class Sleep {
  readonly #mcu: RP2040;
  #windowStart = 0;
  /** Nanoseconds of sleep in this window, and the share of sleep in the window before. */
  #slept = 0;
  #shareBefore = 0;
  /** Nanoseconds of sleep since the power came. */
  #sleptInAll = 0;
  /** Nanoseconds: how long the processor had been awake at the end of the last look at the keys, and since the one before. */
  #awakeAtLook = Number.NEGATIVE_INFINITY;
  #lookTook = Number.POSITIVE_INFINITY;

  constructor(mcu: RP2040) {
    this.#mcu = mcu;
  }

  /** The processor has slept for so many nanoseconds until now. */
  slept(nanos: number): void {
    this.#slept += nanos;
    this.#sleptInAll += nanos;
    this.#roll();
  }

  /** True when the processor slept nearly all of the last window. */
  get deep(): boolean {
    // To ask changes nothing: the same calls are to find the same sleep, however often somebody looked in between.
    const span = this.#mcu.clock.nanos - this.#windowStart;
    const share = span < WINDOW ? this.#shareBefore : this.#slept / span;
    return share > 1 - HOUSEKEEPING;
  }

  /** The firmware has looked at its keys. */
  looked(): void {
    const awake = this.#awake;
    this.#lookTook = awake - this.#awakeAtLook;
    this.#awakeAtLook = awake;
  }

  /** True when the processor has done nothing else of late than to look at its keys. */
  get looksOnly(): boolean {
    return this.#lookTook <= LOOK && this.#awake - this.#awakeAtLook <= AFTER_LOOK;
  }

  /** Something happened that the processor will have to work at: a window begins. */
  disturb(): void {
    this.#windowStart = this.#mcu.clock.nanos;
    this.#slept = 0;
    this.#shareBefore = 0;
    this.#awakeAtLook = Number.NEGATIVE_INFINITY;
    this.#lookTook = Number.POSITIVE_INFINITY;
  }

  get #awake(): number {
    return this.#mcu.clock.nanos - this.#sleptInAll;
  }

  #roll(): void {
    const now = this.#mcu.clock.nanos;
    if (now - this.#windowStart < WINDOW) return;
    this.#shareBefore = this.#slept / (now - this.#windowStart);
    this.#windowStart = now;
    this.#slept = 0;
  }
}
