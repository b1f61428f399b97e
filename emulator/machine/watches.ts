/**
 * Espruino's `setWatch`: an edge of a pin leaves an event, and the main loop calls back after the code that runs now has ended. The
 * events of a pin that is no longer watched by then call nobody.
 */
import { microseconds, type Timers } from "./timers.ts";

/** What a watch's callback is told: the level after the edge, and seconds of the system's clock. */
export interface WatchEvent {
  state: boolean;
  time: number;
  lastTime: number | undefined;
  pin: number;
}

interface Watch {
  id: number;
  pin: number;
  call: (event: WatchEvent) => void;
  repeat: boolean;
  /** 1 rising, -1 falling, 0 both. */
  edge: number;
  /** Microseconds. */
  debounce: number;
  state: boolean;
  lastTime: number | undefined;
  /** The debounce timer, while the pin has not settled. */
  settling: { timer: number; state: boolean } | undefined;
}

interface Edge {
  pin: number;
  high: boolean;
  /** Seconds of the system's clock. */
  time: number;
}

const EDGES: Record<string, number> = { rising: 1, falling: -1, both: 0 };

export class Watches {
  readonly #timers: Timers;
  readonly #systemSeconds: () => number;
  #watches: Watch[] = [];
  #edges: Edge[] = [];

  /** @param systemSeconds the microcontroller's own clock, as `getTime` tells it */
  constructor(timers: Timers, systemSeconds: () => number) {
    this.#timers = timers;
    this.#systemSeconds = systemSeconds;
  }

  reset(): void {
    this.#watches = [];
    this.#edges = [];
  }

  watched(pin: number): boolean {
    return this.#watches.some((watch) => watch.pin === pin);
  }

  /** @param level the pin's level now */
  set(call: unknown, pin: number, options: unknown, level: boolean): number {
    if (typeof call !== "function") throw new Error("Function or String not supplied!");
    const { repeat, edge, debounce } =
      typeof options === "object" && options !== null
        ? (options as { repeat?: unknown; edge?: unknown; debounce?: unknown })
        : { repeat: options };
    const id = (this.#watches.at(-1)?.id ?? 0) + 1;
    this.#watches.push({
      id,
      pin,
      call: call as Watch["call"],
      repeat: Boolean(repeat),
      edge: edgeOf(edge),
      debounce: Number(debounce) > 0 ? microseconds(debounce) : 0,
      state: level,
      lastTime: undefined,
      settling: undefined,
    });
    return id;
  }

  /** @param args the arguments as they were given: without one, Espruino clears every watch of the program */
  clear(args: unknown[]): void {
    if (args.length === 0) throw new Error("clearWatch() without a number clears all watches of the program");
    if (args[0] === undefined)
      throw new Error("clearWatch(undefined) not allowed: on older versions of Espruino it clears all watches");
    const watch = this.#watches.find((candidate) => candidate.id === args[0]);
    if (watch === undefined) throw new Error(`Unknown Watch ${args[0]}`);
    this.#remove(watch);
  }

  /** An interrupt saw the pin change. */
  edge(pin: number, high: boolean): void {
    this.#edges.push({ pin, high, time: this.#systemSeconds() });
  }

  /** Calls back for the oldest edge. False when there is none. */
  runEvent(): boolean {
    const edge = this.#edges.shift();
    if (edge === undefined) return false;
    for (const watch of this.#watches.filter((candidate) => candidate.pin === edge.pin)) {
      if (!this.#watches.includes(watch)) continue; // an earlier callback cleared it
      if (watch.debounce > 0) this.#settle(watch, edge.high);
      else {
        watch.state = edge.high;
        this.#fire(watch, edge.high, edge.time);
      }
    }
    return true;
  }

  #settle(watch: Watch, high: boolean): void {
    if (watch.settling !== undefined) this.#timers.remove(watch.settling.timer);
    else if (high === watch.state) return;
    const timer = this.#timers.add(watch.debounce, () => {
      const changed = watch.settling?.state !== watch.state;
      watch.settling = undefined;
      if (!changed) return;
      watch.state = !watch.state;
      this.#fire(watch, watch.state, this.#systemSeconds() - watch.debounce / 1e6);
    });
    watch.settling = { timer, state: high };
  }

  #fire(watch: Watch, state: boolean, time: number): void {
    const lastTime = watch.lastTime;
    watch.lastTime = time;
    if (watch.edge !== 0 && watch.edge > 0 !== state) return;
    try {
      watch.call({ state, time, lastTime, pin: watch.pin });
    } finally {
      if (!watch.repeat) this.#remove(watch);
    }
  }

  #remove(watch: Watch): void {
    if (watch.settling !== undefined) this.#timers.remove(watch.settling.timer);
    this.#watches = this.#watches.filter((other) => other !== watch);
  }
}

function edgeOf(edge: unknown): number {
  if (edge === undefined) return 0;
  if (typeof edge === "number") return Math.sign(edge);
  const known = EDGES[String(edge)];
  if (known === undefined) throw new TypeError("'edge' in setWatch should be 1, -1, 0, 'rising', 'falling' or 'both'");
  return known;
}
