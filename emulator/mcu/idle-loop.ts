/**
 * Knows from outside whether Espruino works at something. In its idle loop it looks at the microsecond timer in each round, some ten
 * microseconds apart; whatever the interpreter works at makes it look away for longer. A processor that sleeps does not work either.
 */
import type { RP2040 } from "rp2040js";

const TIMER = 0x40054;
/** Between two looks in the idle loop, in nanoseconds, with room to spare. */
const LONGEST_ROUND = 100e3;
/** Work is measured in windows of this length, in nanoseconds. */
const WINDOW = 40e6;
/** The share of a window that housekeeping may take: a timer that does nothing, a scan of the keypad that finds nothing. */
const HOUSEKEEPING = 0.2;

export class IdleLoop {
  readonly #mcu: RP2040;
  #lastLook = 0;
  #windowStart = 0;
  /** Nanoseconds of work in this window, and the share of work in the window before. */
  #worked = 0;
  #shareBefore = 1;

  constructor(mcu: RP2040) {
    this.#mcu = mcu;
    const timer = mcu.peripherals[TIMER];
    const readUint32 = timer.readUint32.bind(timer);
    timer.readUint32 = (offset) => {
      this.#look(true);
      return readUint32(offset);
    };
  }

  /** The processor has slept until now. */
  slept(): void {
    this.#look(false);
  }

  /** True when it had next to nothing to do for some time. */
  get idle(): boolean {
    this.#look(true);
    return this.#shareBefore < HOUSEKEEPING && this.#worked < HOUSEKEEPING * WINDOW;
  }

  #look(awake: boolean): void {
    const now = this.#mcu.clock.nanos;
    const gap = now - this.#lastLook;
    this.#lastLook = now;
    if (awake && gap > LONGEST_ROUND) this.#worked += gap;
    if (now - this.#windowStart < WINDOW) return;
    this.#shareBefore = this.#worked / (now - this.#windowStart);
    this.#windowStart = now;
    this.#worked = 0;
  }
}
