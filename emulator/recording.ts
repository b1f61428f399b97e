/**
 * A session written down, to be played again as a test. It begins with the power coming on over a flash and a clock that the recording
 * holds, and has every call with the screen that it led to; playing it makes the same calls and expects the same screens.
 *
 * The flash is the token's: a recording holds its secrets, like a state file.
 */
import type { ClockState, Engine, PressOptions, Screen, SerialFault, Snapshot } from "./engine.ts";
import { EngineError } from "./engine.ts";
import { base64FromBytes, bytesFromBase64 } from "./fast/base64.ts";
import * as check from "./fast/check.ts";

const FORMAT = "ochre-recording";
const VERSION = 1;

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
  /** Milliseconds of the token's time since the step before. */
  afterMs: number;
  call: Call;
  arguments: unknown[];
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

/** An engine whose calls can be written down. It is the engine, in every other way. */
export class RecordingEngine implements Engine {
  readonly #engine: Engine;
  #recording: Recording | undefined;
  #screen: string[] = [];
  #timeMs = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** What was written down so far; undefined while nothing is. */
  get recording(): Recording | undefined {
    return this.#recording && structuredClone(this.#recording);
  }

  /** Takes the power away, gives it back, and writes down what is done from then on. @throws EngineError invalid while it does already */
  async startRecording(): Promise<void> {
    if (this.#recording !== undefined) throw new EngineError("invalid", "a recording is being made already");
    await this.#engine.powerOff();
    const flash = base64FromBytes(await this.#engine.dumpFlash());
    const { unixTime, lostPower } = await this.#engine.clock();
    await this.#engine.powerOn();
    this.#screen = screenLines(await this.#engine.screen());
    this.#timeMs = (await this.#engine.clock()).timeMs;
    this.#recording = {
      format: FORMAT,
      version: VERSION,
      board: this.manifest.board,
      serial: this.serial,
      ...(lostPower ? {} : { unixTime }),
      flash,
      screen: this.#screen,
      steps: [],
    };
  }

  /** @throws EngineError invalid where none is being made */
  stopRecording(): Recording {
    const recording = this.#recording;
    if (recording === undefined) throw new EngineError("invalid", "no recording is being made");
    this.#recording = undefined;
    return recording;
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
    if (this.#recording !== undefined)
      throw new EngineError("invalid", `${what} would break the recording that is being made: end it first`);
  }

  /** While a recording is made, calls go one after the other: played again, they will. */
  #noted(call: Call, args: unknown[]): Promise<void> {
    const recording = this.#recording;
    if (recording === undefined) return perform(this.#engine, call, args);
    const done = this.#last.then(() => this.#note(recording, call, args));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #note(recording: Recording, call: Call, args: unknown[]): Promise<void> {
    const begun = (await this.#engine.clock()).timeMs;
    // A refused call changed nothing, so nothing of it stays.
    await perform(this.#engine, call, args);
    const screen = screenLines(await this.#engine.screen());
    const step: RecordedStep = { afterMs: Math.max(0, begun - this.#timeMs), call, arguments: structuredClone(args) };
    if (screen.join("\n") !== this.#screen.join("\n")) step.screen = screen;
    this.#screen = screen;
    this.#timeMs = (await this.#engine.clock()).timeMs;
    recording.steps.push(step);
  }
}

function perform(engine: Engine, call: Call, args: unknown[]): Promise<void> {
  return (engine[call] as (...args: unknown[]) => Promise<void>)(...args);
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
 * Plays a recording on an engine that can travel in time: its flash, clock and power become those of the recording.
 * @throws RecordingMismatch at the first screen that is another; EngineError for what the engine refuses, or for what is no recording
 */
export async function replay(engine: Engine, recording: Recording): Promise<void> {
  const flash = checkRecording(engine, recording);
  await engine.setClock({ speed: 0 });
  await engine.powerOff();
  await engine.loadFlash(flash);
  if (recording.unixTime !== undefined) await engine.setClock({ unixTime: recording.unixTime });
  await engine.powerOn();
  let expected = recording.screen;
  const compare = async (step: number, what: string) => {
    const actual = screenLines(await engine.screen());
    if (actual.join("\n") !== expected.join("\n")) throw new RecordingMismatch(step, what, expected, actual);
  };
  await compare(0, "power on");
  for (const [i, step] of recording.steps.entries()) {
    if (step.afterMs > 0) await engine.advance(step.afterMs);
    // Time passes as the recording says, not as it did for whoever made it.
    if (step.call === "setClock") await engine.setClock({ ...(step.arguments[0] as object), speed: 0 });
    else await perform(engine, step.call, step.arguments);
    expected = step.screen ?? expected;
    await compare(i + 1, step.call);
  }
}

/** Everything that can be told before anything is done. @returns the flash that it begins with */
function checkRecording(engine: Engine, { format, version, board, flash, unixTime, steps }: Recording): Uint8Array {
  const refuse = (message: string): never => {
    throw new EngineError("invalid", `the recording is refused: ${message}`);
  };
  if (format !== FORMAT || version !== VERSION) refuse(`this is no ${FORMAT} of version ${VERSION}`);
  if (board !== engine.manifest.board) refuse(`it is of a board ${board}, and this is a ${engine.manifest.board}`);
  const unknown = steps.find((step) => !CALLS.includes(step.call) || !Array.isArray(step.arguments));
  if (unknown !== undefined) refuse(`nothing like ${JSON.stringify(unknown.call)} can be played`);
  for (const step of steps) check.span("a span of time", step.afterMs);
  if (unixTime !== undefined) check.unixTime(unixTime);
  let bytes: Uint8Array;
  try {
    bytes = bytesFromBase64(flash);
  } catch {
    return refuse("its flash is no Base64");
  }
  check.flash(bytes);
  return bytes;
}
