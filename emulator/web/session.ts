/** What the page knows of an engine, kept up to date, and told to whoever draws it. */
import {
  type ClockState,
  type Engine,
  EngineError,
  type PowerState,
  type Screen,
  type SerialFault,
} from "../engine.ts";
import { LOWEST_VOLTS } from "../machine/machine.ts";
import { type Recorder, RecordingMismatch } from "../recording.ts";
import type { Direction, LineEntry } from "./decode/entry.ts";
import { LineDecoder } from "./decode/line-decoder.ts";
import { WAY_BEGINS, type Way, wayOn } from "./guide-steps.ts";
import { KeyPresser } from "./keys.ts";
import { Pictures } from "./pictures.ts";
import { type Reason, reasonOf } from "./reasons.ts";
import { soundIsOff } from "./remembered.ts";
import { Speaker } from "./speaker.ts";
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
  values?: Record<string, string>;
  /** Why that is so. */
  why?: Pick<Reason, "key" | "values">;
  /** What nobody can translate, in the words of whoever said it. */
  detail?: string;
  /** The lines of a screen, as they were recorded and as they are. */
  screens?: { expected: string[]; actual: string[] };
  /** The form that it is about, where it is said too; without one it is said wherever on the page the visitor is. */
  place?: string;
  /** Something was done, or is going on; without it, something was not done. */
  tone?: "good" | "plain";
  /** It is of what fields still hold: it stays until they are edited, or something was done. */
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

/** Its battery does not start a token any more. */
export const isFlat = ({ batteryVolts }: PowerState): boolean => batteryVolts < LOWEST_VOLTS;

/** How often clock, power and faults are looked at, in milliseconds. */
const LOOK_MS = 500;
/** Milliseconds that a tone is seen for at least: a key's click takes a few, and no eye would catch it. */
const SEEN_MS = 800;
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
  readonly speaker = new Speaker(soundIsOff());
  /** What the buzzer sounds, in hertz, or has sounded just now; 0 is silence. */
  sounding = 0;
  screen: Screen;
  clock: ClockState;
  power: PowerState;
  serialFaults: SerialFault[] = [];
  /** Somebody has begun a recording, here or elsewhere, and nobody has ended it yet. */
  recording = false;
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
      onPressed: () => this.done(),
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
    let silence: ReturnType<typeof setTimeout> | undefined;
    this.#undo.push(
      engine.onSound((sound) => {
        this.speaker.play(sound);
        clearTimeout(silence);
        const show = (hertz: number) => {
          this.sounding = hertz;
          this.#tell();
        };
        if (sound.hertz > 0) show(sound.hertz);
        else silence = setTimeout(() => show(0), SEEN_MS);
      }),
      () => clearTimeout(silence),
      () => this.speaker.close(),
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
      this.#notices.clear();
      this.#put(asked?.done && { key: asked.done, place: asked.place, tone: "good" });
      await this.look();
      return true;
    } catch (error) {
      await this.refuse(error, asked);
      return false;
    }
  }

  /** Says in words of the page why something was not done. */
  async refuse(error: unknown, asked?: Asked): Promise<void> {
    const about = { place: asked?.place, stays: asked?.inFields };
    // A screen that is another says something of the recording, not that the firmware failed.
    const invalid = error instanceof RecordingMismatch || error instanceof SyntaxError;
    const fault = error instanceof EngineError ? error.fault : invalid ? "invalid" : "failed";
    if (fault === "no-power" && asked === undefined) {
      this.powerMissed = true;
      await this.look();
    } else if (fault === "failed") {
      await this.look();
      if (!this.lost) this.say({ ...failure(error), ...about });
    } else if (fault === "foreign-firmware") {
      await this.look();
      this.say({ ...failure(error), ...about });
    } else if (fault === "invalid" || fault === "unsupported") {
      const { detail, ...why } = reasonOf(error) ?? {};
      const known = "key" in why ? { why } : {};
      const key = fault === "unsupported" ? "unsupported" : (asked?.expects ?? "refused");
      // Of what stands in fields, what was expected says it all.
      const own = "key" in why || asked?.inFields ? detail : wordsOf(error);
      const screens = error instanceof RecordingMismatch ? { screens: error } : {};
      this.say({ key, ...known, detail: own, ...screens, ...about });
    } else this.say({ ...(reasonOf(error) ?? { key: "refused", detail: wordsOf(error) }), ...about });
  }

  /** Tells the visitor something in the place of what was told last, or takes that back. */
  say(notice: Notice | undefined): void {
    this.#put(notice);
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

  /** Something was done: what was not done before is of no interest any more. */
  done(): void {
    const refusals = [...this.#notices].filter(([, { tone }]) => tone === undefined);
    for (const [place] of refusals) this.#notices.delete(place);
    if (refusals.length > 0) this.#tell();
  }

  #put(notice: Notice | undefined): void {
    for (const [place, { stays }] of this.#notices) if (!stays) this.#notices.delete(place);
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
        this.#put(failure(error));
      } catch {
        this.lost = true;
      }
    }
    this.#tell();
  }

  async #look(): Promise<void> {
    const [clock, power, faults, recording] = await Promise.all([
      this.engine.clock(),
      this.engine.power(),
      this.engine.capabilities.serialFaults ? this.engine.serialFaults() : [],
      this.engine.isRecording(),
    ]);
    this.clock = clock;
    this.power = power;
    this.serialFaults = faults;
    this.recording = recording;
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

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** What a failure is called: by its reason, where that is known. */
function failure(error: unknown): Notice {
  // The firmware is named in it, and what makes it known.
  if (error instanceof EngineError && error.fault === "foreign-firmware")
    return { key: "foreignFirmware", detail: error.message };
  return reasonOf(error) ?? { key: "engineFailed", detail: wordsOf(error) };
}
