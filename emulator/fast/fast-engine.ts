/**
 * The engine `fast`: the bundle in this process, on the virtual board, in virtual time. Nothing of Node is needed, so it runs in a page.
 *
 * At speed 0 time moves only when it is told to, and as far as keys and hosts need it: a press takes the time that the key is held, and
 * a host's bytes take what the firmware needs to answer them. At any other speed time also passes by itself. Either way the engine knows
 * everything that was done to the machine and when, so it can do it again: that is what a snapshot is.
 */
import {
  type Capabilities,
  type ClockState,
  type Engine,
  EngineError,
  type PowerState,
  type PressOptions,
  type Screen,
  type SerialFault,
  type Snapshot,
} from "../engine.ts";
import { type Installation, LOWEST_VOLTS, Machine, type MachineOptions } from "../machine/machine.ts";
import type { Manifest } from "../machine/manifest.ts";
import { ScreenReader } from "../screen-reader.ts";
import { type Action, live, perform } from "./action.ts";
import { base64FromBytes } from "./base64.ts";
import * as check from "./check.ts";
import { Chronicle } from "./chronicle.ts";
import { Typist } from "./typist.ts";

export interface FastBootOptions {
  /** Text of the bundle. */
  bundle: string;
  manifest: Manifest;
  /** Installed over a blank flash. */
  install: Installation;
  /** Of all that is random: 1. */
  seed?: number;
  /** What the clock chip shows, Unix seconds; without it the chip never was set. */
  unixTime?: number;
  /** What `dumpFlash` of an earlier engine gave; blank without it. */
  flash?: Uint8Array;
  /** 0, frozen. */
  speed?: number;
  /** Told of what the firmware throws while time passes by itself; without it the next call is refused with it. */
  onError?: (error: unknown) => void;
}

const HOLD_MS = 60;
const GAP_MS = 60;
/** How often time catches up with the clock on the wall, in milliseconds. */
const TICK_MS = 10;
/** How long catching up may take, in milliseconds, before somebody else gets a turn. */
const BUDGET_MS = 100;
/** Virtual microseconds of the first piece of a long time; the next ones are longer while they are quick. */
const FIRST_SLICE = 1_000_000;
/** How long the firmware gets to answer a host at speed 0, in microseconds. */
const ANSWER = 50_000;

const capabilities: Capabilities = { timeTravel: true, snapshot: true, flashFaults: true, serialFaults: true };

export class FastEngine implements Engine {
  readonly name = "fast";
  readonly capabilities = capabilities;
  readonly manifest: Manifest;
  readonly serial: string;
  readonly #options: MachineOptions & { install: Installation };
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #reader: ScreenReader;
  readonly #screenCalls = new Set<(screen: Screen) => void>();
  readonly #serialCalls = new Set<(direction: "to-token" | "to-host", text: string) => void>();
  readonly #typist = new Typist();
  readonly #chronicle: Chronicle;
  #machine: Machine;
  /** What listeners are to be told once the machine rests: they may call the engine. */
  #news: (() => void)[] = [];
  /** What the firmware threw while time passed by itself. */
  #errors: unknown[] = [];
  #speed = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** The clock on the wall when time last caught up, and the machine's time that it is to have reached, in microseconds. */
  #wall = 0;
  #target = 0;
  #closed = false;

  private constructor({ speed: _, onError, ...options }: FastBootOptions) {
    this.manifest = options.manifest;
    this.serial = options.install.serial;
    this.#options = options;
    this.#onError = onError;
    this.#reader = new ScreenReader(options.manifest);
    this.#machine = this.#connect(new Machine(options));
    this.#chronicle = new Chronicle(this.#options);
  }

  /**
   * A token that has booted.
   * @throws EngineError invalid for options that cannot be, failed for what the firmware throws
   */
  static async boot(options: FastBootOptions): Promise<FastEngine> {
    if (options.unixTime !== undefined) check.unixTime(options.unixTime);
    if (options.flash !== undefined) check.flash(options.flash);
    const speed = check.speed(options.speed ?? 0);
    const engine = new FastEngine(options);
    await engine.powerOn();
    await engine.setClock({ speed });
    return engine;
  }

  /** The virtual board itself, for whoever looks closer; a restored snapshot is another one. Change it through the engine alone. */
  get machine(): Machine {
    return this.#machine;
  }

  async keyDown(key: string): Promise<void> {
    this.#do({ do: "key", key: this.#key(key), down: true, bounceMs: 0 });
  }

  async keyUp(key: string): Promise<void> {
    this.#do({ do: "key", key: this.#key(key), down: false, bounceMs: 0 });
  }

