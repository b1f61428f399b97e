/**
 * A session written down, to be played again as a test. It begins without power, over a flash, a clock and a battery that the recording
 * holds, and has every call with the screen that it led to; playing it makes the same calls at the same times of the token and expects
 * the same screens.
 *
 * A call's time is what the clock says just before it. Where time passes by itself, the token may be a moment further when the call gets
 * through to it: less than a millisecond of the wall clock, as much faster as the token's time passes.
 *
 * The flash is the token's: a recording holds its secrets, like a state file.
 */
import type { ClockState, Engine, PressOptions, Screen, SerialFault, Snapshot } from "./engine.ts";
import { EngineError } from "./engine.ts";
import { base64FromBytes, bytesFromBase64 } from "./fast/base64.ts";
import * as check from "./fast/check.ts";

const FORMAT = "ochre-recording";
const VERSION = 2;

/** What a recording may grow to: it has to fit into memory, and through the API. */
export interface RecordingLimits {
  steps: number;
  /** Characters of its steps in JSON. */
  characters: number;
}

const LIMITS: RecordingLimits = { steps: 100_000, characters: 32 * 1024 * 1024 };
/** Characters of a step beside its arguments: four lines, two times and their names. */
const STEP_CHARACTERS = 256;

/** What may stand in a recording. */
const CALLS = [
  "keyDown",
  "keyUp",
  "press",
  "setClock",
  "advance",
  "powerOn",
  "powerOff",
  "cutAtFlashOperation",
  "setBattery",
  "flipFlashBits",
  "send",
  "setSerialFaults",
] as const;
type Call = (typeof CALLS)[number];

export interface RecordedStep {
  /** Milliseconds of the token's time since the recording began: when the call began, and when it had ended and its screen was read. */
  beganMs: number;
  endedMs: number;
  call: Call;
  arguments: unknown[];
  /** Why the call was not done, or not to its end: power that went, firmware that failed. */
  fault?: "no-power" | "failed";
  /** The lines of the screen then, as `screenLines` gives them; missing where they are those of the step before. */
  screen?: string[];
}

export interface Recording {
  format: typeof FORMAT;
  version: typeof VERSION;
  board: string;
  serial: string;
  /** What the clock chip showed; missing for one that never was set. */
  unixTime?: number;
  driftPpm: number;
  temperatures: number[];
  batteryVolts: number;
  serialFaults: SerialFault[];
  /** Base64 of all bytes. */
  flash: string;
  /** The first screen. */
  screen: string[];
  steps: RecordedStep[];
}

/** The lines without spaces at their ends; a line that is dark on light begins with "> ". A display that is off has none. */
export function screenLines(screen: Screen): string[] {
  if (!screen.on) return [];
  return screen.lines.map(({ text, inverted }) => (inverted ? `> ${text.trimEnd()}` : text.trimEnd()));
}

/** Whoever can write a session down and play one. */
export interface Recorder {
  startRecording(): Promise<void>;
  stopRecording(): Promise<Recording>;
  /** As `replay`. */
  replay(recording: Recording): Promise<void>;
}

/** An engine whose calls can be written down. It is the engine, in every other way. */
export class RecordingEngine implements Engine, Recorder {
  readonly #engine: Engine;
  readonly #limits: RecordingLimits;
  #recording: Recording | undefined;
  /** From the call that begins a recording to the end of the call that ends it: calls then go one after the other. */
  #ordered = false;
  #ending = false;
  #last: Promise<unknown> = Promise.resolve();
  #screen: string[] = [];
  /** The token's time when the recording began, in milliseconds. */
  #origin = 0;
  #characters = 0;

  constructor(engine: Engine, limits: Partial<RecordingLimits> = {}) {
    this.#engine = engine;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** What was written down so far; undefined while nothing is. */
  get recording(): Recording | undefined {
    return this.#recording && structuredClone(this.#recording);
  }

  /** True from the beginning of `startRecording` to the end of `stopRecording`. */
  get isRecording(): boolean {
    return this.#ordered;
  }

  /**
   * Takes the power away, and a cut that was armed with it, gives it back, and writes down what is asked for from now on: calls wait
   * until it has begun.
   * @throws EngineError invalid while it does already
   */
  async startRecording(): Promise<void> {
    if (this.#ordered) throw new EngineError("invalid", "a recording is being made already");
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
      throw new EngineError(
        "invalid",
        this.#ordered ? "the recording begins or ends just now" : "no recording is being made",
      );
    this.#ending = true;
    return this.#inTurn(async () => {
      const recording = this.#recording as Recording;
      this.#recording = undefined;
      this.#ending = false;
      this.#ordered = false;
      return recording;
    });
  }

