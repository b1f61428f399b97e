/**
 * The virtual board: a microcontroller that runs a built bundle, with a display, a clock chip and keys around it, in virtual time.
 *
 * A machine is deterministic: the same bundle, seed and calls give the same bytes on the line and the same pictures, to the bit. Time
 * moves in `advance` alone, and computing takes none of it.
 */
import { EspruinoUint8Array } from "./builtins.ts";
import { Buzzer } from "./buzzer.ts";
import { latin1Bytes } from "./byte-arguments.ts";
import { displayOf } from "./displays.ts";
import { Ds3231, type Ds3231State } from "./ds3231.ts";
import { Flash, type FlashPages, storageRegion } from "./flash.ts";
import { type BundleExports, evaluate } from "./globals.ts";
import { I2cBus } from "./i2c.ts";
import { type Admission, admitWritten, ForeignFirmware, type Image, looseImage, updates, updating } from "./images.ts";
import { Keypad } from "./keypad.ts";
import type { Device, Manifest } from "./manifest.ts";
import { Oled } from "./oled.ts";
import type { Panel } from "./panel.ts";
import { Pins } from "./pins.ts";
import { Random } from "./random.ts";
import { type MainLoop, Scheduler } from "./scheduler.ts";
import { type CountedFault, SerialLine } from "./serial-line.ts";
import { St7567 } from "./st7567.ts";
import { Storage } from "./storage.ts";
import { Timers } from "./timers.ts";
import { TEARING } from "./torn.ts";
import { Usb } from "./usb.ts";
import { Watches } from "./watches.ts";

/** What the factory gives a token without a host's line: all that its journal begins with, its seeds too. */
export interface Issue {
  serial: string;
  entries: { id: number; value: Uint8Array }[];
}

/** What the factory gives a token. */
export interface Installation {
  serial: string;
  keyVersion: number;
  /** Transport keys of 16 bytes. */
  enc: Uint8Array;
  mac: Uint8Array;
  dek: Uint8Array;
}

export interface MachineOptions {
  /** Text of the bundle. */
  bundle: string;
  manifest: Manifest;
  /** Installed when the power comes on over a blank flash. */
  install?: Installation | Issue;
  /** Of all that is random in this machine; 1 where it is not given. */
  seed?: number;
  /** What the clock chip says, in seconds, if there is one. Without it the chip is as new: it never was set. */
  unixTime?: number;
  /** What an earlier machine's `flashDump` gave; blank without it. */
  flash?: Uint8Array;
  /** What an earlier machine's `state` was; then `unixTime` and `flash` are not looked at. */
  state?: MachineState;
  /** Which firmware it runs out of its flash: what came over its line, where it is not given. */
  admission?: Admission;
}

/** All that a machine is while it has no power and nothing around it moves: another of the same bundle goes on from it. */
export interface MachineState {
  /** Microseconds since the machine was made. */
  now: number;
  pages: FlashPages;
  flashOperations: number;
  cut?: PowerCut;
  clock: Ds3231State;
  batteryVolts: number;
  line: CountedFault[];
  /** Of the streams of random numbers, in the order of their names. */
  random: number[];
  frames: number;
  pictures: number;
  faults: string[];
}

/** A loss of power to come. */
export interface PowerCut {
  /** Index of the flash operation, counted from 0 over the life of the chip. */
  index: number;
  /** Each bit that should change in that operation does so with this probability. */
  tear: number;
}

/** Users of the seed. */
const Stream = { firmware: 1, display: 2, keypad: 3, flash: TEARING, line: 5 } as const;

/** Volts of three fresh AAA cells. */
export const FRESH_BATTERY = 4.5;
/** Volts of VSYS below which the Pico's regulator stops (data sheet of the Pico, section 4.4), and what it bears at most. */
export const LOWEST_VOLTS = 1.8;
export const HIGHEST_VOLTS = 5.5;
/** GPIO 29 of a Pico has a third of VSYS, against the 3.3 V of the converter. */
const SUPPLY_PIN = 29;
const supplyReading = (volts: number) => volts / 3 / 3.3;

/** More faults than that are more of the same. */
export const MOST_FAULTS = 1000;
/** Bytes of Storage that a file takes beside its own. */
const LARGEST_HEADER = 64;
/** What a boot is worth in callbacks. */
const BOOT_WORK = 1000;

/** Unwinds the firmware when its power is gone. */
class PowerLost extends Error {
  override name = "PowerLost";
}

/** What a bundle finds in Storage, as strings of bytes: a thousand tokens of one bundle share them. */
const decoded = new WeakMap<Manifest["files"], ReadonlyMap<string, string>>();