  async press(keys: string[], options: PressOptions = {}): Promise<void> {
    const held = {
      holdMs: check.shortSpan("holdMs", options.holdMs ?? HOLD_MS),
      gapMs: check.shortSpan("gapMs", options.gapMs ?? GAP_MS),
      bounceMs: check.shortSpan("bounceMs", options.bounceMs ?? 0),
    };
    for (const key of keys) this.#key(key);
    this.#begin();
    const typed = this.#typist.type(keys, held, this.#machine.now);
    if (this.#speed === 0) this.#finish(this.#typeAll());
    await typed;
  }

  async screen(): Promise<Screen> {
    this.#begin();
    return this.#read(this.#machine.display.frame(), this.#machine.display.on, this.#machine.pictures);
  }

  onScreen(call: (screen: Screen) => void): () => void {
    this.#screenCalls.add(call);
    return () => this.#screenCalls.delete(call);
  }

  async clock(): Promise<ClockState> {
    this.#begin();
    const { clock, time } = this.#machine;
    return {
      unixTime: clock.unixTime,
      lostPower: clock.oscillatorStopped,
      timeMs: time,
      speed: this.#speed,
      driftPpm: clock.drift.ppm,
      temperatures: [...clock.drift.temperatures],
    };
  }

  async setClock(change: Partial<Pick<ClockState, "unixTime" | "speed" | "driftPpm" | "temperatures">>): Promise<void> {
    const { unixTime, driftPpm, temperatures } = change;
    if (unixTime !== undefined) check.unixTime(unixTime);
    if (driftPpm !== undefined) check.driftPpm(driftPpm);
    if (temperatures !== undefined) check.temperatures(temperatures);
    const speed = change.speed === undefined ? undefined : check.speed(change.speed);
    this.#begin();
    if (unixTime !== undefined || driftPpm !== undefined || temperatures !== undefined)
      this.#do({ do: "clock", unixTime, driftPpm, temperatures: temperatures && [...temperatures] });
    if (speed !== undefined) this.#setSpeed(speed);
  }

  async advance(ms: number): Promise<void> {
    check.span("a span of time", ms);
    this.#begin();
    this.#finish(this.#passTo(this.#machine.now + Math.round(ms * 1000)));
  }

  async power(): Promise<PowerState> {
    this.#begin();
    const { powered, cut, flash, batteryVolts } = this.#machine;
    return {
      on: powered,
      ...(cut === undefined ? {} : { cutAtFlashOperation: cut.index + 1 }),
      flashOperations: flash.operations,
      batteryVolts,
    };
  }

  async powerOn(): Promise<void> {
    this.#begin();
    const { powered, batteryVolts } = this.#machine;
    if (powered) return;
    if (batteryVolts < LOWEST_VOLTS)
      throw new EngineError(
        "no-power",
        `the board starts from ${LOWEST_VOLTS} V, and the battery has ${batteryVolts} V`,
      );
    this.#chronicle.begin(this.#machine.state);
    this.#do({ do: "power", on: true });
  }

  async powerOff(): Promise<void> {
    this.#do({ do: "power", on: false });
  }

  async cutAtFlashOperation(operation: number, tear = 0): Promise<void> {
    check.flashOperation(operation);
    check.tear(tear);
    this.#do({ do: "cut", operation, tear });
  }

  async setBattery(volts: number): Promise<void> {
    this.#do({ do: "battery", volts: check.volts(volts) });
  }

  async dumpFlash(): Promise<Uint8Array> {
    this.#begin();
    return this.#machine.flashDump();
  }

  async loadFlash(bytes: Uint8Array): Promise<void> {
    check.flash(bytes);
    this.#begin();
    if (this.#machine.powered) check.refuse("flash is loaded while the power is off: take it away first");
    this.#do({ do: "load", base64: base64FromBytes(bytes) });
  }

  async flipFlashBits(bits: number[]): Promise<void> {
    for (const bit of bits) check.bit(bit);
    this.#do({ do: "flip", bits: [...bits] });
  }

  async send(text: string): Promise<void> {
    check.latin1(text);
    this.#begin();
    let answered = false;
    const answer = (direction: "to-token" | "to-host") => {
      if (direction === "to-host") answered = true;
    };
    const { onLine } = this.#machine;
    this.#machine.onLine = (direction, passed) => {
      answer(direction);
      onLine(direction, passed);
    };
    try {
      const errors = this.#perform({ do: "receive", text });
      if (this.#speed === 0) errors.push(...this.#awaitAnswer(() => answered));
      this.#finish(errors);
    } finally {
      this.#machine.onLine = onLine;
    }
  }

  onSerial(call: (direction: "to-token" | "to-host", text: string) => void): () => void {
    this.#serialCalls.add(call);
    return () => this.#serialCalls.delete(call);
  }

  async setSerialFaults(faults: SerialFault[]): Promise<void> {
    this.#do({ do: "faults", faults: check.serialFaults(faults) });
  }

  /** @throws EngineError failed where too much was done since the power came on: it goes away and comes back, and then one can be taken */
  async snapshot(): Promise<Snapshot> {
    this.#begin();
    return this.#chronicle.snapshot(this.#machine.now);
  }

  async restore(snapshot: Snapshot): Promise<void> {
    this.#begin();
    const { machine, story } = await this.#chronicle.repeat(snapshot);
    // What is still due on the old machine belongs to the old story; from here on nothing waits.
    this.#begin();
    this.#chronicle.adopt(story);
    this.#machine = this.#connect(machine);
    this.#typist.forget();
    this.#wall = Date.now();
    this.#target = this.#machine.now;
    this.#picture();
    this.#finish([]);
  }

  async close(): Promise<void> {
    this.#setSpeed(0);
    this.#closed = true;
  }

  #key(key: string): string {
    return check.key(key, this.#machine.keypad.keys);
  }

  #connect(machine: Machine): Machine {
    machine.onPicture = () => this.#picture();
    machine.onLine = (direction, text) => {
      for (const call of this.#serialCalls) this.#news.push(() => call(direction, text));
    };
    return machine;
  }

  #picture(): void {
    if (this.#screenCalls.size === 0) return;
    const { display, pictures } = this.#machine;
    const [pixels, on] = [display.frame(), display.on];
    this.#news.push(() => {
      const screen = this.#read(pixels, on, pictures);
      for (const call of this.#screenCalls) call(screen);
    });
  }

  #read(pixels: Uint8Array, on: boolean, frame: number): Screen {
    const lines = this.#reader.lines(pixels).map(({ text, inverted }) => ({ text: text.trimEnd(), inverted }));
    const { width, height } = this.manifest.display;
    return { on, width, height, lines, pixels, frame };
  }