  replay(recording: Recording): Promise<void> {
    return replay(this, recording);
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
  get capabilities() {
    return this.#engine.capabilities;
  }

  keyDown(key: string): Promise<void> {
    return this.#noted("keyDown", [key]);
  }
  keyUp(key: string): Promise<void> {
    return this.#noted("keyUp", [key]);
  }
  press(keys: string[], options: PressOptions = {}): Promise<void> {
    return this.#noted("press", [keys, options]);
  }
  screen(): Promise<Screen> {
    return this.#engine.screen();
  }
  onScreen(call: (screen: Screen) => void): () => void {
    return this.#engine.onScreen(call);
  }
  clock(): Promise<ClockState> {
    return this.#engine.clock();
  }
  setClock(change: Partial<Pick<ClockState, "unixTime" | "speed" | "driftPpm" | "temperatures">>): Promise<void> {
    return this.#noted("setClock", [change]);
  }
  advance(ms: number): Promise<void> {
    return this.#noted("advance", [ms]);
  }
  power() {
    return this.#engine.power();
  }
  powerOn(): Promise<void> {
    return this.#noted("powerOn", []);
  }
  powerOff(): Promise<void> {
    return this.#noted("powerOff", []);
  }
  cutAtFlashOperation(operation: number, tear = 0): Promise<void> {
    return this.#noted("cutAtFlashOperation", [operation, tear]);
  }
  setBattery(volts: number): Promise<void> {
    return this.#noted("setBattery", [volts]);
  }
  dumpFlash(): Promise<Uint8Array> {
    return this.#engine.dumpFlash();
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
  serialFaults(): Promise<SerialFault[]> {
    return this.#engine.serialFaults();
  }
  snapshot(): Promise<Snapshot> {
    return this.#engine.snapshot();
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
      throw new EngineError("invalid", `${what} would break the recording that is being made: end it first`);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #begin(): Promise<void> {
    const engine = this.#engine;
    await engine.powerOff();
    if (engine.capabilities.flashFaults) await engine.cutAtFlashOperation(0);
    const flash = base64FromBytes(await engine.dumpFlash());
    const { batteryVolts } = await engine.power();
    const { unixTime, lostPower, driftPpm, temperatures, timeMs } = await engine.clock();
    await engine.powerOn();
    this.#screen = screenLines(await engine.screen());
    this.#origin = timeMs;
    this.#characters = 0;
    this.#recording = {
      format: FORMAT,
      version: VERSION,
      board: this.manifest.board,
      serial: this.serial,
      ...(lostPower ? {} : { unixTime }),
      driftPpm,
      temperatures,
      batteryVolts,
      serialFaults: await this.#engine.serialFaults(),
      flash,
      screen: this.#screen,
      steps: [],
    };
  }

  /** While a recording is made, calls go one after the other: played again, they will. */
  #noted(call: Call, args: unknown[]): Promise<void> {
    if (!this.#ordered) return perform(this.#engine, call, args);
    return this.#inTurn(() => {
      const recording = this.#recording;
      return recording === undefined ? perform(this.#engine, call, args) : this.#note(recording, call, args);
    });
  }

