/**
 * The engine `fast`: the bundle in this process, on the virtual board, in virtual time. Nothing of Node is needed, so it runs in a page.
 *
 * At speed 0 time moves only when it is told to, and as far as keys and hosts need it: a press takes the time that the key is held, and
 * a host's bytes take what the firmware needs to answer them. At any other speed time also passes by itself. Either way the engine knows
 * everything that was done to the machine and when, so it can do it again: that is what a snapshot is.
 *
 * Calls are carried out one after the other, in the order in which they were made, those that only read among them: a call that is made
 * during a long one sees what that one left. While one takes long, everybody else in the process or in the page gets a turn every now and
 * then. Only a `press` in time that passes by itself lets other calls go before its end; and what is urgent is done in the midst of a call.
 */
import { booted, closing } from "../booted.ts";
import {
  type BootOptions,
  type CallOptions,
  type Capabilities,
  type ClockChange,
  type ClockState,
  DEFAULT_SEED,
  type Engine,
  EngineError,
  type PowerState,
  type PressOptions,
  type Screen,
  type SerialFault,
  type Snapshot,
  type Sound,
  type Urgency,
} from "../engine.ts";
import { Listeners } from "../listeners.ts";
import { storageRegion } from "../machine/flash.ts";
import type { Machine } from "../machine/machine.ts";
import type { Manifest } from "../machine/manifest.ts";
import { TokenAdmission } from "./admission.ts";
import { base64FromBytes } from "./base64.ts";
import { type StoredState, storedState } from "./board-state.ts";
import { checkBoot } from "./boot-options.ts";
import { type Call, type CallName, type Named, namedOn, readCall } from "./calls.ts";
import * as check from "./check.ts";
import { passGate } from "./gate.ts";
import { play } from "./player.ts";
import { mayHaveActed, type Performed, type Recordable, type Recording, readRecording } from "./recorded.ts";
import { FastToken } from "./token.ts";
import { Turns, turn } from "./turns.ts";
import { WallTime } from "./wall-time.ts";

export interface FastBootOptions extends BootOptions {
  /** 0, frozen. */
  speed?: number;
  /**
   * Firmware beside the bundle that may run out of the flash, as an updated token's does: the digest of each image, in hexadecimal, as
   * `ochre update` and the refusal of such a flash tell it. What a host sends to this engine over its line runs, too.
   */
  trustedFirmware?: string[];
  /**
   * Told of what the firmware throws while time passes by itself; without it the next call is refused with the first of it, unless that
   * call takes the power away. What this one throws is a listener's error.
   */
  onError?: (error: unknown) => void;
}

type Lane = Set<() => Promise<void>>;

/** How often time catches up with the clock on the wall, in milliseconds. */
const TICK_MS = 10;

const capabilities: Omit<Capabilities, "sound"> = {
  timeTravel: true,
  advance: true,
  speed: true,
  drift: true,
  replay: true,
  snapshot: true,
  flashFaults: true,
  serialFaults: true,
};

/** It is installed anew whenever a snapshot or a recording is: whoever gave the keys may have overwritten them by then. */
function copyOf(install: BootOptions["install"]): BootOptions["install"] {
  if ("entries" in install)
    return { ...install, entries: install.entries.map(({ id, value }) => ({ id, value: value.slice() })) };
  const { enc, mac, dek } = install;
  return { ...install, enc: enc.slice(), mac: mac.slice(), dek: dek.slice() };
}

export class FastEngine implements Engine, Recordable {
  readonly name = "fast";
  readonly capabilities: Capabilities;
  readonly manifest: Manifest;
  readonly serial: string;
  readonly seed: number;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #screenListeners: Listeners<[Screen]>;
  readonly #serialListeners: Listeners<[direction: "to-token" | "to-host", text: string]>;
  readonly #soundListeners: Listeners<[Sound]>;
  readonly #turns = new Turns();
  /** In a long piece of work. */
  readonly #rests = { over: this.#turns.over, rest: () => this.#rest() };
  readonly #token: FastToken;
  readonly #named: Named;
  /** Who wants to read in the midst of a long piece of work, and who to take the power away. */
  readonly #readers: Lane = new Set();
  readonly #cutters: Lane = new Set();
  #playing = false;
  /** Why what is being done ends at its next pause. */
  #ending: EngineError | undefined;
  /** What listeners are to be told once the machine rests: they may call the engine. */
  #news: (() => void)[] = [];
  #speed = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Where time passes by itself. */
  #wall: WallTime | undefined;
  #closed = false;

