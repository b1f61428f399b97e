import { setTimeout as sleep } from "node:timers/promises";

/** The host's time, handed in so that tests can have their own. */
export interface HostClock {
  /** Unix time in milliseconds. */
  now(): number;
  /** Settles after so many milliseconds. */
  sleep(ms: number): Promise<void>;
}

export const systemClock: HostClock = {
  now: () => Date.now(),
  sleep: (ms) => sleep(ms),
};
