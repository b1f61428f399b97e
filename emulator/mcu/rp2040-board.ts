/**
 * A board with a whole RP2040 on it, which runs the image of a genuine Espruino instruction by instruction: flash, USB, and the display,
 * clock chip and keys of the manifest around the simulated chip. Its time is the simulated time, counted in cycles of 125 MHz.
 *
 * What the simulation leaves out: misses of the flash's cache. A real board is somewhat slower.
 */
import { type Logger, Simulator } from "rp2040js";
import { i2cDisplayOf } from "../machine/displays.ts";
import { Ds3231 } from "../machine/ds3231.ts";
import type { I2cChip } from "../machine/i2c.ts";
import { contactsOf, Keypad } from "../machine/keypad.ts";
import type { Manifest } from "../machine/manifest.ts";
import type { Oled } from "../machine/oled.ts";
import { GROUND } from "../machine/pins.ts";
import { Random } from "../machine/random.ts";
import { type Direction, SerialLine } from "../machine/serial-line.ts";
import { TEARING } from "../machine/torn.ts";
import { ERASE_BREAKPOINT, PROGRAM_BREAKPOINT } from "./boot-rom.ts";
import { FlashChip, PowerCut } from "./flash-chip.ts";
import { GpioWires } from "./gpio-wires.ts";
import { attachChips } from "./i2c-controller.ts";
import { type OnScan, Scans } from "./scans.ts";
import { Sleep } from "./sleep.ts";
import { Stepper } from "./stepper.ts";
import { UsbHost } from "./usb-host.ts";

const FLASH_START = 0x10000000;
/** The ADC channel of GPIO 29, which sees a third of the supply. */
const SUPPLY_CHANNEL = 3;
const SUPPLY_DIVIDER = 3;
const ADC_REFERENCE_VOLTS = 3.3;
const ADC_FULL_SCALE = 4095;
const WATCHDOG = 0x40058;
/** A processor that sleeps for longer than any pause in the midst of something has come to rest, in nanoseconds. */
const REST_NANOS = 25e6;
/** How many instructions run between two looks at the clock on the wall. */
const INSTRUCTIONS_A_LOOK = 20_000;

/** Start bit, eight bits, stop bit at 115,200 baud. */
const UART_BYTE_MICROSECONDS = 1e7 / 115_200;

/** Users of the seed. */
const Stream = { display: 2, keypad: 3, flash: TEARING, line: 5 } as const;

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export interface BoardOptions {
  /** The boot ROM, as `bootRom` gives it. */
  rom: Uint32Array;
  /** The whole chip. */
  flash: Uint8Array;
  manifest: Pick<Manifest, "keypad" | "display" | "clock">;
  /** The USB cable is in from the beginning, and stays. */
  plugged?: boolean;
  /** Of all that is random outside of the microcontroller; 1 where it is not given. */
  seed?: number;
}

/** Something that the world outside the microcontroller does at a time of its own. */
interface Event {
  /** Microseconds of board time. */
  due: number;
  call: () => void;
}

export class Rp2040Board {
  readonly display: Oled;
  readonly clock: Ds3231;
  readonly keypad: Keypad;
  readonly flash: FlashChip;
  /** What a real board would not have borne, in the order it happened; each with its time in milliseconds. */
  readonly faults: string[] = [];
  /** The cable between host and device, and what is wrong with it. */
  readonly line: SerialLine;
  /** Takes what comes out of the cable at either end, one character a byte. */
  onLine: (direction: Direction, text: string) => void = () => {};
  /** Volts of the supply. */
  supplyVolts = 4.5;
  /** Milliseconds that the clock chip is ahead of the time that was simulated. */
  clockLeadMs = 0;
  readonly #rom: Uint32Array;
  readonly #chips: ReadonlyMap<number, I2cChip>;
  readonly #wires: GpioWires;
  readonly #scans: Scans;
  readonly #noise: Random;
  #events: Event[] = [];
  #simulator: Simulator | undefined;
  #stepper: Stepper | undefined;
  #usb: UsbHost | undefined;
  #sleep: Sleep | undefined;
  readonly #plugged: boolean;
  /** Board time when the simulator's was 0, in nanoseconds. */
  #origin = 0;
  /** Clock time that a transfer on the bus sees: all of it is of one moment. */
  #transferMicros: number | undefined;
  readonly #busStopCalls = new Set<() => void>();
  readonly #scanCalls = new Set<OnScan>();
  readonly #sentCalls = new Set<() => void>();
  #restart = false;
  #powerOns = 0;

