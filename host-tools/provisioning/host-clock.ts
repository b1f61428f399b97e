import { setTimeout as sleep } from "node:timers/promises";

/** The host's time, handed in so that tests can have their own. */
export interface HostClock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Settles when so many milliseconds of this clock have passed; real ones when left out. */
  sleep?(ms: number): Promise<void>;
}

export const systemClock: HostClock = { now: () => Date.now() };

export function pause(clock: HostClock, ms: number): Promise<void> {
  return clock.sleep ? clock.sleep(ms) : sleep(ms);
}
