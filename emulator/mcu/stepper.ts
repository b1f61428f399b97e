/**
 * Runs the library's RP2040 in pieces: its time, its sleep, and its instructions, by `thumb.ts` where that knows them and by the library
 * where it does not.
 */
import type { Simulator } from "rp2040js";
import { Thumb } from "./thumb.ts";

/** Cycles a second. */
export const CLOCK_HZ = 125_000_000;
/** Whole cycles in so many milliseconds. */
export const cyclesOf = (ms: number): number => Math.round((ms * CLOCK_HZ) / 1000);
const NANOS_A_CYCLE = 1e9 / CLOCK_HZ;

export class Stepper {
  /** Told for how many nanoseconds the processor has slept. */
  onSlept: (nanos: number) => void = () => {};
  readonly #simulator: Simulator;
  readonly #thumb: Thumb;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#thumb = new Thumb(simulator.rp2040);
  }

  /** Runs or sleeps up to `end` in nanoseconds of the simulator, but at most so many instructions. */
  run(end: number, instructions: number): void {
    const { clock } = this.#simulator;
    const { core } = this.#simulator.rp2040;
    const thumb = this.#thumb;
    let cycles = 0;
    let limit = this.#cyclesBefore(end);
    for (let i = 0; i < instructions; i++) {
      if (core.waiting) {
        clock.tick(cycles * NANOS_A_CYCLE);
        cycles = 0;
        if (core.waiting) {
          const since = clock.nanos;
          if (since >= end) return;
          clock.tick(Math.min(clock.nanosToNextAlarm || Number.POSITIVE_INFINITY, end - since));
          this.onSlept(clock.nanos - since);
        }
        limit = this.#cyclesBefore(end);
        continue;
      }
      const spent = core.interruptsUpdated ? 0 : thumb.step();
      if (spent > 0) {
        cycles += spent;
        if (cycles < limit) continue;
        clock.tick(cycles * NANOS_A_CYCLE);
      } else {
        // Peripherals see the time: all that was spent so far has to be in it.
        clock.tick(cycles * NANOS_A_CYCLE);
        clock.tick(core.executeInstruction() * NANOS_A_CYCLE);
      }
      cycles = 0;
      if (clock.nanos >= end) return;
      limit = this.#cyclesBefore(end);
    }
    clock.tick(cycles * NANOS_A_CYCLE);
  }

  /** Cycles until an alarm of the simulator, or `end`, must be seen. */
  #cyclesBefore(end: number): number {
    const { clock } = this.#simulator;
    const nanos = Math.min(clock.nanosToNextAlarm || Number.POSITIVE_INFINITY, end - clock.nanos, 1e9);
    return Math.ceil(nanos / NANOS_A_CYCLE);
  }
}
