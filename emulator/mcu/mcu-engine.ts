/**
 * The engine `mcu`: the bundle on a genuine Espruino, on a simulated RP2040. Its time is the simulated chip's, in cycles of 125 MHz. It
 * passes by itself, as fast as the clock on the wall or as the simulator can; `advance` lets so much of it pass and takes as long as that
 * takes. The clock chip keeps up with the wall where the simulator does not.
 */
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
import { Turns } from "../fast/turns.ts";
import { Listeners } from "../listeners.ts";
import { LOWEST_VOLTS } from "../machine/machine.ts";
import type { Manifest } from "../machine/manifest.ts";
import { bootRom } from "./boot-rom.ts";
import { flashOfImage } from "./flash-image.ts";
import { flashWithStorage, installedFlash, type OnProgress, type Parts } from "./installation.ts";
import { RealTime } from "./real-time.ts";
import { Rp2040Board } from "./rp2040-board.ts";
import { cyclesOf } from "./stepper.ts";

export interface McuBootOptions extends BootOptions {
  /** Espruino for the RP2040 Pico: raw bytes or UF2. */
  image: Uint8Array;
  /** The RP2040's boot ROM, 16 KB of raw bytes. */
  bootrom: Uint8Array;
  /** 1, real time. At 0 time passes only where `advance`, keys and hosts let it. */
  speed?: number;
  /** Told while it boots. */
  onProgress?: OnProgress;
}

/** The interpreter needs two scans of the keypad to see a key, and up to 40 ms for each. */
const HOLD_MS = 100;
const GAP_MS = 60;
/** Milliseconds of board time that the firmware may work on one thing. */
const LONGEST_WORK = 60_000;
/** Milliseconds without a byte on the bus after which what the display shows is a picture. */
const PICTURE_REST = 6;

const capabilities: Omit<Capabilities, "drift"> = {
  timeTravel: false,
  advance: true,
  speed: true,
  replay: false,
  snapshot: false,
  flashFaults: true,
  serialFaults: true,
  sound: false,
};

type SerialCall = (direction: "to-token" | "to-host", text: string) => void;

export class McuEngine implements Engine {
  readonly name = "mcu";
  readonly capabilities: Capabilities;
  readonly manifest: Manifest;
  readonly serial: string;
  readonly seed: number;
  /** The board itself, for whoever looks closer. Change it through the engine alone. */
  readonly board: Rp2040Board;
  /** For a port in front of the engine: takes what the token says to its host. */
  onTransmit: (text: string) => void = () => {};
  readonly #parts: Parts;
  readonly #time: RealTime;
  readonly #pictures: DrawnPictures;
  readonly #serialListeners: Listeners<Parameters<SerialCall>>;
  /** The power is moved, and another flash comes in, one after the other. */
  readonly #moves = new Turns();
  /** Presses are done one after the other. */
  #typing: Promise<unknown> = Promise.resolve();
  #lastStop = 0;
  #closed = false;

  private constructor(parts: Parts, flash: Uint8Array, options: McuBootOptions) {
    const { install, seed = DEFAULT_SEED, unixTime, onListenerError } = options;
    this.#parts = parts;
    this.manifest = parts.manifest;
    this.capabilities = { ...capabilities, drift: this.manifest.clock !== undefined };
    this.serial = install.serial;
    this.seed = seed;
    this.board = new Rp2040Board({ rom: parts.rom, flash, manifest: parts.manifest, seed });
    if (unixTime !== undefined && this.manifest.clock !== undefined) this.board.clock.setTime(unixTime);
    this.#pictures = new DrawnPictures(this.board.display, parts.manifest, onListenerError);
    this.#serialListeners = new Listeners(onListenerError);
    this.#time = new RealTime(this.board);
    this.#time.onTurn = () => this.#look();
    this.board.onBusStop(() => {
      this.#lastStop = this.board.time;
    });
    this.board.onLine = (direction, text) => {
      this.#serialListeners.tell(direction, text);
      if (direction === "to-host") this.onTransmit(text);
    };
  }