  private constructor({ speed: _, trustedFirmware, onError, onListenerError, ...options }: FastBootOptions) {
    this.manifest = options.manifest;
    this.capabilities = { ...capabilities, sound: options.manifest.sound !== undefined };
    this.serial = options.install.serial;
    this.seed = options.seed ?? DEFAULT_SEED;
    if (onError !== undefined) {
      const told = new Listeners<[unknown]>(onListenerError);
      told.add(onError);
      this.#onError = (error) => told.tell(error);
    }
    this.#screenListeners = new Listeners(onListenerError);
    this.#serialListeners = new Listeners(onListenerError);
    this.#soundListeners = new Listeners(onListenerError);
    this.#named = namedOn(options.manifest);
    const admission = new TokenAdmission({ ...options, trustedFirmware });
    this.#token = new FastToken({ ...options, admission }, this.#rests);
    this.#token.onPause = () => this.#pause();
    this.#token.onPicture = () => this.#picture();
    this.#token.onSound = (hertz) => {
      const sound = { hertz, timeMs: this.machine.time };
      if (this.#soundListeners.size > 0) this.#news.push(() => this.#soundListeners.tell(sound));
    };
    this.#token.onLine = (direction, text) => {
      if (this.#serialListeners.size > 0) this.#news.push(() => this.#serialListeners.tell(direction, text));
    };
  }

