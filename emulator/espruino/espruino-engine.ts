/**
 * The engine `espruino`: the bundle on a genuine Espruino interpreter for Linux, in real time. Display and clock chip are those of the
 * virtual board, here; keys, bus and pins are stood in for by a prelude in the interpreter; the token's serial line is a
 * pseudo-terminal. The flash is the interpreter's own file: a loss of power kills the interpreter, and the file stays.
 */
import { access, constants } from "node:fs/promises";
import { booted, closing } from "../booted.ts";
import { DrawnPictures } from "../drawn-pictures.ts";
import {
  type BootOptions,
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
} from "../engine.ts";
import { checkBoot, checkPico } from "../fast/boot-options.ts";
import * as check from "../fast/check.ts";
import type { Recording } from "../fast/recorded.ts";
import { Listeners } from "../listeners.ts";
import { i2cDisplayOf } from "../machine/displays.ts";
import { contactsOf } from "../machine/keypad.ts";
import { LOWEST_VOLTS } from "../machine/machine.ts";
import type { Manifest } from "../machine/manifest.ts";
import type { Oled } from "../machine/oled.ts";
import { Random } from "../machine/random.ts";
import { type LineTime, SerialLine } from "../machine/serial-line.ts";
import { readFlash, readStill, withoutPrograms, writeFlash } from "./flash-file.ts";
import { temporaryFolder } from "./interpreter.ts";
import { MirroredClock } from "./mirrored-clock.ts";
import { NoEspruino, PoweredToken } from "./powered-token.ts";
import { tokenScript } from "./prelude.ts";

export interface EspruinoBootOptions extends BootOptions {
  /** Path of the interpreter: Espruino built for Linux. */
  espruino: string;
  /** Told of what the firmware throws; without it the next call is refused with it. */
  onError?: (error: unknown) => void;
}

const HOLD_MS = 60;
const GAP_MS = 60;
const FULL_VOLTS = 3;
/** A picture that the firmware does not end, in milliseconds since its last transfer. */
const PICTURE_REST = 100;
/** Bytes that may wait for the interpreter: those of sixteen calls. */
const MOST_WAITING = 1 << 20;
/** Users of the seed, beside the virtual board's. */
const STREAMS = { firmware: 11, line: 12, display: 13 };

const capabilities: Omit<Capabilities, "drift"> = {
  timeTravel: false,
  advance: false,
  speed: false,
  replay: false,
  snapshot: false,
  flashFaults: false,
  serialFaults: true,
  sound: false,
};

type SerialCall = (direction: "to-token" | "to-host", text: string) => void;

export class EspruinoEngine implements Engine {
  readonly name = "espruino";
  readonly capabilities: Capabilities;
  readonly manifest: Manifest;
  readonly serial: string;
  readonly seed: number;
  /** What the display's and the clock's data sheets do not allow, and was done. */
  readonly faults: string[] = [];
  /** For a port in front of the engine: takes what the token says to its host. */
  onTransmit: (text: string) => void = () => {};
  readonly #options: EspruinoBootOptions;
  readonly #keys: string[];
  readonly #folder: { path: string; remove: () => void };
  readonly #display: Oled;
  readonly #pictures: DrawnPictures;
  readonly #clock: MirroredClock;
  readonly #line: SerialLine;
  readonly #random: { firmware: Random; display: Random };
  readonly #serialListeners: Listeners<Parameters<SerialCall>>;
  readonly #down = new Set<number>();
  readonly #made = Date.now();
  #token: PoweredToken | undefined;
  /** Keys are pressed, and the power is moved, one after the other. */
  #typing: Promise<unknown> = Promise.resolve();
  /** How many keys of the press that is being done went down. */
  #pressed = 0;
  #moving: Promise<unknown> = Promise.resolve();
  #pictureTimer: NodeJS.Timeout | undefined;
  #flashOperations = 0;
  #volts = FULL_VOLTS;
  #errors: unknown[] = [];
  #closed = false;
  /** The flash as the closed engine left it. */
  #left: Uint8Array | undefined;

