/** What calls of an engine are held against before anything changes. Each throws an `EngineError` that says what was expected. */

import { type ClockChange, type Engine, EngineError, type PressOptions, type SerialFault } from "../engine.ts";
import { COLDEST, HOTTEST, MOST_PPM, MOST_TEMPERATURES } from "../machine/crystal.ts";
import { CALENDAR_BEGINS, CALENDAR_ENDS } from "../machine/ds3231.ts";
import { PAGE_SIZE, PAGES } from "../machine/flash.ts";
import { LONGEST_BOUNCE_MS } from "../machine/keypad.ts";
import { HIGHEST_VOLTS, LOWEST_VOLTS, type Machine } from "../machine/machine.ts";
import type { Manifest } from "../machine/manifest.ts";
import { bytesFromBase64 } from "./base64.ts";

export function refuse(message: string): never {
  throw new EngineError("invalid", message);
}

/** A month a second: faster than that, a moment at the keyboard is a year. */
export const FASTEST = 2_592_000;
/** A century in one call. */
const LONGEST_MS = 100 * 365.25 * 86_400_000;
const SHORT_MS = 3_600_000;
const MOST_KEYS = 1000;
/** As many bytes as a port gives in one piece. */
export const MOST_BYTES = 65_536;
/** Each is a number in whatever keeps the call: a snapshot, a recording. */
const MOST_FLIPS = 65_536;
const MOST_SERIAL_FAULTS = 16;
/** Each of them may double what passes. */
const MOST_DUPLICATES = 4;
/** Microseconds of the machine's time, some 285 years: beyond, numbers leave some of them out. */
export const LATEST = Number.MAX_SAFE_INTEGER;
/** Where a number stays that counts one more each time. */
const LAST_COUNT = 2 ** 53;

/** Of what the token could be asked for at another time. @param message says what has to be done first */
export function conflict(message: string): never {
  throw new EngineError("conflict", message);
}

/** A number in a range. */
export function number(name: string, value: unknown, low: number, high: number): number {
  if (typeof value === "number" && value >= low && value <= high) return value;
  return refuse(`${name} is a number from ${low} to ${high}, not ${shown(value)}`);
}

export function whole(name: string, value: unknown, low: number, high: number): number {
  if (Number.isInteger(value) && (value as number) >= low && (value as number) <= high) return value as number;
  return refuse(`${name} is a whole number from ${low} to ${high}, not ${shown(value)}`);
}

/** With names of its own: a list is none, and neither is a Date. */
export function object(name: string, value: unknown): object {
  if (Object.prototype.toString.call(value) === "[object Object]") return value as object;
  return refuse(`${name} is an object, not ${shown(value)}`);
}

/** With its holes, which `map` would leave out. */
export function list(name: string, value: unknown, most = Number.POSITIVE_INFINITY): unknown[] {
  if (Array.isArray(value) && value.length <= most) return [...value];
  return refuse(`${name} are a list${most === Number.POSITIVE_INFINITY ? "" : ` of at most ${most}`}`);
}

export function span(name: string, ms: unknown): number {
  if (typeof ms !== "number")
    return refuse(`${name} is in milliseconds here: a number from 0 to ${LONGEST_MS}, not ${shown(ms)}`);
  return number(`${name} in milliseconds`, ms, 0, LONGEST_MS);
}
/** A time that a finger or a line may take. */
export const shortSpan = (name: string, ms: unknown) => number(name, ms, 0, SHORT_MS);
export const speed = (value: unknown) => number("speed", value, 0, FASTEST);
export const bounce = (value: unknown) => number("bounceMs", value, 0, LONGEST_BOUNCE_MS);
export const driftPpm = (value: unknown) => number("driftPpm", value, -MOST_PPM, MOST_PPM);

export const flashOperation = (value: unknown) =>
  whole("the number of a flash operation", value, 0, Number.MAX_SAFE_INTEGER);
/** The same, counted over the life of the flash: as many as were, and as many again. */
export const flashIndex = (value: unknown, next: number) =>
  whole("the number of a flash operation", value, next, 2 * LAST_COUNT);
