/**
 * Knows Espruino's idle loop from outside: it looks at the microsecond timer in each of its rounds, some ten microseconds apart, and
 * whatever the interpreter works at makes it look away for longer.
 */
import type { RP2040 } from "rp2040js";

const TIMER = 0x40054;
/** Between two looks in the idle loop, in nanoseconds, with room to spare. */
const LONGEST_ROUND = 100e3;
/** That long without anything else is idle. */
const STEADY = 20e6;

export class IdleLoop {
  readonly #mcu: RP2040;
  #lastLook = 0;
  #steadySince = 0;

  constructor(mcu: RP2040) {
    this.#mcu = mcu;
    const timer = mcu.peripherals[TIMER];
    const readUint32 = timer.readUint32.bind(timer);
    timer.readUint32 = (offset) => {
      const now = this.#now;
      if (now - this.#lastLook > LONGEST_ROUND) this.#steadySince = now;
      this.#lastLook = now;
      return readUint32(offset);
    };
  }

  get idle(): boolean {
    return this.#now - this.#lastLook < LONGEST_ROUND && this.#now - this.#steadySince > STEADY;
  }

  get #now(): number {
    return this.#mcu.clock.nanos;
  }
}