  /**
   * A token that has booted. The first one of an image and a bundle takes some seconds longer: the bundle is installed through the
   * interpreter's console.
   * @throws EngineError invalid for options that cannot be, failed for what the interpreter refuses
   */
  static async boot(options: McuBootOptions): Promise<McuEngine> {
    checkBoot(options);
    const install = checkPico(options, "mcu");
    const speed = check.speed(options.speed ?? 1);
    const parts = partsOf(options);
    const flash = await (options.flash === undefined
      ? installedFlash(parts, install)
      : flashWithStorage(parts, options.flash)
    ).catch(failed);
    const engine = new McuEngine(parts, flash, options);
    engine.#time.onTurn = () => options.onProgress?.("starting the token", engine.board.time);
    await engine.powerOn();
    engine.#time.onTurn = () => engine.#look();
    engine.#time.speed = speed;
    booted(engine, `${engine.serial}, engine ${engine.name}`, () => engine.#pictures.screen);
    return engine;
  }

  /**
   * What a loss of power at this moment would leave: all bytes of Storage's flash, and the clock chip's time, Unix seconds, where it was
   * set. It is read past the calls that wait, and of a closed engine too.
   */
  async kept(): Promise<{ flash: Uint8Array; unixTime: number | undefined }> {
    const { clock, flash } = this.board;
    return {
      flash: flash.storage.slice(),
      unixTime: clock.oscillatorStopped ? undefined : clock.unixTime + this.#time.behind / 1000,
    };
  }

  async keyDown(key: string): Promise<void> {
    check.key(key, this.board.keypad.keys);
    this.#begin();
    check.power(this.board.powered);
    this.#move(key, true, 0);
  }

  /** A finger may leave a key of a token without power, too. */
  async keyUp(key: string): Promise<void> {
    check.key(key, this.board.keypad.keys);
    this.#begin();
    this.#move(key, false, 0);
  }

  /**
   * Presses keys one after the other, each once the token has done what the one before asked for.
   * @throws EngineError no-power where the power was gone before the last key went down: what waits of the keys is then forgotten
   */
  async press(keys: string[], options: PressOptions = {}): Promise<void> {
    const names = check.keys(keys, this.board.keypad.keys);
    const held = check.held(options, { holdMs: HOLD_MS, gapMs: GAP_MS });
    this.#begin();
    check.power(this.board.powered);
    const { powerOns } = this.board;
    const typed = this.#typing.then(() => this.#type(names, held, powerOns));
    this.#typing = typed.catch(() => {});
    await typed;
  }

  /**
   * Lets time pass until the firmware waits for somebody or for a timer of later, or does nothing but look at a key that is held. A host
   * that talks for longer than the firmware may work is not waited for.
   * @throws EngineError failed where the firmware does not come to rest
   */
  async rest(): Promise<void> {
    // By the time that this is told, more time may have passed by itself.
    let rested = false;
    await this.#run(LONGEST_WORK, () => {
      rested = this.board.resting;
      return rested;
    });
    if (!rested && !this.board.hostTalks)
      throw new EngineError(
        "failed",
        `the firmware did not come to rest in ${LONGEST_WORK / 1000} s of its time: take its power away, and give it back`,
      );
  }

  async screen(): Promise<Screen> {
    this.#begin();
    this.#look();
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
    const { clock, time } = this.board;
    return {
      unixTime: clock.unixTime,
      lostPower: clock.oscillatorStopped,
      timeMs: time,
      cycles: cyclesOf(time),
      speed: this.#time.speed,
      driftPpm: clock.drift.ppm,
      temperatures: [...clock.drift.temperatures],
    };
  }

  async setClock(change: ClockChange): Promise<void> {
    const asked = check.clockChange(change);
    const { unixTime, driftPpm, temperatures, speed } = asked;
    this.#begin();
    check.settable(asked, this.manifest);
    check.driftable(asked, this);
    const { clock } = this.board;
    if (unixTime !== undefined) clock.setTime(unixTime);
    if (driftPpm !== undefined || temperatures !== undefined)
      clock.drift = { ppm: driftPpm ?? clock.drift.ppm, temperatures: temperatures ?? clock.drift.temperatures };
    if (speed !== undefined) this.#time.speed = speed;
    if (speed === 0 && this.board.hostTalks) this.#answer();
  }

  async advance(ms: number): Promise<void> {
    check.span("a span of time", ms);
    this.#begin();
    await this.#run(ms);
  }

  async power(): Promise<PowerState> {
    this.#begin();
    const { powered, flash, supplyVolts } = this.board;
    return {
      on: powered,
      ...(flash.cut === undefined ? {} : { cutAtFlashOperation: flash.cut.at }),
      flashOperations: flash.operations,
      batteryVolts: supplyVolts,
    };
  }

  /** Boots, and returns when the firmware has come to rest. */
  async powerOn(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.board.powered) return;
      check.battery(this.board.supplyVolts);
      this.board.powerOn();
      await this.rest();
    });
  }

  async powerOff(): Promise<void> {
    const off = () => {
      this.board.powerOff();
      this.#look();
    };
    this.#begin();
    // At once: a token that is still booting loses it, too.
    off();
    await this.#inTurn(async () => off());
  }

  /** Operations are erased sectors of 4096 bytes and programmed pages of 256. */
  async cutAtFlashOperation(operation: number, tear = 0): Promise<void> {
    check.flashOperation(operation);
    check.tear(tear);
    this.#begin();
    const { flash } = this.board;
    flash.cut = operation === 0 ? undefined : { at: flash.operations + operation, tear };
  }

  async setBattery(volts: number): Promise<void> {
    check.volts(volts);
    this.#begin();
    this.board.supplyVolts = volts;
    if (volts < LOWEST_VOLTS) await this.powerOff();
  }

  /** The bank that Espruino keeps Storage in, 256 KB. */
  async dumpFlash(): Promise<Uint8Array> {
    this.#begin();
    return this.board.flash.storage.slice();
  }

  /** A bank without a bundle, as the engine `fast` dumps it, gets this engine's. */
  async loadFlash(bytes: Uint8Array): Promise<void> {
    check.flash(bytes);
    const contents = bytes.slice();
    await this.#inTurn(async () => {
      if (this.board.powered) check.conflict("flash is loaded while the power is off: take it away first");
      const flash = await flashWithStorage(this.#parts, contents).catch(failed);
      this.#begin();
      this.board.flash.load(flash);
    });
  }

  async flipFlashBits(bits: number[]): Promise<void> {
    const checked = check.bits(bits);
    this.#begin();
    for (const bit of checked) this.board.flash.storage[bit >> 3] ^= 1 << (bit & 7);
  }

  async send(text: string): Promise<void> {
    check.latin1(text);
    this.#begin();
    check.power(this.board.powered);
    this.receive(text);
    await (this.#time.speed === 0 ? this.rest() : this.board.taken());
  }

  /** Bytes from a port in front of the engine. */
  receive(text: string): void {
    this.board.receive(text);
    if (this.#time.speed === 0) this.#answer();
  }

  /** Without a time of its own, for a host that waits. */
  #answer(): void {
    // What throws will throw at the next call, too.
    this.rest().catch(() => {});
  }

  onSerial(call: SerialCall): () => void {
    return this.#serialListeners.add(call);
  }

  async setSerialFaults(faults: SerialFault[]): Promise<void> {
    const checked = check.serialFaults(faults);
    this.#begin();
    this.board.line.faults = checked;
  }

  async serialFaults(): Promise<SerialFault[]> {
    this.#begin();
    return this.board.line.acting;
  }

  async snapshot(): Promise<Snapshot> {
    throw unsupported("the state of a simulated microcontroller can't be taken: dump its flash instead");
  }

  async restore(_snapshot: Snapshot): Promise<void> {
    throw unsupported("the state of a simulated microcontroller can't be restored: load its flash instead");
  }

  async replay(_recording: Recording): Promise<void> {
    throw unsupported("a simulated microcontroller takes its time: a recording is played by the engine fast");
  }

  async close(): Promise<void> {
    closing(this);
    this.#closed = true;
    this.#time.close();
  }

  /** Every call begins here. */
  #begin(): void {
    if (this.#closed) throw closed();
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    this.#begin();
    await this.#moves.take(async () => {
      this.#begin();
      await work();
    });
  }

  /** @param powerOns as the board had it when this was asked for: power that went since then took it along */
  async #type(keys: string[], { holdMs, gapMs, bounceMs }: Required<PressOptions>, powerOns: number): Promise<void> {
    const { board } = this;
    const gone = () => !board.powered || board.powerOns !== powerOns;
    for (const [i, key] of keys.entries()) {
      if (gone()) throw check.powerGone(i, keys.length);
      this.#move(key, true, bounceMs);
      await this.#run(holdMs, gone);
      this.#move(key, false, bounceMs);
      await this.#run(gapMs, gone);
      if (!gone()) await this.rest();
    }
  }

  #move(key: string, down: boolean, bounceMs: number): void {
    const { keypad } = this.board;
    keypad.bounceMs = bounceMs;
    if (down) keypad.press(key);
    else keypad.release(key);
  }

  async #run(ms: number, done?: () => boolean): Promise<void> {
    try {
      await this.#time.run(ms, done);
    } catch (error) {
      if (this.#closed) throw closed();
      throw new EngineError("failed", `the simulator failed: ${(error as Error).message}`);
    }
    this.#look();
  }

  /** Where the bus has come to rest, a picture has been drawn to its end. */
  #look(): void {
    const { time, powered, resting } = this.board;
    if (!powered || resting || time - this.#lastStop >= PICTURE_REST) this.#pictures.look();
  }
}

function partsOf({ image, bootrom, bundle, manifest, onProgress }: McuBootOptions): Parts {
  try {
    return { rom: bootRom(bootrom), image: flashOfImage(image), bundle, manifest, onProgress };
  } catch (error) {
    throw new EngineError("invalid", (error as Error).message);
  }
}

function failed(error: Error): never {
  throw new EngineError("failed", error.message);
}

const closed = () => new EngineError("failed", "the engine is closed");
const unsupported = (message: string) => new EngineError("unsupported", message);