export const tear = (value: unknown) => number("tear", value, 0, 1);
export const volts = (value: unknown) => number("the battery's voltage", value, 0, HIGHEST_VOLTS);
export const count = (name: string, value: unknown) => whole(name, value, 0, LAST_COUNT);

/** Microseconds of the machine's time. */
export const moment = (name: string, value: unknown) => whole(name, value, 0, LATEST);

/** @param flashBytes of the board */
export function bits(values: unknown, flashBytes = PAGES * PAGE_SIZE): number[] {
  if (!Array.isArray(values) || values.length > MOST_FLIPS)
    return refuse(`bits to flip are a list of at most ${MOST_FLIPS} numbers in one call`);
  return [...values].map((value) => whole("the number of a bit", value, 0, flashBytes * 8 - 1));
}

/** A time that somebody asks for. @throws EngineError invalid where it is behind the last that there is */
export function inTime(moment: number): void {
  if (moment > LATEST) refuse(`an engine's time ends ${Math.floor(LATEST / 1000)} ms after it began`);
}

export function yesOrNo(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  return refuse(`${name} is true or false, not ${shown(value)}`);
}

export function base64(value: unknown): Uint8Array {
  try {
    if (typeof value === "string") return bytesFromBase64(value);
  } catch {
    // The reason is that it is none.
  }
  return refuse(`bytes are text in Base64, not ${shown(value)}`);
}

export function flash(bytes: unknown, length = PAGES * PAGE_SIZE): void {
  if (!(bytes instanceof Uint8Array)) refuse(`the flash is a Uint8Array, not ${shown(bytes)}`);
  if (bytes.length !== length) refuse(`the flash has ${length} bytes, not ${bytes.length}`);
}

export function unixTime(value: unknown): number {
  if (typeof value === "number" && value >= CALENDAR_BEGINS && value < CALENDAR_ENDS) return value;
  return refuse(
    `the clock chip shows Unix times from ${CALENDAR_BEGINS} (2000) to below ${CALENDAR_ENDS} (2200), not ${shown(value)}`,
  );
}

export function temperatures(values: unknown): number[] {
  if (!Array.isArray(values) || values.length > MOST_TEMPERATURES)
    return refuse(`temperatures are a list of at most ${MOST_TEMPERATURES} numbers`);
  // With its holes, which `map` would leave out.
  return [...values].map((value) => number("a temperature", value, COLDEST, HOTTEST));
}

/** @param keys of the keypad */
export function key(name: unknown, keys: readonly string[]): string {
  if (keys.includes(name as string)) return name as string;
  return refuse(`there is no key ${shown(name)}: the keys are ${keys.join(" ")}`);
}

export function keys(names: unknown, known: readonly string[]): string[] {
  if (!Array.isArray(names) || names.length > MOST_KEYS)
    return refuse(`keys to press are a list of at most ${MOST_KEYS} names`);
  return [...names].map((name) => key(name, known));
}

/** How the keys of a press are held, where it is said, and otherwise as the engine holds them. */
export function held(options: unknown, { holdMs, gapMs }: { holdMs: number; gapMs: number }): Required<PressOptions> {
  const asked: PressOptions = object("how keys are held", options);
  return {
    // What is null is no number, here and over HTTP.
    holdMs: shortSpan("holdMs", asked.holdMs === undefined ? holdMs : asked.holdMs),
    gapMs: shortSpan("gapMs", asked.gapMs === undefined ? gapMs : asked.gapMs),
    bounceMs: bounce(asked.bounceMs === undefined ? 0 : asked.bounceMs),
  };
}

/** Copies what is to be changed. */
export function clockChange(change: unknown): ClockChange {
  const asked: ClockChange = object("a change of the clock", change);
  return {
    ...(asked.unixTime === undefined ? {} : { unixTime: unixTime(asked.unixTime) }),
    ...(asked.speed === undefined ? {} : { speed: speed(asked.speed) }),
    ...(asked.driftPpm === undefined ? {} : { driftPpm: driftPpm(asked.driftPpm) }),
    ...(asked.temperatures === undefined ? {} : { temperatures: temperatures(asked.temperatures) }),
  };
}

