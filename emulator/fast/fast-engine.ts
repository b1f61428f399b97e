/**
 * The engine `fast`: the bundle in this process, on the virtual board, in virtual time. Nothing of Node is needed, so it runs in a page.
 *
 * At speed 0 time moves only when it is told to, and as far as keys and hosts need it: a press takes the time that the key is held, and
 * a host's bytes take what the firmware needs to answer them. At any other speed time also passes by itself. Either way the engine knows
 * everything that was done to the machine and when, so it can do it again: that is what a snapshot is.
 *
 * Calls are carried out one after the other, in the order in which they were made, those that only read among them: a call that is made
 * during a long one sees what that one left. While one takes long, everybody else in the process or in the page gets a turn every now and
 * then. Only a `press` in time that passes by itself lets other calls go before its end.
 */
import {
  type BootOptions,
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
import { type Action, act, live } from "./action.ts";
import { base64FromBytes } from "./base64.ts";
import * as check from "./check.ts";
import { Chronicle } from "./chronicle.ts";
import { Turns, turn } from "./turns.ts";
import { Typist } from "./typist.ts";
import { WallTime } from "./wall-time.ts";

export interface FastBootOptions extends BootOptions {
  /** 0, frozen. */
  speed?: number;
  /**
   * Told of what the firmware throws while time passes by itself; without it the next call is refused with the first of it, unless that
   * call takes the power away.
   */
  onError?: (error: unknown) => void;
}

const HOLD_MS = 60;
const GAP_MS = 60;
/** How often time catches up with the clock on the wall, in milliseconds. */
const TICK_MS = 10;
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
  readonly #turns = new Turns();
  readonly #typist = new Typist();
  readonly #chronicle: Chronicle;
  #machine: Machine;
  /** What listeners are to be told once the machine rests: they may call the engine. */
  #news: (() => void)[] = [];
  /** The first thing that the firmware threw and nobody was told of. */
  #thrown: { error: unknown } | undefined;
  readonly #onThrow = (error: unknown) => {
    this.#thrown ??= { error };
  };
  #speed = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Where time passes by itself. */
  #wall: WallTime | undefined;
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
    check.key(key, this.#keys);
    await this.#call(async () => {
      check.power(this.#machine.powered);
      await this.#do({ do: "key", key, down: true, bounceMs: 0 });
    });
  }

  /** A finger may leave a key of a token without power, too. */
  async keyUp(key: string): Promise<void> {
    check.key(key, this.#keys);
    await this.#call(() => this.#do({ do: "key", key, down: false, bounceMs: 0 }));
  }

  /**
   * Done once all the keys were pressed, whatever that led to.
   * @throws EngineError no-power where the power was gone before the last key went down: what waits of the keys is then forgotten
   */
  async press(keys: string[], options: PressOptions = {}): Promise<void> {
    const names = check.keys(keys, this.#keys);
    const held = {
      holdMs: check.shortSpan("holdMs", options.holdMs ?? HOLD_MS),
      gapMs: check.shortSpan("gapMs", options.gapMs ?? GAP_MS),
      bounceMs: check.bounce(options.bounceMs ?? 0),
    };
    const { typed } = await this.#call(async () => {
      check.power(this.#machine.powered);
      const typed = this.#typist.type(names, held, this.#machine.now);
      if (this.#speed === 0) await this.#typeAll();
      return { typed };
    });
    await typed;
  }

  screen(): Promise<Screen> {
    return this.#call(() => {
      const { display, pictures } = this.#machine;
      return this.#read(display.frame(), display.on, pictures);
    });
  }

  onScreen(call: (screen: Screen) => void): () => void {
    this.#screenCalls.add(call);
    return () => this.#screenCalls.delete(call);
  }

  clock(): Promise<ClockState> {
    return this.#call(() => {
      const { clock, time } = this.#machine;
      return {
        unixTime: clock.unixTime,
        lostPower: clock.oscillatorStopped,
        timeMs: time,
        speed: this.#speed,
        driftPpm: clock.drift.ppm,
        temperatures: [...clock.drift.temperatures],
      };
    });
  }

  async setClock(change: Partial<Pick<ClockState, "unixTime" | "speed" | "driftPpm" | "temperatures">>): Promise<void> {
    const { unixTime, driftPpm } = change;
    if (unixTime !== undefined) check.unixTime(unixTime);
    if (driftPpm !== undefined) check.driftPpm(driftPpm);
    const temperatures = change.temperatures === undefined ? undefined : check.temperatures(change.temperatures);
    const speed = change.speed === undefined ? undefined : check.speed(change.speed);
    await this.#call(async () => {
      if (unixTime !== undefined || driftPpm !== undefined || temperatures !== undefined)
        await this.#do({ do: "clock", unixTime, driftPpm, temperatures });
      if (speed !== undefined) await this.#setSpeed(speed);
    });
  }

  async advance(ms: number): Promise<void> {
    check.span("a span of time", ms);
    await this.#call(async () => {
      const until = this.#machine.now + Math.round(ms * 1000);
      if (until > check.LATEST)
        check.refuse(`an engine's time ends ${Math.floor(check.LATEST / 1000)} ms after it began`);
      await this.#passTo(until);
    });
  }

  power(): Promise<PowerState> {
    return this.#call(() => {
      const { powered, cut, flash, batteryVolts } = this.#machine;
      return {
        on: powered,
        ...(cut === undefined ? {} : { cutAtFlashOperation: cut.index + 1 }),
        flashOperations: flash.operations,
        batteryVolts,
      };
    });
  }

  powerOn(): Promise<void> {
    return this.#call(async () => {
      const { powered, batteryVolts } = this.#machine;
      if (powered) return;
      if (batteryVolts < LOWEST_VOLTS)
        throw new EngineError(
          "no-power",
          `the board starts from ${LOWEST_VOLTS} V, and the battery has ${batteryVolts} V`,
        );
      this.#chronicle.begin(this.#machine);
      await this.#do({ do: "power", on: true });
    });
  }

  /** Keys that wait to be pressed are forgotten; a finger that `keyDown` put on a key stays there. */
  powerOff(): Promise<void> {
    return this.#call(
      () => this.#do({ do: "power", on: false }),
      // What the firmware threw is gone with it.
      () => {},
    );
  }

  async cutAtFlashOperation(operation: number, tear = 0): Promise<void> {
    check.flashOperation(operation);
    check.tear(tear);
    await this.#call(() => this.#do({ do: "cut", operation, tear }));
  }

  async setBattery(volts: number): Promise<void> {
    check.volts(volts);
    await this.#call(() => this.#do({ do: "battery", volts }));
  }

  dumpFlash(): Promise<Uint8Array> {
    return this.#call(() => this.#machine.flashDump());
  }

  async loadFlash(bytes: Uint8Array): Promise<void> {
    check.flash(bytes);
    const base64 = base64FromBytes(bytes);
    await this.#call(async () => {
      if (this.#machine.powered) check.refuse("flash is loaded while the power is off: take it away first");
      await this.#do({ do: "load", base64 });
    });
  }

  async flipFlashBits(bits: number[]): Promise<void> {
    const checked = check.bits(bits);
    await this.#call(() => this.#do({ do: "flip", bits: checked }));
  }

  async send(text: string): Promise<void> {
    check.latin1(text);
    await this.#call(async () => {
      const machine = this.#machine;
      check.power(machine.powered);
      let answered = false;
      const { onLine } = machine;
      machine.onLine = (direction, passed) => {
        if (direction === "to-host") answered = true;
        onLine(direction, passed);
      };
      try {
        await this.#do({ do: "receive", text });
        if (this.#speed === 0) await this.#awaitAnswer(() => answered);
      } finally {
        machine.onLine = onLine;
      }
    });
  }

  onSerial(call: (direction: "to-token" | "to-host", text: string) => void): () => void {
    this.#serialCalls.add(call);
    return () => this.#serialCalls.delete(call);
  }

  async setSerialFaults(faults: SerialFault[]): Promise<void> {
    const checked = check.serialFaults(faults);
    await this.#call(() => this.#do({ do: "faults", faults: checked }));
  }

  serialFaults(): Promise<SerialFault[]> {
    return this.#call(() => this.#machine.line.acting);
  }

  /** @throws EngineError failed where too much was done since the power came on: it goes away and comes back, and then one can be taken */
  snapshot(): Promise<Snapshot> {
    return this.#call(() => this.#chronicle.snapshot(this.#machine));
  }

  /** Keys that wait to be pressed are forgotten. */
  restore(snapshot: Snapshot): Promise<void> {
    return this.#call(async () => {
      const { over } = this.#turns;
      const { machine, story } = await this.#chronicle.repeat(snapshot, { over, rest: () => this.#rest() });
      this.#chronicle.adopt(story);
      this.#machine = this.#connect(machine);
      // Time that passes by itself goes on from here, not from where it was.
      this.#wall?.letGo(machine.now);
      this.#typist.drop(() => new EngineError("failed", "a snapshot was restored before all keys were pressed"));
      this.#picture();
    });
  }

  /** Ends at once what is being done. Every call that waits is refused, and so is every other from now on. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closed = true;
    this.#typist.drop(closed);
    await this.#turns.take(async () => {});
  }

  get #keys(): string[] {
    return this.#machine.keypad.keys;
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

  /**
   * Every call: in its turn, at the time that it is by then.
   * @param before done about what the firmware threw while time passed by itself
   */
  #call<T>(work: () => T | Promise<T>, before = () => this.#rethrow()): Promise<T> {
    return this.#turns.take(async () => {
      this.#refuseClosed();
      if (this.#wall !== undefined) this.#catchUp(this.#wall);
      await this.#settle(this.#onError);
      before();
      this.#thrown = undefined;
      try {
        return await work();
      } finally {
        this.#tell();
        this.#rethrow();
      }
    });
  }

  #refuseClosed(): void {
    if (this.#closed) throw closed();
  }

  #rethrow(): void {
    const thrown = this.#thrown;
    this.#thrown = undefined;
    if (thrown === undefined) return;
    const { error } = thrown;
    throw new EngineError("failed", `the firmware failed: ${error instanceof Error ? error.message : error}`);
  }

  async #do(action: Action): Promise<void> {
    this.#act(action);
    await this.#settle();
    this.#watchPower();
  }

  #act(action: Action): void {
    this.#chronicle.note({ ...action, at: this.#machine.now });
    act(this.#machine, action, this.#turns.over, this.#onThrow);
  }

  /** To the end of this instant: nothing else may be done to the machine, or the same again would come out otherwise. */
  async #settle(onThrow = this.#onThrow): Promise<void> {
    while (!live(this.#machine, this.#machine.now, this.#turns.over, onThrow)) await this.#rest();
  }

  /** Lets time pass, with the keys that are to be pressed in it. */
  async #passTo(until: number): Promise<void> {
    while (!this.#passSome(until, this.#turns.over, this.#onThrow)) await this.#rest();
  }

  /** @returns false where it was `over` before, and something is left to a further call */
  #passSome(until: number, over: () => boolean, onThrow: (error: unknown) => void): boolean {
    for (;;) {
      this.#watchPower();
      const due = this.#typist.due;
      if (!live(this.#machine, Math.min(due ?? until, until), over, onThrow)) return false;
      this.#watchPower();
      if (this.#typist.due === undefined || this.#typist.due > until) return true;
      const stroke = this.#typist.step();
      if (stroke !== undefined) this.#act({ do: "key", key: stroke.key, down: stroke.down, bounceMs: stroke.bounceMs });
    }
  }

  async #typeAll(): Promise<void> {
    for (let due = this.#typist.due; due !== undefined; due = this.#typist.due) await this.#passTo(due);
  }

  /** Without power no more keys are pressed, and the finger that pressed them leaves. */
  #watchPower(): void {
    if (this.#machine.powered || this.#typist.due === undefined) return;
    const key = this.#typist.drop(
      (pressed, keys) => new EngineError("no-power", `the power was gone after ${pressed} of ${keys} keys`),
    );
    if (key !== undefined) this.#act({ do: "key", key, down: false, bounceMs: 0 });
  }

  /** Lets as much time pass as the firmware needs for its answer, and bytes for their way. */
  async #awaitAnswer(answered: () => boolean): Promise<void> {
    const machine = this.#machine;
    const begun = machine.now;
    for (;;) {
      const busyUntil = machine.line.busyUntil;
      if (answered() && busyUntil === undefined) return;
      const next = Math.round(machine.now + machine.idleMs * 1000);
      if (next > Math.max(begun, busyUntil ?? 0) + ANSWER) return;
      await this.#passTo(next);
      // The firmware does not come to rest.
      if (machine.now < next) return;
    }
  }

  async #setSpeed(speed: number): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#speed = speed;
    this.#wall = undefined;
    if (speed === 0) return this.#typeAll();
    this.#wall = new WallTime(speed, this.#machine.now);
    this.#timer = setInterval(() => void this.#tick(), TICK_MS);
  }

  async #tick(): Promise<void> {
    // Whatever is being done goes first, and catches up itself.
    if (this.#turns.busy) return;
    await this.#turns.take(async () => {
      if (this.#wall !== undefined && !this.#closed) this.#catchUp(this.#wall);
      this.#tell();
    });
  }

  #catchUp(wall: WallTime): void {
    const until = wall.due(this.#machine.now);
    const arrived = this.#passSome(until, turn(), this.#onError ?? this.#onThrow);
    if (!arrived || this.#machine.now < until) wall.letGo(this.#machine.now);
  }

  /** Lets everybody else have a turn. @throws EngineError where somebody closed the engine in theirs */
  async #rest(): Promise<void> {
    this.#tell();
    await this.#turns.rest();
    this.#refuseClosed();
    // What this takes on the wall does not pass for the token once more.
    this.#wall?.letGo(this.#machine.now);
  }

  /** While the machine rests, because listeners may call the engine. */
  #tell(): void {
    for (const tell of this.#news.splice(0)) tell();
  }
}

const closed = () => new EngineError("failed", "the engine is closed");
