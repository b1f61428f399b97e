/**
 * One interface in front of every way to run a token: `fast` (the bundle in this process, in virtual time), `espruino` (on a genuine
 * interpreter for Linux, in real time), `mcu` (genuine Espruino on a cycle-counted RP2040). The HTTP API, the page and the test fixture
 * speak it, and its remote form is the same interface over HTTP.
 *
 * Every call is refused with an `EngineError` that says what was expected, and then has changed nothing; but for a `press` whose power is
 * gone on the way, and for a call in which the firmware or the interpreter failed, or did too much.
 */
import type { Recording } from "./fast/recorded.ts";
import type { OnListenerError } from "./listeners.ts";
import type { Installation, Issue } from "./machine/machine.ts";
import type { Manifest } from "./machine/manifest.ts";

export type EngineName = "fast" | "espruino" | "mcu";

/** What an engine cannot do it refuses with `fault: "unsupported"`. */
export interface Capabilities {
  /** Any span of time passes in a moment. Otherwise it takes as long as the engine needs for it. */
  readonly timeTravel: boolean;
  /** `advance` lets time pass. Otherwise it passes by itself alone; the clock chip, where there is one, can be set. */
  readonly advance: boolean;
  /** Time can be stopped, and can pass at another speed than that of the clock on the wall. */
  readonly speed: boolean;
  /** The token's clock drifts, by parts per million and by temperatures. */
  readonly drift: boolean;
  /** Plays recordings. Every engine makes them. */
  readonly replay: boolean;
  readonly snapshot: boolean;
  /** Cuts at a flash operation, torn writes, flipped bits. */
  readonly flashFaults: boolean;
  readonly serialFaults: boolean;
  /** The board has a buzzer, and it is heard: `onSound`. */
  readonly sound: boolean;
}

export class EngineError extends Error {
  override name = "EngineError";
  /**
   * `conflict`: not as the token is now, and what has to be done first is said. `foreign-firmware`: the flash holds a firmware that the
   * engine was not given, which is not run.
   */
  readonly fault: "unsupported" | "invalid" | "conflict" | "no-power" | "foreign-firmware" | "failed";