/** @throws EngineError unsupported for another time on a board whose time nobody can set from outside */
export function settable(change: ClockChange, { board, clock }: Pick<Manifest, "board" | "clock">): void {
  if (change.unixTime === undefined || clock !== undefined) return;
  throw new EngineError(
    "unsupported",
    `the board ${board} has no clock chip to be set: a host sets its time in a session`,
  );
}

/** @throws EngineError unsupported for the drift of a clock that does not drift here */
export function driftable(
  change: ClockChange,
  { manifest, capabilities }: Pick<Engine, "manifest" | "capabilities">,
): void {
  if ((change.driftPpm === undefined && change.temperatures === undefined) || capabilities.drift) return;
  throw new EngineError(
    "unsupported",
    `the board ${manifest.board} has no clock chip that could drift, and this engine's microcontroller keeps time exactly`,
  );
}

/** @param what is refused: text in front of the reason @throws EngineError foreign-firmware for what does not run out of a flash */
export function firmware({ foreignFirmware }: Machine, what = ""): void {
  if (foreignFirmware !== undefined) throw new EngineError("foreign-firmware", `${what}${foreignFirmware}`);
}

/** Whoever wants something of a token without power is told so. @throws EngineError no-power */
export function power(on: boolean): asserts on {
  if (!on) throw new EngineError("no-power", "the token has no power, and nothing reaches it: give it its power first");
}

/** @throws EngineError no-power where a board does not start */
export function battery(volts: number): void {
  if (volts < LOWEST_VOLTS)
    throw new EngineError("no-power", `the board starts from ${LOWEST_VOLTS} V, and the battery has ${volts} V`);
}

/** Why a press was not done to its end. @param pressed how many of its keys went down */
export function powerGone(pressed: number, keys: number): EngineError {
  return new EngineError("no-power", `the power was gone after ${pressed} of ${keys} keys`);
}

export function latin1(text: unknown): string {
  if (typeof text !== "string") return refuse(`bytes are text of one character each, not ${shown(text)}`);
  if (text.length > MOST_BYTES)
    return refuse(`a host's bytes are at most ${MOST_BYTES} in one call, not ${text.length}: send them in pieces`);
  const character = /[^\0-\xff]/u.exec(text)?.[0];
  if (character !== undefined) return refuse(`a byte is a character up to U+00FF, and ${shown(character)} is none`);
  return text;
}

export function serialFaults(faults: unknown): SerialFault[] {
  if (!Array.isArray(faults) || faults.length > MOST_SERIAL_FAULTS)
    return refuse(`serial faults are a list of at most ${MOST_SERIAL_FAULTS}`);
  if (faults.filter((fault) => fault?.kind === "duplicate").length > MOST_DUPLICATES)
    return refuse(`of serial faults at most ${MOST_DUPLICATES} duplicate: each may double what passes`);
  return [...faults].map((fault: Partial<SerialFault>) => {
    const { direction, kind, every, count, delayMs } = fault ?? {};
    if (direction !== "to-token" && direction !== "to-host")
      return refuse(`a serial fault's direction is to-token or to-host, not ${shown(direction)}`);
    if (kind !== "drop" && kind !== "duplicate" && kind !== "corrupt" && kind !== "delay")
      return refuse(`a serial fault's kind is drop, duplicate, corrupt or delay, not ${shown(kind)}`);
    if (kind !== "delay" && delayMs !== undefined)
      return refuse(`delayMs is of a serial fault that delays, and this one is of the kind ${kind}`);
    return {
      direction,
      kind,
      every: whole("every", every, 1, Number.MAX_SAFE_INTEGER),
      ...(count === undefined ? {} : { count: whole("count", count, 1, Number.MAX_SAFE_INTEGER) }),
      ...(kind === "delay" ? { delayMs: shortSpan("delayMs", delayMs) } : {}),
    };
  });
}

/** A value in few words, however large or deep it is. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, 41)) : String(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
