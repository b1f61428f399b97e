/**
 * Espruino's `setTimeout`, `setInterval` and their like.
 *
 * Two traps of the genuine interpreter are kept. A number is used again as soon as the timers behind it are gone, so a number kept
 * beyond its timer's life may stop somebody else's. And clearing without a number clears every timer of the program, which here is
 * an error that says so.
 */
import type { Scheduler } from "./scheduler.ts";

interface Timer {
  id: number;
  /** Microseconds. */
  due: number;
  /** Microseconds; undefined for a timer that runs once. */
  interval: number | undefined;
  call: () => void;
}

/** Espruino's shortest timer, in milliseconds. */
const SHORTEST = 0.1;
/** Espruino's longest timer, in milliseconds: more than 100 years are refused. */
const LONGEST = 31536000001000;

/** Milliseconds to whole microseconds, no shorter than Espruino allows. */
export function microseconds(ms: unknown): number {
  const wanted = Number(ms);
  return Math.floor((Number.isNaN(wanted) || wanted < SHORTEST ? SHORTEST : wanted) * 1000);
}

export class Timers {
  readonly #scheduler: Scheduler;
  #timers: Timer[] = [];

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** What a loss of power does. */
  reset(): void {
    this.#timers = [];
  }

  set(call: unknown, ms: unknown, args: unknown[], repeat: boolean): number {
    if (typeof call !== "function") throw new Error("Function or String not supplied!");
    if (Number(ms) > LONGEST) throw new Error("Interval is too long (>100 years)");
    const interval = microseconds(ms);
    return this.add(interval, () => call(...args), repeat ? interval : undefined);
  }

  /** `after` and `interval` in microseconds. */
  add(after: number, call: () => void, interval?: number): number {
    const id = (this.#timers.at(-1)?.id ?? 0) + 1;
    this.#timers.push({ id, due: this.#scheduler.now + after, interval, call });
    return id;
  }

  /** @param args the arguments as they were given, since none and undefined are different mistakes */
  clear(name: string, args: unknown[]): void {
    if (args.length === 0) throw new Error(`${name}() without a number clears all timers of the program`);
    if (args[0] === undefined)
      throw new Error(`${name}(undefined) not allowed: on older versions of Espruino it clears all timers`);
    this.remove(Number(args[0]));
  }

  remove(id: number): void {
    this.#timers = this.#timers.filter((timer) => timer.id !== id);
  }

  nextDue(): number {
    return this.#next()?.due ?? Number.POSITIVE_INFINITY;
  }

  run(): void {
    const timer = this.#next();
    if (timer === undefined) return;
    try {
      timer.call();
    } finally {
      // After the callback, as Espruino does it: a timer's number is not free while it runs.
      if (timer.interval === undefined) this.#timers = this.#timers.filter((other) => other !== timer);
      else timer.due += timer.interval;
    }
  }

  /** The first to be due; of equals the one that was set first. */
  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (first === undefined || timer.due < first.due) first = timer;
    return first;
  }
}
