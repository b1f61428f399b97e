/** DS3231, a temperature-compensated clock with a coin cell on I2C (Maxim data sheet, rev 10). It keeps UTC, years 2000 to 2099. */
import type { Clock } from "../../hal/board.ts";
import type { I2cBus } from "./i2c.ts";

const ADDRESS = 0x68;
const TIME = 0x00;
const STATUS = 0x0f;
/** Oscillator stop flag of the status register: the time means nothing until it is set again. */
const OSCILLATOR_STOPPED = 0x80;

const SECONDS_A_DAY = 86400;
/** Days from 1970-01-01 to 2000-01-01. */
const DAYS_TO_2000 = 10957;
const DAYS_IN_FOUR_YEARS = 1461;

const fromBcd = (value: number): number => (value >> 4) * 10 + (value & 15);
const toBcd = (value: number): number => (Math.floor(value / 10) << 4) | (value % 10);

/** Days of a year before a month, 0 for March, so that the leap day comes last: five months have 153, whichever is the first. */
const daysBefore = (month: number): number => Math.floor((153 * month + 2) / 5);

/** Unix time of the seven time registers. From 2000 to 2099 every fourth year is a leap year. */
export function unixTime(registers: Uint8Array): number {
  const month = fromBcd(registers[5] & 0x1f);
  // Years begin in March here: January and February belong to the year before.
  const year = fromBcd(registers[6]) + (month < 3 ? 3 : 4);
  const days =
    Math.floor((year * DAYS_IN_FOUR_YEARS) / 4) + daysBefore((month + 9) % 12) + fromBcd(registers[4]) - 1 + 60;
  return (
    (days - DAYS_IN_FOUR_YEARS + DAYS_TO_2000) * SECONDS_A_DAY +
    fromBcd(registers[2] & 0x3f) * 3600 +
    fromBcd(registers[1]) * 60 +
    fromBcd(registers[0])
  );
}

/** The seven time registers, in BCD: seconds, minutes, hours of 24, weekday (1 is Sunday), day, month, year since 2000. */
export function timeRegisters(unixSeconds: number): number[] {
  const day = Math.floor(unixSeconds / SECONDS_A_DAY);
  const second = unixSeconds % SECONDS_A_DAY;
  // Days since 1996-03-01: a four-year span that ends with its leap day.
  const since = day - DAYS_TO_2000 + DAYS_IN_FOUR_YEARS - 60;
  const span = Math.floor(since / DAYS_IN_FOUR_YEARS);
  const inSpan = since - span * DAYS_IN_FOUR_YEARS;
  const yearOfSpan = Math.min(3, Math.floor(inSpan / 365));
  const inYear = inSpan - yearOfSpan * 365;
  let month = 11;
  while (daysBefore(month) > inYear) month--;
  const year = span * 4 + yearOfSpan - 4 + (month > 9 ? 1 : 0);
  return [
    toBcd(second % 60),
    toBcd(Math.floor(second / 60) % 60),
    toBcd(Math.floor(second / 3600)),
    1 + ((day + 4) % 7),
    toBcd(inYear - daysBefore(month) + 1),
    toBcd(((month + 2) % 12) + 1),
    toBcd(year),
  ];
}

/** The clock chip of a bus. */
export function ds3231(bus: I2cBus): Clock {
  const read = function (): Uint8Array {
    bus.writeTo(ADDRESS, TIME);
    return bus.readFrom(ADDRESS, STATUS + 1);
  };
  return {
    now: function () {
      return unixTime(read());
    },
    soundNow: function () {
      const registers = read();
      return (registers[STATUS] & OSCILLATOR_STOPPED) === 0 ? unixTime(registers) : undefined;
    },
    set: function (unixSeconds) {
      bus.writeTo(ADDRESS, [TIME].concat(timeRegisters(unixSeconds)));
      bus.writeTo(ADDRESS, [STATUS, 0]);
    },
    lostPower: function () {
      return (read()[STATUS] & OSCILLATOR_STOPPED) !== 0;
    },
    volatile: false,
  };
}