  constructor(fault: EngineError["fault"], message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Of an engine that is given none. */
export const DEFAULT_SEED = 1;

/** What every engine boots a token from. */
export interface BootOptions {
  /** Text of the bundle. */
  bundle: string;
  manifest: Manifest;
  /** Installed where the flash is blank; an `Issue` on a board that has no line to a host. */
  install: Installation | Issue;
  /** Of all that is random, 0 to 2^32 - 1: `DEFAULT_SEED`. */
  seed?: number;
  /** What the clock chip shows, if the board has one, Unix seconds; without it the chip never was set. */
  unixTime?: number;
  /** What `dumpFlash` of an earlier engine gave, of whichever kind; blank without it. */
  flash?: Uint8Array;
  /** Told of what a listener throws (`onScreen`, `onSerial`, `onSound`); without it, the console is. */
  onListenerError?: OnListenerError;
}

export interface PressOptions {
  /** Milliseconds that each key is held: 60. */
  holdMs?: number;
  /** Milliseconds after each release: 60. */
  gapMs?: number;
  /** Milliseconds of contact bounce at each edge, at most 1000: 0. */
  bounceMs?: number;
}

/** What is asked for while a long call is being done. */
export interface Urgency {
  /** Of the engine `fast`: at the next turn that the call gives to others, as the token then is. Otherwise, after it. */
  urgent?: boolean;
}

/** Of a call that may take long. */
export interface CallOptions {
  /**
   * The engine `fast` ends the call with `failed` when its caller goes away, and the token stays as it has then come to; a call that was not
   * begun has changed nothing. Other engines take no notice, and so does a recording: a call in it is done to its end.
   */
  signal?: AbortSignal;
}

export interface Screen {
  on: boolean;
  width: number;
  height: number;
  /** The four lines of text read back from the pixels; the chosen line of a menu is inverted. */
  lines: { text: string; inverted: boolean }[];
  /** Pages of eight rows, `width` bytes each, bit 0 on top. */
  pixels: Uint8Array;
  /** Counts pictures that differ. */
  frame: number;
}

/** The buzzer begins or ends a tone. */
export interface Sound {
  /** 0 is silence. */
  hertz: number;
  /** Milliseconds of engine time at which it does. */
  timeMs: number;
}

export interface ClockState {
  /**
   * What the clock chip shows, Unix seconds from 2000 on; after 2199 it shows 2000 again. Where the manifest names no chip it means nothing
   * and cannot be set, and `lostPower` is true.
   */
  unixTime: number;
  lostPower: boolean;
  /** Milliseconds of engine time since it was made. */
  timeMs: number;
  /** The same in cycles of the simulated chip; of the engine `mcu` alone. */
  cycles?: number;
  /** 0 is frozen; 1 is real time. */
  speed: number;
  driftPpm: number;
  /** Temperatures in degrees Celsius over a day, spread evenly; the crystal's error follows them. Empty: 25 all day. */
  temperatures: number[];
}

/** What can be set of it. */
export type ClockChange = Partial<Pick<ClockState, "unixTime" | "speed" | "driftPpm" | "temperatures">>;

export interface PowerState {
  on: boolean;
  /** Number of the operation at which power will be lost, `flashOperations + 1` for the next; undefined when none is armed. */
  cutAtFlashOperation?: number;
  flashOperations: number;
  /** Volts on the battery. */
  batteryVolts: number;
}

/** What happens to bytes on the line, from now on. `count` of them, or all until changed. */
export interface SerialFault {
  direction: "to-token" | "to-host";
  kind: "drop" | "duplicate" | "corrupt" | "delay";
  /** One byte in so many is hit; 1 hits every byte. */
  every: number;
  count?: number;
  /** For `delay`. */
  delayMs?: number;
}

export interface Snapshot {
  /** Of this form; another is refused. */
  version: 1;
  board: string;
  /** Base64; covered by the checksum. */
  data: string;
  sha256: string;
}

export interface Engine {
  readonly name: EngineName;
  readonly manifest: Manifest;
  readonly serial: string;
  /** Of all that is random, as it was booted with: the same bundle, seed and calls give the same on the engine `fast`. */
  readonly seed: number;
  readonly capabilities: Capabilities;

  /** Refused without power, like `press` and `send`; a finger may leave a key at any time. */
  keyDown(key: string): Promise<void>;
  keyUp(key: string): Promise<void>;
  /**
   * Done once all the keys were pressed, whatever that led to. Where the power is gone before the last of them went down, it is refused
   * with `no-power`, and the keys to come are forgotten; on the engine `fast`, with `failed` where they keep it busy as `advance` does.
   */
  press(keys: string[], options?: PressOptions, how?: CallOptions): Promise<void>;

  screen(when?: Urgency): Promise<Screen>;
  /** Called with each new picture, until the result is called. What it throws fails no call of the engine, and stops nothing. */
  onScreen(call: (screen: Screen) => void): () => void;

  /** Called with each tone and each silence of the buzzer, until the result is called; the same holds for what it throws. */
  onSound(call: (sound: Sound) => void): () => void;

  clock(when?: Urgency): Promise<ClockState>;
  setClock(change: ClockChange): Promise<void>;
  /** The engine `fast` refuses (`failed`) to go on where something keeps the token awake: after three million callbacks of the firmware. */
  advance(ms: number, how?: CallOptions): Promise<void>;

  power(when?: Urgency): Promise<PowerState>;
  powerOn(): Promise<void>;
  /** What is urgent takes the power out of the midst of a call: a press and a replay then end with `no-power`. */
  powerOff(when?: Urgency): Promise<void>;
  /**
   * Takes the power away at the `operation`-th erase or write of flash from now (1 is the next). With `tear`, that operation is done in
   * part: each bit that should change does so with that probability (0 to 1), by the seeded generator. 0 disarms a cut to come.
   */
  cutAtFlashOperation(operation: number, tear?: number): Promise<void>;
  /** Volts, up to 5.5; the power goes below 1.8, and comes back by `powerOn` alone. Three fresh cells have 4.5. */
  setBattery(volts: number): Promise<void>;

  dumpFlash(): Promise<Uint8Array>;
  /** Only without power. */
  loadFlash(bytes: Uint8Array): Promise<void>;
  /** Bits are numbered from bit 0 of byte 0; at most 65,536 in one call. */
  flipFlashBits(bits: number[]): Promise<void>;

  /**
   * Bytes from a host, Latin-1, past the serial port; at most 65,536 in one call. Fulfilled when the token has taken them, has taken none for
   * five seconds, or has lost its power.
   */
  send(text: string): Promise<void>;
  /** What the token and a host said to each other, by direction, as it passed; the same holds for what it throws. */
  onSerial(call: (direction: "to-token" | "to-host", text: string) => void): () => void;
  setSerialFaults(faults: SerialFault[]): Promise<void>;
  /** The faults that still hit bytes, each with the count that is left to it. */
  serialFaults(when?: Urgency): Promise<SerialFault[]>;

  snapshot(): Promise<Snapshot>;
  restore(snapshot: Snapshot): Promise<void>;
  /**
   * Plays a recording, as one piece: other calls wait. Flash, clock, battery, line and time become what they were when it began; each
   * step begins and ends at its own time, and time passes for it alone. At its end, or at the first screen that is another, the token
   * stays as it then is, and time goes on at the speed that it had before. A step does no more than a call, and all of them no more than ten.
   * @throws RecordingMismatch at the first screen that is another; EngineError where a step is refused that was not, or is not that was;
   *   invalid for what is no recording of this token, before anything changes
   */
  replay(recording: Recording, how?: CallOptions): Promise<void>;

  close(): Promise<void>;
}
