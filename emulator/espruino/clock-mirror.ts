/** The clock chip as the interpreter sees it between two moments at which the engine tells it. */
import { gained } from "../machine/crystal.ts";
import { Ds3231 } from "../machine/ds3231.ts";

/** The clock chip, at a moment. */
export interface ClockMirror {
  /** Seconds of the interpreter's `getTime`, and the Unix time in seconds that the chip showed then. */
  at: number;
  shown: number;
  /** Seconds of the chip in a second. */
  rate: number;
  weekdayShift: number;
  /** All of them; those of the time are not looked at. */
  registers: number[];
  /** How many writes of the token's the engine knew of when it said this. */
  writes: number;
}

/** How long a mirror holds while the temperature changes, in milliseconds. */
export const MIRROR_SPAN = 60_000;
const SPAN = MIRROR_SPAN * 1000;
const REGISTERS = 0x13;

/** @param now microseconds of the chip's time @param made when that time was 0, in milliseconds of Unix time */
export function mirrorOf(clock: Ds3231, now: number, made: number, writes: number): ClockMirror {
  const { state } = clock;
  // Reading the chip itself would move its pointer, which is the token's.
  const copy = new Ds3231(
    () => now,
    () => {},
  );
  copy.state = state;
  copy.write(new Uint8Array([0]));
  return {
    at: (made + now / 1000) / 1000,
    shown: copy.unixTime,
    rate: 1 + gained(now, now + SPAN, state.drift) / SPAN,
    weekdayShift: state.weekdayShift,
    registers: [...copy.read(REGISTERS)],
    writes,
  };
}