  /**
   * A token that has booted.
   * @throws EngineError invalid for options that cannot be, or a bundle that a genuine interpreter would fail at, foreign-firmware for a flash
   * that holds another firmware than was given, failed for what the firmware throws
   */
  static async boot(options: FastBootOptions): Promise<FastEngine> {
    checkBoot(options);
    await passGate(options);
    const speed = check.speed(options.speed ?? 0);
    const engine = new FastEngine({ ...options, install: copyOf(options.install) });
    await engine.powerOn();
    await engine.setClock({ speed });
    booted(engine, `${engine.serial}, engine ${engine.name}`, () => engine.#token.screen());
    return engine;
  }

  /** The virtual board itself, for whoever looks closer; a restored snapshot is another one, and so is a recording. Change it through the engine alone. */
  get machine(): Machine {
    return this.#token.machine;
  }

  /**
   * What a loss of power at this moment would leave: all bytes of the flash, and the clock chip's time, Unix seconds, where it was set. It
   * is read past the calls that wait, and of a closed engine too: a chip on its coin cell keeps time whatever else is done or over.
   */
  async kept(): Promise<{ flash: Uint8Array; unixTime: number | undefined }> {
    const { clock, now } = this.machine;
    const behind = this.#wall?.behind(now) ?? 0;
    return {
      flash: this.machine.flashDump(),
      unixTime: clock.oscillatorStopped ? undefined : clock.unixTime + behind / 1e6,
    };
  }

  keyDown(key: string): Promise<void> {
    return this.#do("keyDown", [key]);
  }

  /** A finger may leave a key of a token without power, too. */
  keyUp(key: string): Promise<void> {
    return this.#do("keyUp", [key]);
  }

  /**
   * Done once all the keys were pressed, whatever that led to.
   * @throws EngineError no-power where the power was gone before the last key went down: what waits of the keys is then forgotten
   */
  press(keys: string[], options?: PressOptions, how?: CallOptions): Promise<void> {
    return this.#do("press", [keys, options], how);
  }

  screen(when?: Urgency): Promise<Screen> {
    return this.#read(() => this.#token.screen(), when);
  }

  onScreen(call: (screen: Screen) => void): () => void {
    return this.#screenListeners.add(call);
  }

  onSound(call: (sound: Sound) => void): () => void {
    return this.#soundListeners.add(call);
  }

  clock(when?: Urgency): Promise<ClockState> {
    return this.#read(() => {
      const { clock, time } = this.machine;
      return {
        unixTime: clock.unixTime,
        lostPower: clock.oscillatorStopped,
        timeMs: time,
        speed: this.#speed,
        driftPpm: clock.drift.ppm,
        temperatures: [...clock.drift.temperatures],
      };
    }, when);
  }

  setClock(change: ClockChange): Promise<void> {
    return this.#do("setClock", [change]);
  }

  advance(ms: number, how?: CallOptions): Promise<void> {
    return this.#do("advance", [ms], how);
  }

  power(when?: Urgency): Promise<PowerState> {
    return this.#read(() => {
      const { powered, cut, flash, batteryVolts } = this.machine;
      return {
        on: powered,
        ...(cut === undefined ? {} : { cutAtFlashOperation: cut.index + 1 }),
        flashOperations: flash.operations,
        batteryVolts,
      };
    }, when);
  }

  powerOn(): Promise<void> {
    return this.#do("powerOn", []);
  }

  /** Keys that wait to be pressed are forgotten; a finger that `keyDown` put on a key stays there. */
  powerOff({ urgent = false }: Urgency = {}): Promise<void> {
    if (!urgent) return this.#do("powerOff", []);
    return this.#urgently(
      this.#cutters,
      () => this.#takePowerAway(),
      () => this.#dropFailure(),
    );
  }

  cutAtFlashOperation(operation: number, tear?: number): Promise<void> {
    return this.#do("cutAtFlashOperation", [operation, tear]);
  }

  setBattery(volts: number): Promise<void> {
    return this.#do("setBattery", [volts]);
  }

  dumpFlash(): Promise<Uint8Array> {
    return this.#call(() => this.machine.flashDump());
  }

  async loadFlash(bytes: Uint8Array): Promise<void> {
    check.flash(bytes, storageRegion(this.manifest).bytes);
    const base64 = base64FromBytes(bytes);
    await this.#call(async () => {
      if (this.machine.powered) check.conflict("flash is loaded while the power is off: take it away first");
      await this.#token.load(base64);
    });
  }

  flipFlashBits(bits: number[]): Promise<void> {
    return this.#do("flipFlashBits", [bits]);
  }

  send(text: string): Promise<void> {
    return this.#do("send", [text]);
  }

  onSerial(call: (direction: "to-token" | "to-host", text: string) => void): () => void {
    return this.#serialListeners.add(call);
  }

  setSerialFaults(faults: SerialFault[]): Promise<void> {
    return this.#do("setSerialFaults", [faults]);
  }

  serialFaults(when?: Urgency): Promise<SerialFault[]> {
    return this.#read(() => this.machine.line.acting, when);
  }

  /**
   * Of a press that is not over, the finger leaves its key.
   * @throws EngineError failed where too much was done since the power came on: it goes away and comes back, and then one can be taken
   */
  snapshot(): Promise<Snapshot> {
    return this.#call(() => this.#token.snapshot());
  }

  /** Keys that wait to be pressed are forgotten. */
  restore(snapshot: Snapshot): Promise<void> {
    return this.#call(async () => {
      await this.#token.restore(snapshot);
      this.#goOn();
    });
  }

  async replay(recording: Recording, how?: CallOptions): Promise<void> {
    const playable = readRecording(recording, this);
    const work = async () => {
      this.#playing = true;
      try {
        await play(this.#token, playable, this.#rests, this.#onError);
      } finally {
        this.#playing = false;
        this.#token.told();
        this.#goOn();
      }
    };
    await this.#call(() => this.#until(how?.signal, work));
  }

  startAnew(): Promise<{ start: StoredState; screen: Screen }> {
    return this.#call(async () => {
      const start = storedState(await this.#token.startAnew());
      return { start, screen: this.#token.screen() };
    });
  }

  async perform(name: CallName, args: unknown[]): Promise<Performed> {
    const call = readCall(name, args, this.#named);
    let began: number | undefined;
    const error: unknown = await this.#carryOut(call, () => {
      began = this.machine.now;
    }).then(
      () => undefined,
      (thrown) => thrown,
    );
    if (began === undefined || (error !== undefined && !mayHaveActed(error))) throw error;
    const performed = { began, ...(error === undefined ? {} : { error }) };
    return this.#turn(() => ({ ...performed, ended: this.machine.now, screen: this.#token.screen() }));
  }

  /** Ends at once what is being done. Every call that waits is refused, and so is every other from now on. */
  async close(): Promise<void> {
    closing(this);
    clearInterval(this.#timer);
    this.#closed = true;
    this.#token.dropKeys(closed);
    await this.#turns.take(async () => {});
  }

  async #do(name: CallName, args: unknown[], how?: CallOptions): Promise<void> {
    await this.#carryOut(readCall(name, args, this.#named), () => {}, how?.signal);
  }

  /** @param onBegin told at the moment when it is begun @param signal its caller is gone */
  async #carryOut(call: Call, onBegin = () => {}, signal?: AbortSignal): Promise<void> {
    const before = call.name === "powerOff" ? () => this.#dropFailure() : undefined;
    const work = async () => {
      onBegin();
      const still = this.#speed === 0;
      const performed = await (still ? this.#token.performToEnd(call) : this.#token.perform(call));
      if (call.name === "setClock" && call.change.speed !== undefined) await this.#setSpeed(call.change.speed);
      return performed;
    };
    const { typed } = await this.#call(() => this.#until(signal, work), before);
    if (typed === undefined) return;
    // In time that passes by itself, it is done between other calls.
    const forget = () => void this.#turn(() => this.#token.forget(typed, gone())).catch(() => {});
    if (signal?.aborted) forget();
    signal?.addEventListener("abort", forget);
    try {
      await typed;
    } finally {
      signal?.removeEventListener("abort", forget);
    }
  }

  #read<T>(read: () => T, { urgent = false }: Urgency = {}): Promise<T> {
    return urgent ? this.#urgently(this.#readers, read) : this.#call(read);
  }

  async #takePowerAway(): Promise<void> {
    // Nothing else may be done in the midst of an instant.
    await this.#token.settle();
    await this.#token.perform({ name: "powerOff" });
  }

  /** In its turn, or before that in the midst of what is being done. @param lane who waits for that */
  #urgently<T>(lane: Lane, work: () => T | Promise<T>, before?: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const inTheMidst = async () => {
        lane.delete(inTheMidst);
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      };
      lane.add(inTheMidst);
      this.#turn(async () => {
        if (lane.delete(inTheMidst)) resolve(await this.#failing(work, before));
      }).catch((error) => {
        lane.delete(inTheMidst);
        reject(error);
      });
    });
  }

  /** Time is let pass by a call, and may be otherwise from here on. @throws EngineError for a call that ends here */
  async #pause(): Promise<void> {
    const cut = this.#cutters.size > 0;
    for (const takePowerAway of this.#cutters) await takePowerAway();
    if (cut && this.#playing)
      this.#ending ??= new EngineError("no-power", "the power was taken away while the recording was played");
    if (this.#ending !== undefined) throw this.#ending;
  }

  /** Does it as long as its caller is there. */
  async #until<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const end = () => {
      this.#ending = gone();
    };
    if (signal?.aborted) end();
    signal?.addEventListener("abort", end);
    try {
      if (this.#ending !== undefined) throw this.#ending;
      return await work();
    } finally {
      signal?.removeEventListener("abort", end);
      this.#ending = undefined;
    }
  }

  #picture(): void {
    if (this.#screenListeners.size === 0) return;
    const { display, pictures } = this.machine;
    const [pixels, on] = [display.frame(), display.on];
    this.#news.push(() => this.#screenListeners.tell(this.#token.read(pixels, on, pictures)));
  }

  /**
   * Every call: as `#turn`, and it fails with what the firmware throws.
   * @param before done about what the firmware threw while time passed by itself
   */
  #call<T>(work: () => T | Promise<T>, before = () => this.#rethrow()): Promise<T> {
    return this.#turn(() => this.#failing(work, before));
  }

  async #failing<T>(work: () => T | Promise<T>, before = () => this.#rethrow()): Promise<T> {
    before();
    try {
      return await work();
    } finally {
      this.#rethrow();
    }
  }

  /** In its turn, at the time that it is by then. */
  #turn<T>(work: () => T | Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      this.#refuseClosed();
      try {
        if (this.#wall !== undefined) this.#catchUp(this.#wall);
        await this.#token.settle(this.#onError);
        return await work();
      } finally {
        this.#tell();
      }
    });
  }

  #refuseClosed(): void {
    if (this.#closed) throw closed();
  }

  #rethrow(): void {
    const failure = this.#token.takeFailure();
    if (failure !== undefined) throw new EngineError(failure.fault, failure.message);
  }

  /** What the firmware threw goes with its power. */
  #dropFailure(): void {
    this.#token.takeFailure();
  }

  async #setSpeed(speed: number): Promise<void> {
    // Somebody may have closed the engine while the rest of the call was done: a timer would go on for ever.
    this.#refuseClosed();
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#speed = speed;
    this.#wall = undefined;
    if (speed === 0) return this.#token.typeAll();
    this.#wall = new WallTime(speed, this.machine.now);
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
    const until = wall.due(this.machine.now);
    const arrived = this.#token.passSome(until, turn(), this.#onError);
    if (!arrived || this.machine.now < until) wall.letGo(this.machine.now);
  }

  /** Time that passes by itself goes on from here, wherever it was. */
  #goOn(): void {
    this.#wall?.letGo(this.machine.now);
  }

  /** Lets everybody else have a turn. @throws EngineError where somebody closed the engine in theirs */
  async #rest(): Promise<void> {
    this.#tell();
    await this.#turns.rest();
    this.#refuseClosed();
    // What this takes on the wall does not pass for the token once more.
    this.#goOn();
    for (const read of this.#readers) await read();
  }

  /** While the machine rests, because listeners may call the engine. */
  #tell(): void {
    for (const tell of this.#news.splice(0)) tell();
  }
}

const gone = () => new EngineError("failed", "whoever asked for it has gone away");
const closed = () => new EngineError("failed", "the engine is closed");
