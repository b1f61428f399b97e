/** What calls of an engine are held against before anything changes. Each throws an `EngineError` that says what was expected. */
import { EngineError, type SerialFault } from "../engine.ts";
import { PAGE_SIZE, PAGES } from "../machine/flash.ts";
import { HIGHEST_VOLTS } from "../machine/machine.ts";

export function refuse(message: string): never {
  throw new EngineError("invalid", message);
}

/** A month a second: faster than that, a moment at the keyboard is a year. */
export const FASTEST = 2_592_000;
/** A century in one call. */
const LONGEST_MS = 100 * 365.25 * 86_400_000;
const SHORT_MS = 3_600_000;
/** More than any crystal that still swings. */
const MOST_PPM = 100_000;
const MOST_TEMPERATURES = 1440;
/** What the chip bears, in degrees Celsius. */
const COLDEST = -40;
const HOTTEST = 85;
const YEAR_2000 = Date.UTC(2000, 0, 1) / 1000;
const YEAR_2200 = Date.UTC(2200, 0, 1) / 1000;

/** A number in a range. */
export function number(name: string, value: unknown, low: number, high: number): number {
  if (typeof value === "number" && value >= low && value <= high) return value;
  return refuse(`${name} is a number from ${low} to ${high}, not ${shown(value)}`);
}

export function whole(name: string, value: unknown, low: number, high: number): number {
  if (Number.isInteger(value) && (value as number) >= low && (value as number) <= high) return value as number;
  return refuse(`${name} is a whole number from ${low} to ${high}, not ${shown(value)}`);
}

export const span = (name: string, ms: unknown) => number(name, ms, 0, LONGEST_MS);
/** A time that a finger or a line may take. */
export const shortSpan = (name: string, ms: unknown) => number(name, ms, 0, SHORT_MS);
export const speed = (value: unknown) => number("speed", value, 0, FASTEST);
export const driftPpm = (value: unknown) => number("driftPpm", value, -MOST_PPM, MOST_PPM);

export const flashOperation = (value: unknown) =>
  whole("the number of a flash operation", value, 0, Number.MAX_SAFE_INTEGER);
export const tear = (value: unknown) => number("tear", value, 0, 1);
export const volts = (value: unknown) => number("the battery's voltage", value, 0, HIGHEST_VOLTS);
export const bit = (value: unknown) => whole("the number of a bit", value, 0, PAGES * PAGE_SIZE * 8 - 1);

export function flash(bytes: Uint8Array): void {
  if (bytes.length !== PAGES * PAGE_SIZE) refuse(`the flash has ${PAGES * PAGE_SIZE} bytes, not ${bytes.length}`);
}

export function unixTime(value: unknown): number {
  if (typeof value === "number" && value >= YEAR_2000 && value < YEAR_2200) return value;
  return refuse(
    `the clock chip shows Unix times from ${YEAR_2000} (2000) to below ${YEAR_2200} (2200), not ${shown(value)}`,
  );
}

export function temperatures(values: unknown): number[] {
  if (!Array.isArray(values) || values.length > MOST_TEMPERATURES)
    return refuse(`temperatures are a list of at most ${MOST_TEMPERATURES} numbers`);
  return values.map((value) => number("a temperature", value, COLDEST, HOTTEST));
}

/** @param keys of the keypad */
export function key(name: unknown, keys: readonly string[]): string {
  if (keys.includes(name as string)) return name as string;
  return refuse(`there is no key ${shown(name)}: the keys are ${keys.join(" ")}`);
}

export function latin1(text: unknown): string {
  if (typeof text !== "string") return refuse(`bytes are text of one character each, not ${shown(text)}`);
  for (const character of text)
    if (character > "\u00ff") return refuse(`a byte is a character up to U+00FF, and ${shown(character)} is none`);
  return text;
}

export function serialFaults(faults: unknown): SerialFault[] {
  if (!Array.isArray(faults)) return refuse("serial faults are a list");
  return faults.map((fault: Partial<SerialFault>) => {
    const { direction, kind, every, count, delayMs } = fault ?? {};
    if (direction !== "to-token" && direction !== "to-host")
      return refuse(`a serial fault's direction is to-token or to-host, not ${shown(direction)}`);
    if (kind !== "drop" && kind !== "duplicate" && kind !== "corrupt" && kind !== "delay")
      return refuse(`a serial fault's kind is drop, duplicate, corrupt or delay, not ${shown(kind)}`);
    return {
      direction,
      kind,
      every: whole("every", every, 1, Number.MAX_SAFE_INTEGER),
      ...(count === undefined ? {} : { count: whole("count", count, 1, Number.MAX_SAFE_INTEGER) }),
      ...(kind === "delay" ? { delayMs: shortSpan("delayMs", delayMs) } : {}),
    };
  });
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
