/**
 * DS3231, a temperature-compensated clock with a coin cell, on I2C (Maxim data sheet, rev 10). It runs in virtual time and never
 * loses it, whatever the board's power does. Hours count to 24; alarms are registers without effect.
 */
import { checkedDrift, type Drift, gained, NO_DRIFT, temperatureAt } from "./crystal.ts";
import type { I2cChip } from "./i2c.ts";

const REGISTERS = 0x13;
const TIME_REGISTERS = 7;
const CONTROL = 0x0e;
const STATUS = 0x0f;
const TEMPERATURE = 0x11;
/** Oscillator stop flag. Firmware can clear it, never set it. */
const OSCILLATOR_STOPPED = 0x80;
/** The rest of the status register after power came for the first time: the 32 kHz output runs. */
const STATUS_AS_NEW = 0x08;
/** The alarms' interrupt instead of a square wave. */
const CONTROL_AS_NEW = 0x1c;

const DAY = 86400;
/** The ends of the chip's calendar, Unix seconds: the beginning of 2000, and of 2200. */
export const CALENDAR_BEGINS = Date.UTC(2000, 0, 1) / 1000;
export const CALENDAR_ENDS = Date.UTC(2200, 0, 1) / 1000;
/** Lowest and highest values of the time registers, as numbers. The month's century bit is taken off first. */
const RANGES = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 7],
  [1, 31],
  [1, 12],
  [0, 99],
];

/**
 * What the chip shows at a Unix time: after 2199 its years and its century bit are 0 again, and so it is 2000 (data sheet, "Clock and
 * Calendar"). No time before it can be shown.
 */
export function onCalendar(unixTime: number): number {
  if (unixTime < CALENDAR_ENDS) return Math.max(CALENDAR_BEGINS, unixTime);
  const microseconds = Math.round(unixTime * 1e6) - CALENDAR_BEGINS * 1e6;
  return (CALENDAR_BEGINS * 1e6 + (microseconds % ((CALENDAR_ENDS - CALENDAR_BEGINS) * 1e6))) / 1e6;
}

const toBcd = (value: number) => (Math.floor(value / 10) << 4) | (value % 10);

/** What the chip keeps on its coin cell, for taking it up again. */
export interface Ds3231State {
  /** Microseconds of virtual time, and those of Unix time that the chip showed then. */
  setAt: number;
  shown: number;
  weekdayShift: number;
  pointer: number;
  registers: number[];
  drift: Drift;
}

export class Ds3231 implements I2cChip {
  readonly #now: () => number;
  readonly #fault: (text: string) => void;
  /** Microseconds of virtual time when the clock was last set, and those of Unix time that it was set to. */
  #setAt = 0;
  #shown = 0;
  #drift = NO_DRIFT;
  /** What the weekday register says is up to whoever sets it: days to add to the days since 1970. */
  #weekdayShift = 4;
  #pointer = 0;
  readonly #registers = new Uint8Array(REGISTERS);

  /** @param now microseconds of virtual time @param fault told of times that do not exist */
  constructor(now: () => number, fault: (text: string) => void) {
    this.#now = now;
    this.#fault = fault;
    // As it comes from the reel: the first power starts it at the beginning of its calendar.
    this.#show(CALENDAR_BEGINS * 1e6);
    this.#registers[CONTROL] = CONTROL_AS_NEW;
    this.#registers[STATUS] = STATUS_AS_NEW | OSCILLATOR_STOPPED;
  }

