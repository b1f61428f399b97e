/**
 * The virtual board: a microcontroller that runs a built bundle, with a display, a clock chip and a keypad around it, in virtual time.
 *
 * A machine is deterministic: the same bundle, seed and calls give the same bytes on the line and the same pictures, to the bit. Time
 * moves in `advance` alone, and computing takes none of it.
 */
import { EspruinoUint8Array } from "./builtins.ts";
import { latin1Bytes } from "./byte-arguments.ts";
import { Ds3231 } from "./ds3231.ts";
import { Flash } from "./flash.ts";
import { type BundleExports, evaluate } from "./globals.ts";
import { I2cBus } from "./i2c.ts";
import { KeypadMatrix } from "./keypad-matrix.ts";
import type { Manifest } from "./manifest.ts";
import { Pins } from "./pins.ts";
import { Random } from "./random.ts";
import { type MainLoop, Scheduler } from "./scheduler.ts";
import { Ssd1306 } from "./ssd1306.ts";
import { Storage } from "./storage.ts";
import { Timers } from "./timers.ts";
import { Usb } from "./usb.ts";
import { Watches } from "./watches.ts";

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
  install?: Installation;
  /** Of all that is random in this machine; 1 where it is not given. */
  seed?: number;
  /** What the clock chip says, in seconds. Without it the chip is as new: it never was set. */
  unixTime?: number;
  /** What an earlier machine's `flashDump` gave; blank without it. */
  flash?: Uint8Array;
}

/** Users of the seed. */
const Stream = { firmware: 1, display: 2, keypad: 3 } as const;

export class Machine {
  readonly manifest: Manifest;
  readonly display: Ssd1306;
  readonly clock: Ds3231;
  readonly keypad: KeypadMatrix;
  readonly pins: Pins;
  readonly flash: Flash;
  readonly i2c = new I2cBus();
  /** What a real board would not have borne, in the order it happened; each with its time in milliseconds. */
  readonly faults: string[] = [];
  /** Told of each line that the firmware prints. On the board nobody sees them. */
  onPrint: (line: string) => void = () => {};
  readonly #bundle: string;
  readonly #install: Installation | undefined;
  readonly #scheduler = new Scheduler();
  readonly #timers = new Timers(this.#scheduler);
  readonly #watches = new Watches(this.#timers, () => this.#systemSeconds());
  readonly #usb = new Usb();
  readonly #storage: Storage;
  readonly #random: Random;
  readonly #noise: Random;
  readonly #loop: MainLoop;
  #powered = false;
  /** Virtual time, in microseconds, when the microcontroller's own clock was at 0. */
  #systemStart = 0;
  #exports: BundleExports | undefined;

  constructor(options: MachineOptions) {
    const fault = (text: string) => this.faults.push(`${this.time} ms: ${text}`);
    const seed = options.seed ?? 1;
    this.manifest = options.manifest;
    this.#bundle = options.bundle;
    this.#install = options.install;
    this.#random = new Random(seed, Stream.firmware);
    this.#noise = new Random(seed, Stream.display);
    this.flash = new Flash(options.flash);
    this.#storage = new Storage(this.flash);
    this.pins = new Pins(this.#watches, fault);
    this.keypad = new KeypadMatrix(
      options.manifest.keypad,
      this.pins,
      this.#scheduler,
      new Random(seed, Stream.keypad),
    );
    this.display = new Ssd1306(fault);
    this.clock = new Ds3231(() => this.#scheduler.now, fault);
    if (options.unixTime !== undefined) this.clock.setTime(options.unixTime);
    this.i2c.attach(options.manifest.display.address, this.display);
    this.i2c.attach(options.manifest.clock.address, this.clock);
    this.#loop = {
      runEvent: () => this.#powered && (this.#watches.runEvent() || this.#usb.runEvent()),
      nextDue: () => (this.#powered ? this.#timers.nextDue() : Number.POSITIVE_INFINITY),
      runTimer: () => this.#timers.run(),
    };
  }

  get powered(): boolean {
    return this.#powered;
  }

  /** Milliseconds since the machine was made, whether powered or not. */
  get time(): number {
    return this.#scheduler.now / 1000;
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

  /** Told of what the firmware writes to the host: one character a byte. */
  get onTransmit(): (text: string) => void {
    return this.#usb.onTransmit;
  }

  set onTransmit(call: (text: string) => void) {
    this.#usb.onTransmit = call;
  }

  /**
   * Boots as `.boot0` does: the console leaves the line, the bundle is evaluated and started. A blank flash is installed first.
   * @throws what the firmware throws: the machine then stays powered, as the board would
   */
  powerOn(): void {
    if (this.#powered) return;
    this.#powered = true;
    this.#systemStart = this.#scheduler.now;
    this.display.powerOn(this.#noise);
    this.pins.settle();
    this.#exports = evaluate(this.#bundle, {
      pins: this.pins,
      watches: this.#watches,
      timers: this.#timers,
      i2c: this.i2c,
      usb: this.#usb,
      flash: this.flash,
      storage: this.#storage,
      random: this.#random,
      getTime: () => this.#systemSeconds(),
      setTime: (seconds) => {
        this.#systemStart = this.#scheduler.now - Math.round(seconds * 1e6);
      },
      print: (line) => this.onPrint(line),
    });
    if (this.#install !== undefined && this.flash.blank) {
      const { serial, keyVersion, enc, mac, dek } = this.#install;
      // Copies: firmware wipes keys that it was given.
      this.#exports.install(
        serial,
        keyVersion,
        new EspruinoUint8Array(enc),
        new EspruinoUint8Array(mac),
        new EspruinoUint8Array(dek),
      );
    }
    this.#exports.start();
    this.#scheduler.runUntil(this.#scheduler.now, this.#loop);
  }

  /** Takes the power away, at once. Flash and clock keep what they have; all else is lost. */
  powerOff(): void {
    if (!this.#powered) return;
    this.#powered = false;
    this.#exports = undefined;
    this.#timers.reset();
    this.#watches.reset();
    this.#usb.reset();
    this.#storage.reset();
    this.i2c.reset();
    this.pins.reset();
    this.display.powerOff();
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
    if (!(ms >= 0)) throw new RangeError(`time cannot move by ${ms} ms`);
    this.#scheduler.runUntil(this.#scheduler.now + Math.round(ms * 1000), this.#loop);
  }

  /**
   * Bytes from the host, one character each, up to U+00FF. The firmware handles them at once; without power they are lost.
   * @throws what the firmware throws
   */
  receive(text: string): void {
    latin1Bytes(text);
    if (!this.#powered) return;
    this.#usb.received(text);
    this.#scheduler.runUntil(this.#scheduler.now, this.#loop);
  }

  /** All bytes of the flash that Storage has. */
  flashDump(): Uint8Array {
    return this.flash.dump();
  }

  #systemSeconds(): number {
    return (this.#scheduler.now - this.#systemStart) / 1e6;
  }
}