function installedFiles(manifest: Manifest): ReadonlyMap<string, string> {
  const kept = decoded.get(manifest.files);
  if (kept !== undefined) return kept;
  const map = new Map([[manifest.storage.loose, looseImage(manifest)]]);
  decoded.set(manifest.files, map);
  return map;
}

/** Calls the bundle's `install` with copies: firmware wipes keys that it was given. */
function install(exports: BundleExports, given: Installation | Issue): void {
  if ("entries" in given) {
    exports.install(given.entries.map(({ id, value }) => ({ id, value: new EspruinoUint8Array(value) })));
    return;
  }
  const { serial, keyVersion, enc, mac, dek } = given;
  const keys = [enc, mac, dek].map((key) => new EspruinoUint8Array(key));
  exports.install(serial, keyVersion, keys[0], keys[1], keys[2]);
}

export class Machine {
  readonly manifest: Manifest;
  readonly display: Panel;
  /** The clock chip. Of a board without one it is the microcontroller's crystal: how long it runs, and its drift; nobody can set it. */
  readonly clock: Ds3231;
  readonly keypad: Keypad;
  /** Silent for ever on a board that has none. */
  readonly buzzer = new Buzzer(() => this.time);
  readonly pins: Pins;
  readonly flash: Flash;
  readonly i2c = new I2cBus();
  /** What a real board would not have borne, the first thousand in the order they happened; each with its time in milliseconds. */
  readonly faults: string[] = [];
  /** Told of each line that the firmware prints. On the board nobody sees them. */
  onPrint: (line: string) => void = () => {};
  /** Told when a callback of the firmware, or a change of the power, left another picture behind. */
  onPicture: () => void = () => {};
  /** Told of what arrived at either end of the line, one character a byte. */
  onLine: (direction: "to-token" | "to-host", text: string) => void = () => {};
  /** Told of what the firmware writes to the host, as it arrives there: one character a byte. */
  onTransmit: (text: string) => void = () => {};
  readonly line: SerialLine;
  /** Pictures so far that differed from the one before. */
  pictures = 0;
  readonly #bundle: string;
  readonly #install: Installation | Issue | undefined;
  readonly #admission: Admission;
  readonly #scheduler = new Scheduler();
  readonly #timers = new Timers(this.#scheduler);
  readonly #watches = new Watches(this.#timers, () => this.#systemSeconds());
  readonly #usb = new Usb();
  readonly #storage: Storage;
  readonly #random: Readonly<Record<keyof typeof Stream, Random>>;
  readonly #loop: MainLoop;
  readonly #devices: readonly Device[];
  readonly #namedPins: string[];
  #powered = false;
  /** The firmware has asked for a restart. */
  #restart = false;
  /** Of this run of the firmware: whether its power is gone, and whether that stopped it in the middle. */
  #life = { over: false, cut: false };
  #batteryVolts = FRESH_BATTERY;
  /** The display's count and picture when it was last looked at. */
  #framesSeen = 0;
  #picture: Uint8Array | undefined;
  /** What `#crystal` counted when the microcontroller's own clock was at 0. */
  #systemStart = 0;
  #exports: BundleExports | undefined;