  /** Unix time in seconds, with its fraction; after 2199 it is 2000 again. */
  get unixTime(): number {
    return onCalendar(this.#microseconds / 1e6);
  }

  get drift(): Drift {
    return this.#drift;
  }

  /** How far the crystal is off, from now on. @throws RangeError for what no crystal has */
  set drift(asked: Drift) {
    const drift = checkedDrift(asked);
    this.#show(this.#microseconds);
    this.#drift = drift;
  }

  get state(): Ds3231State {
    return {
      setAt: this.#setAt,
      shown: this.#shown,
      weekdayShift: this.#weekdayShift,
      pointer: this.#pointer,
      registers: [...this.#registers],
      drift: this.#drift,
    };
  }

  set state(state: Ds3231State) {
    this.#setAt = state.setAt;
    this.#shown = state.shown;
    this.#weekdayShift = state.weekdayShift;
    this.#pointer = state.pointer;
    this.#registers.set(state.registers);
    this.#drift = state.drift;
  }

  /** True from the moment when the clock lost all power until firmware clears the flag: the time means nothing. */
  get oscillatorStopped(): boolean {
    return (this.#registers[STATUS] & OSCILLATOR_STOPPED) !== 0;
  }

  /**
   * Sets the clock from outside, as its owner's tools would, and clears the oscillator stop flag.
   * @param unixTime seconds from 2000-01-01 on
   * @throws RangeError for what the chip cannot hold
   */
  setTime(unixTime: number): void {
    if (!(unixTime >= CALENDAR_BEGINS && unixTime < CALENDAR_ENDS))
      throw new RangeError(`${unixTime} is not a time from 2000 to 2199`);
    this.#show(Math.round(unixTime * 1e6));
    this.#registers[STATUS] &= ~OSCILLATOR_STOPPED;
  }

  /** The coin cell is taken out while the board has no power: the oscillator stops, and starts anew at the year 2000. */
  removeCell(): void {
    this.#show(CALENDAR_BEGINS * 1e6);
    this.#registers[STATUS] |= OSCILLATOR_STOPPED;
  }

  write(bytes: Uint8Array): void {
    this.#pointer = bytes[0] % REGISTERS;
    const time = this.#timeRegisters();
    let timeWritten = false;
    let secondsWritten = false;
    for (let i = 1; i < bytes.length; i++) {
      if (this.#pointer < TIME_REGISTERS) {
        time[this.#pointer] = bytes[i];
        timeWritten = true;
        secondsWritten ||= this.#pointer === 0;
      } else if (this.#pointer === STATUS) {
        this.#registers[STATUS] = bytes[i] & (~OSCILLATOR_STOPPED | this.#registers[STATUS]);
      } else if (this.#pointer < TEMPERATURE) this.#registers[this.#pointer] = bytes[i];
      this.#pointer = (this.#pointer + 1) % REGISTERS;
    }
    if (timeWritten) this.#setRegisters(time, secondsWritten);
  }

  read(length: number): Uint8Array {
    // All registers of one transfer are of one moment (data sheet, "Clock and Calendar").
    const registers = [...this.#timeRegisters(), ...this.#registers.subarray(TIME_REGISTERS)];
    // Two's complement, in quarters of a degree.
    const quarters = Math.round(temperatureAt(this.#now(), this.#drift.temperatures) * 4);
    registers[TEMPERATURE] = (quarters >> 2) & 0xff;
    registers[TEMPERATURE + 1] = (quarters & 3) << 6;
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      bytes[i] = registers[this.#pointer];
      this.#pointer = (this.#pointer + 1) % REGISTERS;
    }
    return bytes;
  }

  /** Of Unix time. */
  get #microseconds(): number {
    const now = this.#now();
    return this.#shown + (now - this.#setAt) + Math.round(gained(this.#setAt, now, this.#drift));
  }

  #show(microseconds: number): void {
    this.#setAt = this.#now();
    this.#shown = microseconds;
  }

  #timeRegisters(): number[] {
    // The weekday goes on over the end of the calendar.
    const days = Math.floor(this.#microseconds / 1e6 / DAY);
    const date = new Date(Math.floor(this.unixTime) * 1000);
    const century = date.getUTCFullYear() >= 2100 ? 0x80 : 0;
    return [
      toBcd(date.getUTCSeconds()),
      toBcd(date.getUTCMinutes()),
      toBcd(date.getUTCHours()),
      1 + ((days + this.#weekdayShift) % 7),
      toBcd(date.getUTCDate()),
      toBcd(date.getUTCMonth() + 1) | century,
      toBcd(date.getUTCFullYear() % 100),
    ];
  }

  /** @param secondsWritten the seconds register restarts the second (data sheet, "Clock and Calendar") */
  #setRegisters(registers: number[], secondsWritten: boolean): void {
    const century = registers[5] & 0x80 ? 100 : 0;
    const values = registers.map((register, i) => {
      const digits = i === 5 ? register & 0x7f : register;
      return (digits & 15) > 9 ? Number.NaN : (digits >> 4) * 10 + (digits & 15);
    });
    const [second, minute, hour, weekday, day, month, year] = values;
    const date = new Date(Date.UTC(2000 + century + year, month - 1, day, hour, minute, second));
    if (values.some((value, i) => !(value >= RANGES[i][0] && value <= RANGES[i][1])) || date.getUTCDate() !== day) {
      const bytes = registers.map((register) => register.toString(16).padStart(2, "0"));
      this.#fault(`the clock was set to registers ${bytes.join(" ")}, which are no time`);
      return;
    }
    const fraction = secondsWritten ? 0 : ((this.#microseconds % 1e6) + 1e6) % 1e6;
    this.#show(date.getTime() * 1000 + fraction);
    this.#weekdayShift = (((weekday - 1 - Math.floor(date.getTime() / 1000 / DAY)) % 7) + 7) % 7;
  }
}
