/** What the page knows of an engine, kept up to date, and told to whoever draws it. */
import type { ClockState, Engine, PowerState, Screen, SerialFault } from "../engine.ts";
import type { Direction, LineEntry } from "./decode/entry.ts";
import { LineDecoder } from "./decode/line-decoder.ts";
import { KeyPresser } from "./keys.ts";
import type { StringKey } from "./strings.ts";

/** An entry under a number of its own, so that a list can tell them apart. */
export type NumberedEntry = LineEntry & { number: number };

/** What went wrong, in words of the page; `why` is what the engine said. */
export interface Problem {
  key: StringKey;
  why?: string;
}

/** How often clock and power are looked at, in milliseconds. */
const LOOK_MS = 500;
/** Entries of the line that are kept. */
const KEPT = 200;

export class Session {
  readonly engine: Engine;
  readonly keys: KeyPresser;
  screen: Screen;
  clock: ClockState;
  power: PowerState;
  serialFaults: SerialFault[] = [];
  /** Newest first. */
  entries: NumberedEntry[] = [];
  problem: Problem | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #undo: (() => void)[] = [];
  #entryCount = 0;

  private constructor(engine: Engine, screen: Screen, clock: ClockState, power: PowerState) {
    this.engine = engine;
    this.screen = screen;
    this.clock = clock;
    this.power = power;
    this.keys = new KeyPresser(engine, {
      speed: () => this.clock.speed,
      onRefusal: (error) => this.refuse(error),
    });
    const decoder = new LineDecoder();
    this.#undo.push(
      engine.onScreen((next) => {
        this.screen = next;
        this.#tell();
      }),
      engine.onSerial((direction, text) => this.heard(decoder, direction, text)),
    );
    let looking = false;
    const timer = setInterval(() => {
      if (looking || document.hidden) return;
      looking = true;
      void this.look().finally(() => {
        looking = false;
      });
    }, LOOK_MS);
    this.#undo.push(() => clearInterval(timer));
  }

  /** @throws EngineError where the engine does not answer */
  static async open(engine: Engine): Promise<Session> {
    return new Session(engine, await engine.screen(), await engine.clock(), await engine.power());
  }

  /** Calls back after each change, until the result is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Does something to the engine. A refusal is shown, and has changed nothing. @returns whether it was done */
  async act(action: (engine: Engine) => Promise<unknown>): Promise<boolean> {
    try {
      await action(this.engine);
      this.problem = undefined;
      await this.look();
      return true;
    } catch (error) {
      this.refuse(error);
      return false;
    }
  }

  refuse(error: unknown): void {
    this.say({ key: "refused", why: error instanceof Error ? error.message : String(error) });
  }

  /** Shows a problem, or takes it away. */
  say(problem: Problem | undefined): void {
    this.problem = problem;
    this.#tell();
  }

  /** Looks at clock, power and screen now. */
  async look(): Promise<void> {
    try {
      [this.clock, this.power] = await Promise.all([this.engine.clock(), this.engine.power()]);
      // The picture of a display without power tells of no change.
      if (this.screen.on !== this.power.on || !this.power.on) this.screen = await this.engine.screen();
      this.#tell();
    } catch (error) {
      this.refuse(error);
    }
  }

  /** Bytes on a line: the engine's, or that of a token that is plugged in. */
  heard(decoder: LineDecoder, direction: Direction, text: string): void {
    const found = decoder.push(direction, text).map((entry) => ({ ...entry, number: ++this.#entryCount }));
    if (found.length === 0) return;
    this.entries = [...found.reverse(), ...this.entries].slice(0, KEPT);
    this.#tell();
  }

  clearEntries(): void {
    this.entries = [];
    this.#tell();
  }

  close(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
