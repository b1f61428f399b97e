/** What the page knows of an engine, kept up to date, and told to whoever draws it. */
import {
  type ClockState,
  type Engine,
  EngineError,
  type PowerState,
  type Screen,
  type SerialFault,
} from "../engine.ts";
import { type Recorder, RecordingMismatch } from "../recording.ts";
import type { Direction, LineEntry } from "./decode/entry.ts";
import { LineDecoder } from "./decode/line-decoder.ts";
import { WAY_BEGINS, type Way, wayOn } from "./guide-steps.ts";
import { KeyPresser } from "./keys.ts";
import { Pictures } from "./pictures.ts";
import type { StringKey } from "./strings.ts";

/** An entry under a number of its own, so that a list can tell them apart. */
export type NumberedEntry = LineEntry & {
  number: number;
  /** Of a token that is plugged in, not of the engine's. */
  physical: boolean;
};

/** Something to tell the visitor, in words of the page. */
export interface Notice {
  key: StringKey;
  /** What the engine said, in its own words. */
  why?: string;
  /** The form that it is about, where it is said too; without one it is said wherever on the page the visitor is. */
  place?: string;
  /** Something was done, or is going on; without it, something was not done. */
  tone?: "good" | "plain";
  /** It is of what fields still hold: it stays until they are edited, or sent once more. */
  stays?: boolean;
}

/** Where the visitor asked for something, and what that takes. */
export interface Asked {
  place: string;
  /** Said of what the engine calls invalid. */
  expects: StringKey;
  /** Said of what was done and shows nowhere else. */
  done?: StringKey;
  /** It was asked for in fields, which go on holding what was refused. */
  inFields?: boolean;
}

/** How often clock, power and faults are looked at, in milliseconds. */
const LOOK_MS = 500;
/** Entries of the line that are kept. */
const KEPT = 200;

interface Seen {
  screen: Screen;
  clock: ClockState;
  power: PowerState;
}

export class Session {
  readonly engine: Engine & Recorder;
  readonly keys: KeyPresser;
  screen: Screen;
  clock: ClockState;
  power: PowerState;
  serialFaults: SerialFault[] = [];
  /** Newest first. */
  entries: NumberedEntry[] = [];
  /** How far a visitor has come with the guide. */
  way: Way = WAY_BEGINS;
  /** The engine does not answer any more; it is asked on and on. */
  lost = false;
  /** Something was tried that needs power, and there was none. */
  powerMissed = false;
  readonly #pictures: Pictures;
  readonly #listeners = new Set<() => void>();
  readonly #undo: (() => void)[] = [];
  /** By place. */
  readonly #notices = new Map<string | undefined, Notice>();
  #entryCount = 0;

  private constructor(engine: Engine & Recorder, seen: Seen, pictures: Pictures) {
    this.engine = engine;
    this.#pictures = pictures;
    ({ screen: this.screen, clock: this.clock, power: this.power } = seen);
    this.#follow();
    this.keys = new KeyPresser(engine, {
      speed: () => this.clock.speed,
      onDown: () => {
        // Not every engine refuses it.
        if (this.power.on) return;
        this.powerMissed = true;
        this.#tell();
      },
      onRefusal: (error) => void this.refuse(error),
    });
    const decoder = new LineDecoder();
    pictures.onNew = () => {
      this.screen = pictures.last!;
      this.#follow();
      this.#tell();
    };
    this.#undo.push(
      pictures.stop,
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
  static async open(engine: Engine & Recorder): Promise<Session> {
    const pictures = new Pictures(engine);
    try {
      const [screen, clock, power] = [await pictures.read(), await engine.clock(), await engine.power()];
      return new Session(engine, { screen: pictures.last ?? screen, clock, power }, pictures);
    } catch (error) {
      pictures.stop();
      throw error;
    }
  }

  /** Calls back after each change, until the result is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Does something to the engine. A refusal is shown, and has changed nothing. @returns whether it was done */
  async act(action: (engine: Engine & Recorder) => Promise<unknown>, asked?: Asked): Promise<boolean> {
    try {
      await action(this.engine);
      this.#put(asked?.done && { key: asked.done, place: asked.place, tone: "good" }, asked?.place);
      await this.look();
      return true;
    } catch (error) {
      await this.refuse(error, asked);
      return false;
    }
  }

  /** Says in words of the page why something was not done. */
  async refuse(error: unknown, asked?: Asked): Promise<void> {
    const why = error instanceof Error ? error.message : String(error);
    // A screen that is another says something of the recording, not that the firmware failed.
    const invalid = error instanceof RecordingMismatch || error instanceof SyntaxError;
    const fault = error instanceof EngineError ? error.fault : invalid ? "invalid" : "failed";
    const about = { why, place: asked?.place, stays: asked?.inFields };
    if (fault === "no-power" && asked === undefined) {
      this.powerMissed = true;
      await this.look();
    } else if (fault === "failed") {
      await this.look();
      if (!this.lost) this.say({ key: "engineFailed", ...about });
    } else if (fault === "foreign-firmware") {
      await this.look();
      this.say({ key: "foreignFirmware", ...about });
    } else if (fault === "unsupported") this.say({ key: "unsupported", ...about });
    else this.say({ key: asked?.expects ?? "refused", ...about });
  }

  /** Tells the visitor something in the place of what was told last, or takes that back. */
  say(notice: Notice | undefined): void {
    this.#put(notice, notice?.place);
    this.#tell();
  }

  /** What there is to say at a place; without one, wherever the visitor is. */
  notice(place?: string): Notice | undefined {
    return this.#notices.get(place);
  }

  /** The fields at a place hold something else now. */
  edited(place: string): void {
    if (this.notice(place)?.stays !== true) return;
    this.#notices.delete(place);
    this.#tell();
  }

  /** @param place whose notice goes in any case */
  #put(notice: Notice | undefined, place: string | undefined): void {
    for (const [other, { stays }] of this.#notices) if (!stays || other === place) this.#notices.delete(other);
    if (notice !== undefined) this.#notices.set(notice.place, notice);
  }

  /** Looks at clock, power and screen now. */
  async look(): Promise<void> {
    try {
      await this.#look();
      this.lost = false;
    } catch (error) {
      // What the firmware threw is told once; an engine that is gone does not answer the second time either.
      try {
        await this.#look();
        const foreign = error instanceof EngineError && error.fault === "foreign-firmware";
        this.#put({ key: foreign ? "foreignFirmware" : "engineFailed", why: (error as Error).message }, undefined);
      } catch {
        this.lost = true;
      }
    }
    this.#tell();
  }

  async #look(): Promise<void> {
    const [clock, power, faults] = await Promise.all([
      this.engine.clock(),
      this.engine.power(),
      this.engine.capabilities.serialFaults ? this.engine.serialFaults() : [],
    ]);
    this.clock = clock;
    this.power = power;
    this.serialFaults = faults;
    if (power.on) this.powerMissed = false;
    // The picture of a display without power tells of no change.
    if (this.screen.on !== power.on || !power.on || this.lost) this.screen = await this.#pictures.read();
    this.#follow();
  }

  #follow(): void {
    if (this.screen.on)
      this.way = wayOn(
        this.way,
        this.screen.lines.map(({ text }) => text),
      );
  }

  /** Bytes on a line: the engine's, or that of a token that is plugged in. */
  heard(decoder: LineDecoder, direction: Direction, text: string, physical = false): void {
    const found = decoder.push(direction, text).map((entry) => ({ ...entry, number: ++this.#entryCount, physical }));
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