  /** Every call begins here. */
  #begin(): void {
    if (this.#closed) throw new EngineError("failed", "the engine is closed");
    this.#catchUp();
    const [error] = this.#errors.splice(0);
    if (error !== undefined) throw failure(error);
  }

  #do(action: Action): void {
    this.#begin();
    this.#finish(this.#perform(action));
  }

  #perform(action: Action): unknown[] {
    this.#chronicle.note({ ...action, at: this.#machine.now });
    return live(this.#machine, this.#machine.now, () => perform(this.#machine, action));
  }

  /** Lets time pass, with the keys that are to be pressed in it. */
  #passTo(until: number): unknown[] {
    const errors: unknown[] = [];
    for (let due = this.#typist.due; due !== undefined && due <= until; due = this.#typist.due) {
      errors.push(...live(this.#machine, due));
      this.#typist.step((key, down, bounceMs) => errors.push(...this.#perform({ do: "key", key, down, bounceMs })));
    }
    errors.push(...live(this.#machine, until));
    return errors;
  }

  #typeAll(): unknown[] {
    const errors: unknown[] = [];
    for (let due = this.#typist.due; due !== undefined; due = this.#typist.due) errors.push(...this.#passTo(due));
    return errors;
  }

  /** Lets as much time pass as the firmware needs for its answer, and bytes for their way. */
  #awaitAnswer(answered: () => boolean): unknown[] {
    const machine = this.#machine;
    const errors: unknown[] = [];
    const begun = machine.now;
    for (;;) {
      const busyUntil = machine.line.busyUntil;
      if (answered() && busyUntil === undefined) return errors;
      const next = machine.now + machine.idleMs * 1000;
      if (next > Math.max(begun, busyUntil ?? 0) + ANSWER) return errors;
      errors.push(...this.#passTo(Math.round(next)));
    }
  }

  #setSpeed(speed: number): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#speed = speed;
    this.#wall = Date.now();
    this.#target = this.#machine.now;
    if (speed === 0) this.#finish(this.#typeAll());
    else this.#timer = setInterval(() => this.#catchUp(), TICK_MS);
  }

  /** By the clock on the wall, which goes on while a laptop sleeps: so does the token's. It may be set back; time here may not. */
  #catchUp(): void {
    if (this.#speed === 0) return;
    const now = Date.now();
    this.#target = Math.max(this.#target, this.#machine.now) + Math.max(0, now - this.#wall) * this.#speed * 1000;
    this.#wall = now;
    const machine = this.#machine;
    // A key that is held keeps the firmware busy: at a high speed it can't keep up. Then time passes as quickly as it can, and the rest
    // is let go, or the work would only grow and nobody else would get a turn.
    let slice = FIRST_SLICE;
    do {
      const begun = Date.now();
      if (begun - now > BUDGET_MS) {
        this.#target = machine.now;
        this.#wall = begun;
        break;
      }
      for (const error of this.#passTo(Math.min(Math.floor(this.#target), machine.now + slice))) {
        if (this.#onError !== undefined) this.#onError(error);
        else this.#errors.push(error);
      }
      if (Date.now() - begun < BUDGET_MS / 10) slice *= 2;
    } while (machine.now < Math.floor(this.#target));
    this.#tell();
  }

  /** Every call that did something ends here. */
  #finish(errors: unknown[]): void {
    this.#tell();
    if (errors.length > 0) throw failure(errors[0]);
  }

  #tell(): void {
    for (const tell of this.#news.splice(0)) tell();
  }
}

const failure = (error: unknown) =>
  new EngineError("failed", `the firmware failed: ${error instanceof Error ? error.message : error}`);