  async #note(recording: Recording, call: Call, args: unknown[]): Promise<void> {
    const text = textOf(args);
    const characters = this.#characters + text.length + STEP_CHARACTERS;
    if (recording.steps.length >= this.#limits.steps || characters > this.#limits.characters)
      throw new EngineError(
        "invalid",
        `the recording is full, with ${recording.steps.length} steps: end it, and begin another one`,
      );
    const begun = (await this.#engine.clock()).timeMs;
    const error = await attempt(this.#engine, call, args);
    const fault = faultOf(error);
    // A call that can't be changed nothing, so nothing of it stays.
    if (error !== undefined && fault === undefined) throw error;
    const ended = (await this.#engine.clock()).timeMs;
    const screen = screenLines(await this.#engine.screen());
    const step: RecordedStep = {
      beganMs: sinceMs(this.#origin, begun),
      endedMs: sinceMs(this.#origin, ended),
      call,
      arguments: JSON.parse(text),
      ...(fault === undefined ? {} : { fault }),
    };
    if (screen.join("\n") !== this.#screen.join("\n")) step.screen = screen;
    this.#screen = screen;
    this.#characters = characters;
    recording.steps.push(step);
    if (error !== undefined) throw error;
  }
}

/** To the microsecond: the time of an engine has no finer parts. */
const sinceMs = (origin: number, timeMs: number) => Math.round((timeMs - origin) * 1000) / 1000;

/** The arguments as they are now, whatever becomes of them. What is no JSON, no engine takes. */
function textOf(args: unknown[]): string {
  try {
    return JSON.stringify(args);
  } catch {
    return "[]";
  }
}

function perform(engine: Engine, call: Call, args: unknown[]): Promise<void> {
  return (engine[call] as (...args: unknown[]) => Promise<void>)(...args);
}

/** @returns what it throws; undefined where it is done */
async function attempt(engine: Engine, call: Call, args: unknown[]): Promise<unknown> {
  try {
    await perform(engine, call, args);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What a recording says of a call that may have done something before it was refused. */
function faultOf(error: unknown): RecordedStep["fault"] {
  const fault = error instanceof EngineError ? error.fault : undefined;
  return fault === "no-power" || fault === "failed" ? fault : undefined;
}

/** A screen that is not the one that was recorded. */
export class RecordingMismatch extends Error {
  override name = "RecordingMismatch";
  /** Number of the step from 1, 0 for the first screen. */
  readonly step: number;
  readonly expected: string[];
  readonly actual: string[];

  constructor(step: number, what: string, expected: string[], actual: string[]) {
    super(`step ${step}, ${what}: the screen was expected to be\n${boxed(expected)}\nand is\n${boxed(actual)}`);
    this.step = step;
    this.expected = expected;
    this.actual = actual;
  }
}

const boxed = (lines: string[]) => (lines.length === 0 ? "  (off)" : lines.map((line) => `  | ${line}`).join("\n"));

/**
 * Plays a recording on an engine that can travel in time: its flash, clock and power become those of the recording, and its time stands
 * still but for the recording. Each step begins and ends at the time of the token at which it did, to the millisecond. A call that takes
 * longer here, as bytes do that a host sent before it had its answer (50 ms at most), delays the next step, and no other.
 * @throws RecordingMismatch at the first screen that is another; EngineError for what the engine refuses, or for what is no recording
 */
export async function replay(engine: Engine, recording: Recording): Promise<void> {
  const flash = checkRecording(engine, recording);
  const { unixTime, driftPpm, temperatures } = recording;
  await engine.setClock({ speed: 0 });
  await engine.powerOff();
  await engine.cutAtFlashOperation(0);
  await engine.loadFlash(flash);
  await engine.setSerialFaults(recording.serialFaults);
  await engine.setBattery(recording.batteryVolts);
  await engine.setClock({ driftPpm, temperatures, ...(unixTime === undefined ? {} : { unixTime }) });
  const origin = (await engine.clock()).timeMs;
  await engine.powerOn();
  let expected = recording.screen;
  const compare = async (step: number, what: string) => {
    const actual = screenLines(await engine.screen());
    if (actual.join("\n") !== expected.join("\n")) throw new RecordingMismatch(step, what, expected, actual);
  };
  const passTo = async (ms: number) => {
    const left = ms - sinceMs(origin, (await engine.clock()).timeMs);
    if (left > 0) await engine.advance(left);
  };
  await compare(0, "power on");
  for (const [i, step] of recording.steps.entries()) {
    await passTo(step.beganMs);
    // Time passes as the recording says, not as it did for whoever made it.
    const args = step.call === "setClock" ? [{ ...(step.arguments[0] as object), speed: 0 }] : step.arguments;
    const error = await attempt(engine, step.call, args);
    if (error !== undefined && (step.fault === undefined || faultOf(error) !== step.fault)) throw error;
    if (error === undefined && step.fault !== undefined)
      throw new EngineError("failed", `step ${i + 1}, ${step.call}: it was refused (${step.fault}), and now it is not`);
    await passTo(step.endedMs);
    expected = step.screen ?? expected;
    await compare(i + 1, step.call);
  }
}

/** Everything that can be told before anything is done. @returns the flash that it begins with */
function checkRecording(engine: Engine, recording: Recording): Uint8Array {
  const refuse = (message: string): never => {
    throw new EngineError("invalid", `the recording is refused: ${message}`);
  };
  if (!engine.capabilities.timeTravel)
    throw new EngineError(
      "unsupported",
      `a recording is played where time can be moved, not on the engine ${engine.name}`,
    );
  if (engine instanceof RecordingEngine && engine.isRecording)
    throw new EngineError("invalid", "no recording can be played while one is being made: end it first");
  const { format, version, board, flash, unixTime, steps } = recording ?? {};
  if (format !== FORMAT || version !== VERSION) refuse(`this is no ${FORMAT} of version ${VERSION}`);
  if (board !== engine.manifest.board) refuse(`it is of a board ${board}, and this is a ${engine.manifest.board}`);
  // The flash becomes the recording's: another token's must not be lost by it.
  if (recording.serial !== engine.serial)
    refuse(`it is of the token ${recording.serial}, and this is ${engine.serial}`);
  if (!Array.isArray(steps)) return refuse("it has no steps");
  const unknown = steps.find((step) => !CALLS.includes(step?.call) || !Array.isArray(step.arguments));
  if (unknown !== undefined) refuse(`nothing like ${JSON.stringify(unknown?.call)} can be played`);
  let before = 0;
  for (const { beganMs, endedMs } of steps) {
    check.span("a time of a step", endedMs);
    if (!(beganMs >= before && endedMs >= beganMs)) refuse("its times are in no order");
    before = endedMs;
  }
  if (unixTime !== undefined) check.unixTime(unixTime);
  check.driftPpm(recording.driftPpm);
  check.temperatures(recording.temperatures);
  check.volts(recording.batteryVolts);
  check.serialFaults(recording.serialFaults);
  let bytes: Uint8Array;
  try {
    bytes = bytesFromBase64(flash);
  } catch {
    return refuse("its flash is no Base64");
  }
  check.flash(bytes);
  return bytes;
}
