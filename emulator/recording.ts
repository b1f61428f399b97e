/**
 * A session written down, to be played again as a test: on this token or a new one of its serial number, with this firmware or other.
 *
 * It begins with a power cycle: the token without power is plain data, whatever firmware it then runs, and every engine can tell of it.
 * What a snapshot has beside that belongs to one build of the firmware. So a recording holds all that there is when the power comes on:
 * flash, clock with its drift and its time of day, battery, faults of the line as far as they have counted, the time, and the numbers
 * that what is random goes on from. What is not in it is not there: fingers leave their keys, bytes on their way on the line get lost,
 * keys that wait to be pressed are forgotten, and a cut to come is disarmed.
 *
 * From then on it has every call with its times and the screen that it led to. The engine `fast` carries calls out at microseconds that
 * it knows, so that its recordings come out the same to the microsecond; of the others there is what they tell (`recordable.ts`).
 */
import type {
  CallOptions,
  ClockChange,
  ClockState,
  Engine,
  PowerState,
  PressOptions,
  Screen,
  SerialFault,
  Snapshot,
  Sound,
  Urgency,
} from "./engine.ts";
import { EngineError } from "./engine.ts";
import { MOST_MARKS, marks } from "./fast/bounded-json.ts";
import type { CallName } from "./fast/calls.ts";
import { FORMAT, type Recordable, type RecordedStep, type Recording, screenLines, VERSION } from "./fast/recorded.ts";
import { recordable } from "./recordable.ts";

export { RecordingMismatch } from "./fast/player.ts";
export { type RecordedStep, type Recording, screenLines } from "./fast/recorded.ts";

/** What a recording may grow to: it has to fit into memory, and through the API. */
export interface RecordingLimits {
  steps: number;
  /** Characters of its steps in JSON. */
  characters: number;
  /** Their commas, colons and opening brackets. */
  marks: number;
}

/** Characters of a step beside its arguments: four lines, two times and their names. */
const STEP_CHARACTERS = 256;
/** Their marks. */
const STEP_MARKS = 20;
/** Of the marks, what is beside the steps takes some: flash, clock, line. */
const LIMITS: RecordingLimits = { steps: 25_000, characters: 8 * 1024 * 1024, marks: MOST_MARKS - 10_000 };

/** Whoever can write a session down. */
export interface Recorder {
  startRecording(): Promise<void>;
  stopRecording(): Promise<Recording>;
  /** True from the beginning of `startRecording` to the end of `stopRecording`, whoever asked for it. */
  isRecording(): Promise<boolean>;
}

/** An engine whose calls can be written down. It is the engine, in every other way. */
export class RecordingEngine implements Engine, Recorder {
  readonly #engine: Engine;
  readonly #recordable: Recordable;
  readonly #limits: RecordingLimits;
  #recording: Recording | undefined;
  #ended: Recording | undefined;
  /** From the call that begins a recording to the end of the call that ends it: calls then go one after the other, those that read, too. */
  #ordered = false;
  #ending = false;
  #last: Promise<unknown> = Promise.resolve();
  #screen: string[] = [];
  /** The token's time when the recording began, in microseconds. */
  #origin = 0;
  #characters = 0;
  #marks = 0;

  constructor(engine: Engine, limits: Partial<RecordingLimits> = {}) {
    this.#engine = engine;
    this.#recordable = recordable(engine);
    this.#limits = { ...LIMITS, ...limits };
  }

  /** What was written down so far; undefined while nothing is. */
  get recording(): Recording | undefined {
    return this.#recording && structuredClone(this.#recording);
  }

  /** The one that ended last, until another begins: whoever ended it may have missed it. */
  get ended(): Recording | undefined {
    return structuredClone(this.#ended);
  }

  async isRecording(): Promise<boolean> {
    return this.#ordered;
  }

  /**
   * Takes the power away, gives it back, and writes down what is asked for from now on: calls wait until it has begun.
   * @throws EngineError conflict while it does already, no-power for an empty battery: then nothing has changed
   */
  async startRecording(): Promise<void> {
    if (this.#ordered) throw new EngineError("conflict", "a recording is being made already: end it first");
    this.#ordered = true;
    await this.#inTurn(async () => {
      try {
        await this.#begin();
      } catch (error) {
        this.#ordered = false;
        throw error;
      }
    });
  }