  constructor({ rom, flash, manifest, plugged = false, seed = 1 }: BoardOptions) {
    const fault = (text: string) => this.faults.push(`${this.time} ms: ${text}`);
    this.#rom = rom;
    this.#plugged = plugged;
    this.#noise = new Random(seed, Stream.display);
    this.#scans = new Scans(manifest.keypad, (began) => {
      this.#sleep?.looked();
      for (const call of this.#scanCalls) call(began);
    });
    this.flash = new FlashChip(flash, new Random(seed, Stream.flash));
    this.flash.onBusy = (ms) => this.#simulator?.clock.tick(ms * 1e6);
    const wired = contactsOf(manifest.keypad).flatMap(({ contact }) => contact);
    this.#wires = new GpioWires([...new Set(wired)].filter((pin) => pin !== GROUND));
    const board = this;
    const time = {
      get now() {
        return Math.floor(board.#nanos / 1000);
      },
      at: (due: number, call: () => void) => this.#at(due, call),
    };
    this.line = new SerialLine(time, new Random(seed, Stream.line), (direction, text) => {
      if (direction === "to-token") {
        if (this.#usb === undefined) return;
        this.#sleep?.disturb();
        this.#usb.send(text);
      }
      this.onLine(direction, text);
    });
    this.keypad = new Keypad(manifest.keypad, this.#wires, time, new Random(seed, Stream.keypad));
    this.display = i2cDisplayOf(manifest, fault);
    this.clock = new Ds3231(() => this.#transferMicros ?? this.#clockMicros, fault);
    const chips = new Map<number, I2cChip>([[manifest.display.address!, this.display]]);
    if (manifest.clock !== undefined) chips.set(manifest.clock.address, this.clock);
    this.#chips = chips;
  }

  /** A copy of what the chip's RAM holds, from 0x20000000; nothing without power. */
  get ram(): Uint8Array {
    return this.#simulator?.rp2040.sram.slice() ?? new Uint8Array(0);
  }

  /** The cable stays in once it is, though nobody talks over it; from the next word on it, and until the power goes. */
  keepCable(): void {
    if (this.#usb !== undefined) this.#usb.cableStays = true;
  }

  /** The port stays open as well, for a host that asks again before it is answered; as long as the cable. */
  keepOpen(): void {
    if (this.#usb !== undefined) this.#usb.stay = true;
  }

  get powered(): boolean {
    return this.#simulator !== undefined;
  }

  /** How many times the power has come: while it stays the same, power that is on was never away. */
  get powerOns(): number {
    return this.#powerOns;
  }

  /** Milliseconds since the board was made, whether powered or not. */
  get time(): number {
    return this.#nanos / 1e6;
  }

  /**
   * True while nothing goes on: no power; or no open port, and a processor that sleeps until somebody wakes it or a timer of later, or
   * wakes for its housekeeping alone, or, while a finger is on a key, to look at its keys.
   */
  get resting(): boolean {
    const simulator = this.#simulator;
    if (simulator === undefined) return true;
    if (this.hostTalks || !simulator.rp2040.core.waiting) return false;
    const next = simulator.clock.nanosToNextAlarm;
    if (next === 0 || next > REST_NANOS) return true;
    return this.keypad.touched ? this.#sleep?.looksOnly === true : this.#usb?.plugged === true && !!this.#sleep?.deep;
  }

  /** True while a host has the port open, or bytes are on their way. */
  get hostTalks(): boolean {
    return this.#usb?.open === true || this.line.busyUntil !== undefined;
  }

  /** Tells of each stop condition on the I2C bus, until the result is called. */
  onBusStop(call: () => void): () => void {
    this.#busStopCalls.add(call);
    return () => this.#busStopCalls.delete(call);
  }

  /** Tells when the keypad's driver has looked at its keys, until the result is called: all rows are low again, or each button was read. */
  onScan(call: OnScan): () => void {
    this.#scanCalls.add(call);
    return () => this.#scanCalls.delete(call);
  }

  /** Tells when the last byte that a host had for the token goes over the cable, until the result is called. */
  onSent(call: () => void): () => void {
    this.#sentCalls.add(call);
    return () => this.#sentCalls.delete(call);
  }

  powerOn(): void {
    if (this.#simulator !== undefined) return;
    this.#powerOns++;
    this.display.powerOn(this.#noise);
    this.#boot();
  }

  /** Takes the power away, at once. Flash and clock keep what they have; all else is lost. */
  powerOff(): void {
    if (this.#simulator === undefined) return;
    this.#halt();
    this.display.powerOff();
  }

  /** Bytes from the host, one character each. Without power they are lost. */
  receive(text: string): void {
    this.line.pass("to-token", text);
  }

  /** Fulfilled when the token has taken what it received, or takes nothing for seconds of its time, or has no power. */
  async taken(): Promise<void> {
    await this.#usb?.taken();
  }

  /** Bytes on the receiver of the first UART, GPIO 1, one character each, at 115,200 baud. Without power they are lost. */
  receiveOnUart(text: string): void {
    let due = this.#nanos / 1000;
    for (const character of text) {
      due += UART_BYTE_MICROSECONDS;
      this.#at(due, () => {
        this.#sleep?.disturb();
        this.#simulator?.rp2040.uart[0].feedByte(character.charCodeAt(0));
      });
    }
  }

  /**
   * Lets time pass, until `ms` milliseconds are over or the wall clock says so.
   * @param wallMs how long this may take
   * @returns the milliseconds that passed
   */
  run(ms: number, wallMs = Number.POSITIVE_INFINITY): number {
    const start = this.#nanos;
    // Whole nanoseconds: a span that is run in pieces ends where it would end in one.
    const end = ms > 0 ? Math.max(start + 1, Math.round(start + ms * 1e6)) : start;
    const wallEnd = performance.now() + wallMs;
    for (;;) {
      const next = Math.min(end, (this.#events[0]?.due ?? Number.POSITIVE_INFINITY) * 1000);
      const reached = this.#runUntil(next, wallEnd);
      while (this.#events.length > 0 && this.#events[0].due * 1000 <= this.#nanos) this.#events.shift()!.call();
      if (!reached || this.#nanos >= end) return (this.#nanos - start) / 1e6;
    }
  }

  get #nanos(): number {
    return this.#origin + (this.#simulator?.clock.nanos ?? 0);
  }

  get #clockMicros(): number {
    return Math.floor(this.#nanos / 1000 + this.clockLeadMs * 1000);
  }

  #at(due: number, call: () => void): void {
    let place = this.#events.length;
    while (place > 0 && this.#events[place - 1].due > due) place--;
    this.#events.splice(place, 0, { due, call });
  }

  /** The microcontroller starts from its flash. */
  #boot(): void {
    const simulator = new Simulator();
    const mcu = simulator.rp2040;
    mcu.logger = silent;
    mcu.loadBootrom(this.#rom);
    this.flash.moveInto(mcu.flash);
    mcu.onBreak = (number) => this.#breakpoint(number);
    mcu.adc.onADCRead = (channel) => {
      mcu.adc.currentChannel = channel;
      if (channel === SUPPLY_CHANNEL) {
        const share = this.supplyVolts / SUPPLY_DIVIDER / ADC_REFERENCE_VOLTS;
        mcu.adc.channelValues[channel] = Math.min(ADC_FULL_SCALE, Math.round(share * ADC_FULL_SCALE));
      }
      mcu.adc.sampleAlarm.schedule(mcu.adc.sampleTime * 1000);
    };
    for (const controller of mcu.i2c) {
      attachChips(mcu, controller, this.#chips, {
        started: () => {
          this.#transferMicros = this.#clockMicros;
        },
        stopped: () => {
          this.#transferMicros = undefined;
          for (const call of this.#busStopCalls) call();
        },
      });
    }
    const sleep = new Sleep(mcu);
    const usb = new UsbHost(mcu, (text) => {
      sleep.disturb();
      this.line.pass("to-host", text);
    });
    usb.onSent = () => {
      for (const call of this.#sentCalls) call();
    };
    if (this.#plugged) usb.plug();
    usb.stay = this.#plugged;
    (mcu.peripherals[WATCHDOG] as unknown as { onWatchdogTrigger: () => void }).onWatchdogTrigger = () => {
      this.#restart = true;
    };
    // The boot ROM would read the image's second stage over commands of the flash chip: the image begins with it.
    mcu.core.PC = FLASH_START;
    // An exception's return counts as an event (ARMv6-M, B1.5.18): what an interrupt left behind is looked at before the next sleep.
    const { core } = mcu;
    const exceptionReturn = core.exceptionReturn.bind(core);
    core.exceptionReturn = (how) => {
      exceptionReturn(how);
      core.eventRegistered = true;
    };
    this.#simulator = simulator;
    this.#usb = usb;
    this.#sleep = sleep;
    this.#stepper = new Stepper(simulator);
    this.#stepper.onSlept = (nanos) => sleep.slept(nanos);
    this.#scans.powerOn(mcu, () => this.time);
    this.#wires.powerOn(mcu, (pin, state) => this.#scans.driven(pin, state));
  }

  #halt(): void {
    this.#origin = this.#nanos;
    this.#usb?.end();
    this.#simulator = undefined;
    this.#stepper = undefined;
    this.#usb = undefined;
    this.#sleep = undefined;
    this.#transferMicros = undefined;
    this.#wires.powerOff();
  }

  /** @returns whether `end` was reached, in nanoseconds of board time */
  #runUntil(end: number, wallEnd: number): boolean {
    while (this.#nanos < end) {
      const simulator = this.#simulator;
      if (simulator === undefined) {
        this.#origin = end;
        return true;
      }
      try {
        this.#stepper?.run(end - this.#origin, INSTRUCTIONS_A_LOOK);
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
        this.powerOff();
      }
      if (this.#restart) {
        this.#restart = false;
        this.#halt();
        this.#boot();
      }
      if (performance.now() >= wallEnd) return this.#nanos >= end;
    }
    return true;
  }

  #breakpoint(number: number): void {
    const mcu = this.#simulator?.rp2040;
    if (mcu === undefined) return;
    const [first, second, third] = mcu.core.registers;
    if (number === ERASE_BREAKPOINT) this.flash.erase(first, second);
    else if (number === PROGRAM_BREAKPOINT) {
      const data = new Uint8Array(third);
      for (let i = 0; i < third; i++) data[i] = mcu.readUint8(second + i);
      this.flash.program(first, data);
    } else {
      this.faults.push(`${this.time} ms: the firmware stopped at breakpoint ${number}`);
      this.#restart = true;
    }
  }
}