  private constructor(options: EspruinoBootOptions) {
    const { manifest, install, seed = DEFAULT_SEED, unixTime, onListenerError } = options;
    this.#options = options;
    this.manifest = manifest;
    this.capabilities = { ...capabilities, drift: this.manifest.clock !== undefined };
    this.serial = install.serial;
    this.seed = seed;
    this.#keys = contactsOf(manifest.keypad).map(({ name }) => name);
    this.#random = { firmware: new Random(seed, STREAMS.firmware), display: new Random(seed, STREAMS.display) };
    this.#display = i2cDisplayOf(manifest, (fault) => this.faults.push(fault));
    this.#pictures = new DrawnPictures(this.#display, manifest, onListenerError);
    this.#serialListeners = new Listeners(onListenerError);
    this.#clock = new MirroredClock(
      () => this.#now(),
      this.#made,
      (fault) => this.faults.push(fault),
      (mirror) => this.#command("clock", JSON.stringify(mirror)),
    );
    if (unixTime !== undefined && manifest.clock !== undefined) this.#clock.chip.setTime(unixTime);
    const now = () => this.#now();
    const time: LineTime = {
      get now() {
        return now();
      },
      at: (due, call) => void setTimeout(call, Math.max(0, due - now()) / 1000).unref(),
    };
    this.#line = new SerialLine(time, new Random(seed, STREAMS.line), (direction, text) => this.#pass(direction, text));
    this.#folder = temporaryFolder(() => this.#token?.endNow());
  }

  /**
   * A token that has booted.
   * @throws EngineError invalid for options that cannot be and for a program that is no Espruino, failed for what the interpreter refuses
   */
  static async boot(options: EspruinoBootOptions): Promise<EspruinoEngine> {
    checkBoot(options);
    checkPico(options, "espruino");
    await access(options.espruino, constants.X_OK).catch((error: Error) =>
      check.refuse(`${options.espruino} is no interpreter that can be run: ${error.message}`),
    );
    const engine = new EspruinoEngine(options);
    try {
      if (options.flash !== undefined) await engine.loadFlash(options.flash);
      await engine.powerOn();
    } catch (error) {
      await engine.close();
      throw error;
    }
    booted(engine, `${engine.serial}, engine ${engine.name}`, () => engine.#pictures.screen);
    return engine;
  }

  async keyDown(key: string): Promise<void> {
    const contact = this.#contact(key);
    this.#begin();
    check.power(this.#token !== undefined);
    await this.#move(contact, true);
  }

  /** A finger may leave a key of a token without power, too. */
  async keyUp(key: string): Promise<void> {
    const contact = this.#contact(key);
    this.#begin();
    await this.#move(contact, false);
  }

  /**
   * Presses keys one after the other in the interpreter's own time, each once the token has done what the one before asked for. Without
   * a time of its own, a press lasts until the firmware has scanned it: this computer may be busy.
   * @throws EngineError no-power where the power was gone before the last key went down: what waits of the keys is then forgotten
   */
  async press(keys: string[], options: PressOptions = {}): Promise<void> {
    const contacts = check.keys(keys, this.#keys).map((key) => this.#contact(key));
    const { holdMs, gapMs, bounceMs } = check.held(options, { holdMs: HOLD_MS, gapMs: GAP_MS });
    const patient = options.holdMs === undefined && options.gapMs === undefined;
    this.#begin();
    const token = this.#token;
    check.power(token !== undefined);
    const typed = this.#typing.then(async () => {
      this.#pressed = 0;
      const done =
        token === this.#token &&
        (await token.command("press", JSON.stringify(contacts), holdMs, gapMs, bounceMs, patient));
      if (!done && this.#pressed < contacts.length) throw check.powerGone(this.#pressed, contacts.length);
    });
    this.#typing = typed.catch(() => {});
    await typed;
  }

  async screen(): Promise<Screen> {
    this.#begin();
    return this.#pictures.screen;
  }

  onScreen(call: (screen: Screen) => void): () => void {
    return this.#pictures.onScreen(call);
  }

  /** Its buzzer is not heard. */
  onSound(call: (sound: Sound) => void): () => void {
    return new Listeners<[Sound]>().add(call);
  }

  async clock(): Promise<ClockState> {
    this.#begin();
    const { unixTime, oscillatorStopped, drift } = this.#clock.chip;
    return {
      unixTime,
      lostPower: oscillatorStopped,
      timeMs: this.#now() / 1000,
      speed: 1,
      driftPpm: drift.ppm,
      temperatures: [...drift.temperatures],
    };
  }

  async setClock(change: ClockChange): Promise<void> {
    const { speed = 1, ...setting } = check.clockChange(change);
    if (speed !== 1) throw unsupported("a genuine interpreter runs in real time");
    this.#begin();
    check.settable(setting, this.manifest);
    check.driftable(setting, this);
    await this.#clock.set(setting);
  }

  async advance(_ms: number): Promise<void> {
    throw unsupported("time passes by itself on a genuine interpreter: wait for it, or set the clock");
  }

  async power(): Promise<PowerState> {
    this.#begin();
    return { on: this.#token !== undefined, flashOperations: this.#flashOperations, batteryVolts: this.#volts };
  }

  /** Boots, and returns when the firmware has come to rest. */
  async powerOn(): Promise<void> {
    this.#begin();
    await this.#inTurn(async () => {
      if (this.#token !== undefined) return;
      check.battery(this.#volts);
      await this.#start();
    });
  }

  async powerOff(): Promise<void> {
    this.#begin();
    // At once: an interpreter that is still booting is killed, too.
    const ended = this.#token?.end();
    await this.#inTurn(async () => {
      await ended;
      await this.#token?.end();
    });
  }

  async cutAtFlashOperation(_operation: number, _tear?: number): Promise<void> {
    throw unsupported("a genuine interpreter's flash is a file, whose operations can't be cut: take its power away");
  }

  async setBattery(volts: number): Promise<void> {
    check.volts(volts);
    this.#begin();
    this.#volts = volts;
    if (volts < LOWEST_VOLTS) await this.powerOff();
  }

  /** Only without power: a running interpreter may be in the middle of a write. */
  async dumpFlash(): Promise<Uint8Array> {
    this.#begin();
    return this.#inTurn(async () => {
      this.#refusePower("dumped");
      return readFlash(this.#folder.path);
    });
  }

  /**
   * What a loss of power at this moment would leave: all bytes of the flash, and the clock chip's time, Unix seconds, where it was set. A
   * closed engine still has what it had at its end.
   */
  async kept(): Promise<{ flash: Uint8Array; unixTime: number | undefined }> {
    const { oscillatorStopped, unixTime } = this.#clock.chip;
    const flash = this.#left ?? (await readStill(this.#folder.path));
    return { flash, unixTime: oscillatorStopped ? undefined : unixTime };
  }

  async loadFlash(bytes: Uint8Array): Promise<void> {
    check.flash(bytes);
    this.#begin();
    const contents = withoutPrograms(bytes);
    await this.#inTurn(async () => {
      this.#refusePower("loaded");
      await writeFlash(this.#folder.path, contents);
    });
  }

  async flipFlashBits(_bits: number[]): Promise<void> {
    throw unsupported("a genuine interpreter's flash can't be disturbed: dump it, change it and load it");
  }

  async send(text: string): Promise<void> {
    check.latin1(text);
    this.#begin();
    const token = this.#token;
    check.power(token !== undefined);
    if (token.waiting + text.length > MOST_WAITING)
      check.conflict(
        "no more than a mebibyte can wait for the token: give it time to take what was sent, or take its power away",
      );
    this.receive(text);
    await token.taken();
  }

  /** Bytes from a port in front of the engine. */
  receive(text: string): void {
    if (!this.#closed) this.#line.pass("to-token", text);
  }

  onSerial(call: SerialCall): () => void {
    return this.#serialListeners.add(call);
  }

  async setSerialFaults(faults: SerialFault[]): Promise<void> {
    const checked = check.serialFaults(faults);
    this.#begin();
    this.#line.faults = checked;
  }

  async serialFaults(): Promise<SerialFault[]> {
    this.#begin();
    return this.#line.acting;
  }

  async snapshot(): Promise<Snapshot> {
    throw unsupported("the state of a genuine interpreter can't be taken: dump its flash instead");
  }

  async restore(_snapshot: Snapshot): Promise<void> {
    throw unsupported("the state of a genuine interpreter can't be restored: load its flash instead");
  }

  async replay(_recording: Recording): Promise<void> {
    throw unsupported("a genuine interpreter runs in real time: a recording is played by the engine fast");
  }

  async close(): Promise<void> {
    closing(this);
    this.#closed = true;
    this.#clock.stop();
    const ended = this.#token?.end();
    await this.#inTurn(async () => {
      await ended;
      await this.#token?.end();
      try {
        this.#left ??= await readFlash(this.#folder.path);
      } finally {
        this.#folder.remove();
      }
    });
  }

  /** Every call begins here. */
  #begin(): void {
    if (this.#closed) throw new EngineError("failed", "the engine is closed");
    const [error] = this.#errors.splice(0);
    if (error !== undefined) throw error;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#moving.then(work);
    this.#moving = done.catch(() => {});
    return done;
  }

  #refusePower(what: string): void {
    if (this.#token !== undefined) check.conflict(`flash is ${what} while the power is off: take it away first`);
  }

  /** Microseconds since the engine was made. */
  #now(): number {
    return (Date.now() - this.#made) * 1000;
  }

  #contact(key: string): number {
    return this.#keys.indexOf(check.key(key, this.#keys));
  }

  async #move(contact: number, down: boolean): Promise<void> {
    if (this.#down.has(contact) === down) return;
    if (down) this.#down.add(contact);
    else this.#down.delete(contact);
    await this.#command("key", contact, down);
  }

  async #command(...command: Parameters<PoweredToken["command"]>): Promise<void> {
    await this.#token?.command(...command);
  }

  async #start(): Promise<void> {
    const { espruino, bundle, manifest } = this.#options;
    const flash = await readFlash(this.#folder.path);
    const blank = flash.every((byte) => byte === 0xff);
    if (blank) await writeFlash(this.#folder.path, flash);
    const script = (device: string) =>
      tokenScript(bundle, blank ? checkPico(this.#options, this.name) : undefined, {
        manifest,
        device,
        seed: this.#random.firmware.next() >>> 1,
        epoch: this.#made / 1000,
        clock: this.#clock.mirror,
        down: [...this.#down],
      });
    this.#display.powerOn(this.#random.display);
    this.#token = await PoweredToken.start(espruino, this.#folder.path, script, {
      said: (what, text) => this.#said(what, text),
      sent: (text) => this.#line.pass("to-host", text),
      failed: (message) => this.#failed(message),
      over: () => {
        this.#token = undefined;
        this.#display.powerOff();
        this.#look();
      },
    });
    try {
      await this.#token.booted;
    } catch (error) {
      await this.#token?.end();
      throw new EngineError(error instanceof NoEspruino ? "invalid" : "failed", (error as Error).message);
    }
  }

  #said(what: string, text: string): void {
    if (what === "DISPLAY") {
      this.#display.write(bytesOf(text));
      this.#pictureTimer ??= setTimeout(() => this.#look(), PICTURE_REST).unref();
      this.#pictureTimer.refresh();
    } else if (what === "PICTURE" || what === "READY" || what === "DONE") this.#look();
    else if (what === "CLOCK") this.#clockWritten(text);
    else if (what === "PRESSED") this.#pressed = Number(text);
    else if (what === "FLASH") this.#flashOperations++;
  }

  #clockWritten(text: string): void {
    const [writes, seconds, data] = text.split(" ");
    this.#clock.written(Number(writes), Number(seconds), bytesOf(data));
  }

  #pass(direction: "to-token" | "to-host", text: string): void {
    if (this.#token === undefined) return;
    this.#serialListeners.tell(direction, text);
    if (direction === "to-host") this.onTransmit(text);
    else this.#token.receive(text);
  }

  #failed(message: string): void {
    const error = new EngineError("failed", message);
    if (this.#options.onError !== undefined) this.#options.onError(error);
    else this.#errors.push(error);
  }

  /** A picture has been drawn to its end. */
  #look(): void {
    clearTimeout(this.#pictureTimer);
    this.#pictureTimer = undefined;
    this.#pictures.look();
  }
}

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const unsupported = (message: string) => new EngineError("unsupported", message);