  /** Fulfilled when all that was asked for before has been done and written down. @throws EngineError invalid where none is being made */
  async stopRecording(): Promise<Recording> {
    if (this.#recording === undefined || this.#ending)
      throw this.#ordered
        ? new EngineError("conflict", "the recording begins or ends just now")
        : new EngineError("invalid", "no recording is being made");
    this.#ending = true;
    return this.#inTurn(async () => {
      const recording = this.#recording as Recording;
      this.#ended = structuredClone(recording);
      this.#recording = undefined;
      this.#ending = false;
      this.#ordered = false;
      return recording;
    });
  }

  get name() {
    return this.#engine.name;
  }
  get manifest() {
    return this.#engine.manifest;
  }
  get serial() {
    return this.#engine.serial;
  }
  get seed() {
    return this.#engine.seed;
  }
  get capabilities() {
    return this.#engine.capabilities;
  }

  keyDown(key: string): Promise<void> {
    return this.#noted("keyDown", [key]);
  }
  keyUp(key: string): Promise<void> {
    return this.#noted("keyUp", [key]);
  }
  async press(keys: string[], options?: PressOptions, how?: CallOptions): Promise<void> {
    if (!this.#ordered) return this.#engine.press(keys, options, how);
    await this.#noted("press", options === undefined ? [keys] : [keys, options]);
  }
  screen(when?: Urgency): Promise<Screen> {
    return this.#read(() => this.#engine.screen(when), when);
  }
  onScreen(call: (screen: Screen) => void): () => void {
    return this.#engine.onScreen(call);
  }
  onSound(call: (sound: Sound) => void): () => void {
    return this.#engine.onSound(call);
  }
  clock(when?: Urgency): Promise<ClockState> {
    return this.#read(() => this.#engine.clock(when), when);
  }
  setClock(change: ClockChange): Promise<void> {
    return this.#noted("setClock", [change]);
  }
  async advance(ms: number, how?: CallOptions): Promise<void> {
    if (!this.#ordered) return this.#engine.advance(ms, how);
    await this.#noted("advance", [ms]);
  }
  power(when?: Urgency): Promise<PowerState> {
    return this.#read(() => this.#engine.power(when), when);
  }
  powerOn(): Promise<void> {
    return this.#noted("powerOn", []);
  }
  /** While a recording is made, it waits for the calls before it, urgent or not. */
  async powerOff(when?: Urgency): Promise<void> {
    if (!this.#ordered) return this.#engine.powerOff(when);
    await this.#noted("powerOff", []);
  }
  cutAtFlashOperation(operation: number, tear = 0): Promise<void> {
    return this.#noted("cutAtFlashOperation", [operation, tear]);
  }
  setBattery(volts: number): Promise<void> {
    return this.#noted("setBattery", [volts]);
  }
  dumpFlash(): Promise<Uint8Array> {
    return this.#read(() => this.#engine.dumpFlash());
  }
  async loadFlash(bytes: Uint8Array): Promise<void> {
    this.#notWhileRecording("another flash");
    await this.#engine.loadFlash(bytes);
  }
  flipFlashBits(bits: number[]): Promise<void> {
    return this.#noted("flipFlashBits", [bits]);
  }
  send(text: string): Promise<void> {
    return this.#noted("send", [text]);
  }
  onSerial(call: (direction: "to-token" | "to-host", text: string) => void): () => void {
    return this.#engine.onSerial(call);
  }
  setSerialFaults(faults: SerialFault[]): Promise<void> {
    return this.#noted("setSerialFaults", [faults]);
  }
  serialFaults(when?: Urgency): Promise<SerialFault[]> {
    return this.#read(() => this.#engine.serialFaults(when), when);
  }
  snapshot(): Promise<Snapshot> {
    return this.#read(() => this.#engine.snapshot());
  }
  async replay(recording: Recording, how?: CallOptions): Promise<void> {
    this.#notWhileRecording("another one");
    await this.#engine.replay(recording, how);
  }
  async restore(snapshot: Snapshot): Promise<void> {
    this.#notWhileRecording("a snapshot");
    await this.#engine.restore(snapshot);
  }
  close(): Promise<void> {
    return this.#engine.close();
  }

  #notWhileRecording(what: string): void {
    if (this.#ordered)
      throw new EngineError("conflict", `${what} would break the recording that is being made: end it first`);
  }

  /** Sees what the calls that were made before it have left, unless it is urgent. */
  #read<T>(read: () => Promise<T>, { urgent = false }: Urgency = {}): Promise<T> {
    return this.#ordered && !urgent ? this.#inTurn(read) : read();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #begin(): Promise<void> {
    const { start, screen } = await this.#recordable.startAnew();
    this.#screen = screenLines(screen);
    this.#origin = start.now;
    this.#characters = 0;
    this.#marks = 0;
    this.#ended = undefined;
    this.#recording = {
      format: FORMAT,
      version: VERSION,
      board: this.manifest.board,
      serial: this.serial,
      start,
      screen: this.#screen,
      steps: [],
    };
  }

  /** While a recording is made, calls go one after the other: played again, they will. */
  #noted(call: CallName, given: unknown[]): Promise<void> {
    const made = (args: unknown[]) => (this.#engine[call] as (...args: unknown[]) => Promise<void>)(...args);
    if (!this.#ordered) return made(given);
    const text = textOf(given);
    return this.#inTurn(() =>
      this.#recording === undefined ? made(JSON.parse(text)) : this.#note(this.#recording, call, text),
    );
  }

  /** @param text its arguments */
  async #note(recording: Recording, call: CallName, text: string): Promise<void> {
    const characters = this.#characters + text.length + STEP_CHARACTERS;
    const inAll = this.#marks + marks(text) + STEP_MARKS;
    const { steps, characters: most, marks: mostMarks } = this.#limits;
    if (recording.steps.length >= steps || characters > most || inAll > mostMarks)
      throw new EngineError(
        "conflict",
        `the recording is full, with ${recording.steps.length} steps: end it, and begin another one`,
      );
    const { began, ended, screen, error } = await this.#recordable.perform(call, JSON.parse(text));
    const step: RecordedStep = {
      beganUs: began - this.#origin,
      endedUs: ended - this.#origin,
      call,
      arguments: JSON.parse(text),
      ...(error === undefined ? {} : { fault: error.fault === "no-power" ? "no-power" : "failed" }),
    };
    const lines = screenLines(screen);
    if (lines.join("\n") !== this.#screen.join("\n")) step.screen = lines;
    this.#screen = lines;
    this.#characters = characters;
    this.#marks = inAll;
    recording.steps.push(step);
    if (error !== undefined) throw error;
  }
}

/** The arguments as they are now, whatever becomes of them. What is no JSON, no engine takes. */
function textOf(args: unknown[]): string {
  try {
    return JSON.stringify(args);
  } catch {
    return "[]";
  }
}