  constructor(options: MachineOptions) {
    const fault = (text: string) => {
      if (this.faults.length < MOST_FAULTS) this.faults.push(`${this.time} ms: ${text}`);
    };
    const seed = options.seed ?? 1;
    this.manifest = options.manifest;
    this.#bundle = options.bundle;
    this.#install = options.install;
    this.#admission = options.admission ?? admitWritten(options.bundle);
    const stream = (name: keyof typeof Stream) => new Random(seed, Stream[name]);
    this.#random = {
      firmware: stream("firmware"),
      display: stream("display"),
      keypad: stream("keypad"),
      flash: stream("flash"),
      line: stream("line"),
    };
    const { interpreter, keypad, storage } = options.manifest;
    this.#devices = interpreter?.devices ?? ["I2C1", "USB"];
    this.#namedPins = "pins" in keypad ? keypad.pins.filter((pin) => typeof pin === "string") : [];
    this.flash = new Flash(options.flash, storageRegion(options.manifest));
    this.#storage = new Storage(this.flash, storage.full ? new Map() : installedFiles(options.manifest));
    this.pins = new Pins(this.#watches, fault, this.#namedPins.length);
    this.pins.analog[SUPPLY_PIN] = supplyReading(FRESH_BATTERY);
    this.pins.onPwm = (pin, hertz) => {
      if (pin === options.manifest.sound?.pin) this.buzzer.drive(hertz);
    };
    this.keypad = new Keypad(options.manifest.keypad, this.pins, this.#scheduler, this.#random.keypad);
    this.display = displayOf(options.manifest, fault);
    this.clock = new Ds3231(() => this.#scheduler.now, fault);
    const { address } = options.manifest.display;
    if (address !== undefined && this.display instanceof Oled) this.i2c.attach(address, this.display);
    if (options.manifest.clock !== undefined) {
      this.i2c.attach(options.manifest.clock.address, this.clock);
      if (options.unixTime !== undefined) this.clock.setTime(options.unixTime);
    }
    this.line = new SerialLine(this.#scheduler, this.#random.line, (direction, text) => {
      this.onLine(direction, text);
      if (direction === "to-host") this.onTransmit(text);
      else if (this.#powered) this.#usb.received(text);
    });
    this.#usb.onTransmit = (text) => this.line.pass("to-host", text);
    this.#loop = {
      runEvent: () => {
        const ran = this.#powered && (this.#watches.runEvent() || this.#usb.runEvent());
        if (ran) this.#done();
        return ran;
      },
      nextDue: () => (this.#powered ? this.#timers.nextDue() : Number.POSITIVE_INFINITY),
      runTimer: () => {
        this.#timers.run();
        this.#done();
      },
    };
    if (options.state !== undefined) this.#resume(options.state);
  }

  get powered(): boolean {
    return this.#powered;
  }

  /** Milliseconds since the machine was made, whether powered or not. */
  get time(): number {
    return this.#scheduler.now / 1000;
  }

  /** The same in whole microseconds. */
  get now(): number {
    return this.#scheduler.now;
  }

  /** How much was done since this machine was made, in callbacks; a boot counts as a thousand. */
  get work(): number {
    return this.#scheduler.work;
  }

  /** Volts that the board runs on. */
  get batteryVolts(): number {
    return this.#batteryVolts;
  }

  /**
   * Sets what the board runs on; below 1.8 V it loses its power.
   * @throws RangeError for what a Pico does not bear
   */
  set batteryVolts(volts: number) {
    if (!(typeof volts === "number" && volts >= 0 && volts <= HIGHEST_VOLTS))
      throw new RangeError(`the board bears 0 to ${HIGHEST_VOLTS} V, not ${volts} V`);
    this.#batteryVolts = volts;
    this.pins.analog[SUPPLY_PIN] = supplyReading(volts);
    if (volts < LOWEST_VOLTS) this.powerOff();
  }

  /** Milliseconds until the next timer or the like is due; Infinity when the board only waits for keys and the host. */
  get idleMs(): number {
    return (this.#scheduler.nextDue(this.#loop) - this.#scheduler.now) / 1000;
  }

  /** What the bundle exported. @throws Error while the power is off: RAM is lost */
  get exports(): BundleExports {
    if (this.#exports === undefined) throw new Error("the machine has no power, so nothing in its RAM");
    return this.#exports;
  }

  /** Firmware in the flash that would run in the place of the given bundle, the highest version first. */
  get updates(): Image[] {
    const found = updates(this.flash, this.#storage, this.manifest);
    for (const image of found) if (image.written) this.#admission.learn(image);
    return found;
  }

  /** A host may be about to send firmware. */
  get updating(): boolean {
    return updating(this.flash, this.#storage, this.manifest);
  }

  /** Why the power does not come on over this flash: what it would run is not admitted. Undefined where it does. */
  get foreignFirmware(): string | undefined {
    return this.#refusal(this.updates);
  }

  /**
   * Boots as `.boot0` does: the console leaves the line, the bundle is evaluated and started. A blank flash is installed first.
   * @throws ForeignFirmware for firmware in the flash that is not admitted: the power has not come on
   * @throws what the firmware throws: the machine then stays powered, as the board would
   */
  powerOn(): void {
    if (this.#powered) return;
    if (this.#batteryVolts < LOWEST_VOLTS)
      throw new RangeError(`the board starts from ${LOWEST_VOLTS} V, and the battery has ${this.#batteryVolts} V`);
    const foreign = this.foreignFirmware;
    if (foreign !== undefined) throw new ForeignFirmware(foreign);
    this.#powered = true;
    this.#systemStart = this.#crystal;
    this.display.powerOn(this.#random.display);
    this.#boot();
    this.#run(this.#scheduler.now);
  }

  #refusal(images: Image[]): string | undefined {
    for (const image of images) {
      const why = this.#admission.refusal(image);
      if (why !== undefined) return why;
    }
    return undefined;
  }

  /** What `.boot0` does. */
  #boot(): void {
    const found = this.updates;
    const foreign = this.#refusal(found);
    if (foreign !== undefined) {
      this.powerOff();
      throw new ForeignFirmware(foreign);
    }
    const life = { over: false, cut: false };
    this.#life = life;
    this.#restart = false;
    this.#scheduler.work += BOOT_WORK;
    this.pins.settle();
    const { images, loose } = this.manifest.storage;
    this.#guarded(() => {
      for (const { bundle, at } of found) {
        try {
          this.#start(bundle, life, images, at);
          return;
        } catch (error) {
          if (life.over) throw error;
        }
      }
      this.#start(this.#bundle, life, loose, 0);
    });
    this.#look();
  }

  /** Evaluates a bundle and starts it. @param file with its image @param at where in it */
  #start(bundle: string, life: { over: boolean }, file: string, at: number): void {
    const { blank } = this.flash;
    if (blank && this.manifest.storage.full) this.#fillStorage();
    const exports = evaluate(bundle, {
      pins: this.pins,
      watches: this.#watches,
      timers: this.#timers,
      i2c: this.i2c,
      usb: this.#usb,
      flash: this.flash,
      storage: this.#storage,
      random: this.#random.firmware,
      board: this.manifest.interpreter?.board ?? "ESPR_RP2040_PICO",
      devices: this.#devices,
      namedPins: this.#namedPins,
      lcd: this.display instanceof St7567 ? this.display : undefined,
      getTime: () => this.#systemSeconds(),
      setTime: (seconds) => {
        this.#systemStart = this.#crystal - Math.round(seconds * 1e6);
      },
      restart: () => {
        this.#restart = true;
      },
      print: (line) => this.onPrint(line),
      alive: () => {
        if (life.over) throw new PowerLost("the power is gone");
      },
    });
    this.#exports = exports;
    if (blank && this.#install !== undefined) {
      install(exports, this.#install);
      this.#reserve();
    }
    exports.start(file, at);
  }

  /** The room for updates, which whoever installs a token leaves: no operation of the firmware's. */
  #reserve(): void {
    const { images, imagesFileBytes } = this.manifest.storage;
    if (imagesFileBytes === 0 || this.#storage.getFree() < imagesFileBytes + LARGEST_HEADER) return;
    const { operations, cut } = this.flash;
    this.flash.cut = undefined;
    this.#storage.write(images, "OCHRE images", 0, imagesFileBytes);
    this.flash.operations = operations;
    this.flash.cut = cut;
  }

  /** After each callback. A restart that was asked for comes now: what is in RAM is gone, and the power was never away. */
  #done(): void {
    if (this.#restart && this.#powered) {
      this.#forget();
      this.#boot();
    } else this.#look();
  }

  #forget(): void {
    // What has come over the line may be read back and loaded before it is run.
    void this.updates;
    this.#life.over = true;
    this.#exports = undefined;
    this.#timers.reset();
    this.#watches.reset();
    this.#usb.reset();
    this.#storage.reset();
    this.i2c.reset();
    this.pins.reset();
  }

  /** Takes the power away, at once. Flash and clock keep what they have; all else is lost. */
  powerOff(): void {
    if (!this.#powered) return;
    this.#powered = false;
    this.#forget();
    this.display.powerOff();
    this.#look();
  }

  /**
   * Takes the power away at a flash operation to come. That operation does not happen, or in part where `tear` is above 0; nothing that
   * the firmware does after it has any effect.
   * @throws RangeError for an operation that has been, or a `tear` that is no probability
   */
  set cut(cut: PowerCut | undefined) {
    if (cut !== undefined) this.#checkCut(cut);
    const life = () => this.#life;
    this.flash.cut = cut && {
      ...cut,
      random: this.#random.flash,
      lost: () => {
        life().cut = true;
        this.powerOff();
        throw new PowerLost("the power was cut");
      },
    };
  }

  get cut(): PowerCut | undefined {
    const { cut } = this.flash;
    return cut && { index: cut.index, tear: cut.tear };
  }

  /** Presses a key, by what the legend says. The firmware sees it with the next `advance`. @throws RangeError listing the keys */
  keyDown(key: string): void {
    this.keypad.press(key);
  }

  /** Releases a key. @throws RangeError listing the keys */
  keyUp(key: string): void {
    this.keypad.release(key);
  }

  /**
   * Lets `ms` milliseconds pass, with every timer and edge in them.
   * @throws what a callback of the firmware throws, at that callback's time: a further call goes on behind it
   */
  advance(ms: number): void {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) throw new RangeError(`time cannot move by ${ms} ms`);
    this.#run(this.#scheduler.now + Math.round(ms * 1000));
  }

  /**
   * The same up to a time in microseconds. Does nothing but what is due now for a time that has passed.
   * @param over asked after each callback: true leaves the rest, also of this very instant, to a further call
   * @returns false where `over` left something
   */
  advanceTo(now: number, over?: () => boolean): boolean {
    return this.#run(Math.max(now, this.#scheduler.now), over);
  }

  /**
   * Bytes from the host, one character each, up to U+00FF. The firmware handles them at once, or as many as `over` lets it: the rest
   * with the next `advanceTo`. Without power they are lost, as on any line.
   * @throws what the firmware throws
   */
  receive(text: string, over?: () => boolean): void {
    latin1Bytes(text);
    this.line.pass("to-token", text);
    this.#run(this.#scheduler.now, over);
  }

  /** All bytes of the flash that Storage has. */
  flashDump(): Uint8Array {
    return this.flash.dump();
  }

  /** Undefined while the power is on, a key is held or something is on its way: then there is more to it than can be kept. */
  get state(): MachineState | undefined {
    if (this.#powered || this.keypad.touched || !this.#scheduler.quiet) return undefined;
    return {
      now: this.#scheduler.now,
      pages: this.flash.pages,
      flashOperations: this.flash.operations,
      cut: this.cut,
      clock: this.clock.state,
      batteryVolts: this.#batteryVolts,
      line: this.line.faults,
      random: Object.values(this.#random).map((random) => random.state),
      frames: this.display.frames,
      pictures: this.pictures,
      faults: [...this.faults],
    };
  }

  #resume(state: MachineState): void {
    this.#scheduler.now = state.now;
    this.flash.pages = state.pages;
    this.flash.operations = state.flashOperations;
    this.cut = state.cut;
    this.clock.state = state.clock;
    this.batteryVolts = state.batteryVolts;
    this.line.faults = state.line;
    for (const [i, random] of Object.values(this.#random).entries()) random.state = state.random[i];
    this.#framesSeen = this.display.frames = state.frames;
    this.pictures = state.pictures;
    this.faults.push(...state.faults);
  }

  #checkCut({ index, tear }: PowerCut): void {
    const { operations } = this.flash;
    if (!(Number.isInteger(index) && index >= operations))
      throw new RangeError(
        `the flash's operations are counted over its life, and the next one is number ${operations}: it can't be cut at ${index}`,
      );
    if (!(typeof tear === "number" && tear >= 0 && tear <= 1))
      throw new RangeError(`tear is a probability from 0 to 1, not ${tear}`);
  }

  #run(until: number, over?: () => boolean): boolean {
    let arrived = true;
    this.#guarded(() => {
      arrived = this.#scheduler.runUntil(until, this.#loop, over);
    });
    // After a cut, without the firmware.
    if (arrived && this.#scheduler.now < until) arrived = this.#scheduler.runUntil(until, this.#loop, over);
    return arrived;
  }

  /** @throws what the firmware throws, but for what it throws because its power was cut */
  #guarded(action: () => void): void {
    const life = this.#life;
    try {
      action();
    } catch (error) {
      if (!life.cut) throw error;
    }
  }

  /** Tells of a picture that is another than before. */
  #look(): void {
    if (this.display.frames === this.#framesSeen) return;
    this.#framesSeen = this.display.frames;
    const picture = this.display.frame();
    const last = this.#picture;
    this.#picture = picture;
    // Before the first one, the panel was dark.
    if (last === undefined ? !this.display.on : picture.every((byte, i) => byte === last[i])) return;
    this.pictures++;
    this.onPicture();
  }

  /** The image and the boot file, as whoever installs them writes them, before the journal. */
  #fillStorage(): void {
    const { storage, bootFile, imageHeader, files } = this.manifest;
    this.#storage.write(storage.loose, [imageHeader, ...Object.values(files)].map(atob).join("") + this.#bundle);
    this.#storage.write(storage.boot, bootFile);
  }

  #systemSeconds(): number {
    return (this.#crystal - this.#systemStart) / 1e6;
  }

  /** Microseconds by the microcontroller's crystal: only where it stands for a clock chip, its drift is modelled. */
  get #crystal(): number {
    return this.manifest.clock === undefined ? Math.round(this.clock.unixTime * 1e6) : this.#scheduler.now;
  }
}
