/** What a snapshot tells, and what it is held against when it is read: whoever can write a file can write its checksum. */

import { PAGE_SIZE, PAGES } from "../machine/flash.ts";
import { type MachineState, MOST_FAULTS } from "../machine/machine.ts";
import { readAction, type TimedAction } from "./action.ts";
import { base64FromBytes } from "./base64.ts";
import * as check from "./check.ts";

export interface Story {
  /** Digest of the bundle and its installation: another's variables would come out of the same actions. */
  of: string;
  start: MachineState;
  actions: TimedAction[];
  /** Microseconds. */
  now: number;
}

type Unknown<T> = { [Name in keyof T]?: unknown };

/** Microseconds of Unix time that a clock chip may show after all the time that an engine has, gaining all that it may. */
const LATEST_SHOWN = 2 ** 55;
const CLOCK_REGISTERS = 19;
const RANDOM_STREAMS = 5;
const LONGEST_FAULT = 1000;

export function toText(story: Story): string {
  const pages = story.start.pages.map(([page, bytes]): [number, string] => [page, base64FromBytes(bytes)]);
  return JSON.stringify({ ...story, start: { ...story.start, pages } });
}

/**
 * @param keys of the keypad
 * @throws EngineError invalid for a story that no engine would have told
 */
export function toStory(told: Unknown<Story>, keys: readonly string[]): Story {
  const start = toState(object("its beginning", told.start));
  const now = check.moment("its time", told.now);
  const actions = list("its actions", told.actions, Number.POSITIVE_INFINITY).map((each) => readAction(each, keys));
  let last = start.now;
  for (const { at } of actions) {
    if (at < last) check.refuse("its times are in no order");
    last = at;
  }
  if (now < last) check.refuse("its times are in no order");
  return { of: told.of as string, start, actions, now };
}

function toState(told: Unknown<MachineState>): MachineState {
  const now = check.moment("the time of its beginning", told.now);
  const clock = object("its clock", told.clock) as Unknown<MachineState["clock"]>;
  const drift = object("its clock's drift", clock.drift) as { ppm?: unknown; temperatures?: unknown };
  const pages = list("its flash", told.pages, PAGES).map(toPage);
  if (new Set(pages.map(([page]) => page)).size < pages.length) check.refuse("its flash has a page twice");
  return {
    now,
    pages,
    flashOperations: check.count("the number of flash operations", told.flashOperations),
    ...(told.cut === undefined ? {} : { cut: toCut(object("its cut", told.cut)) }),
    clock: {
      setAt: check.whole("the time when its clock was set", clock.setAt, 0, now),
      shown: check.whole("what its clock showed", clock.shown, 0, LATEST_SHOWN),
      weekdayShift: check.whole("its clock's weekday", clock.weekdayShift, 0, 6),
      pointer: check.whole("its clock's register pointer", clock.pointer, 0, CLOCK_REGISTERS - 1),
      registers: numbers("its clock's registers", clock.registers, CLOCK_REGISTERS, 0, 0xff),
      drift: { ppm: check.driftPpm(drift.ppm), temperatures: check.temperatures(drift.temperatures) },
    },
    batteryVolts: check.volts(told.batteryVolts),
    line: check.serialFaults(told.line).map((fault, i) => {
      const { seen, hits } = (told.line as Unknown<{ seen: number; hits: number }>[])[i];
      return {
        seen: check.count("bytes that a fault saw", seen),
        hits: check.count("bytes that it hit", hits),
        ...fault,
      };
    }),
    random: numbers("its random numbers", told.random, RANDOM_STREAMS, -(2 ** 31), 2 ** 31 - 1),
    frames: check.count("the number of frames", told.frames),
    pictures: check.count("the number of pictures", told.pictures),
    faults: list("its faults", told.faults, MOST_FAULTS).map((fault) => {
      if (typeof fault === "string" && fault.length <= LONGEST_FAULT) return fault;
      return check.refuse(`a fault is text of at most ${LONGEST_FAULT} characters`);
    }),
  };
}

function toCut(told: { index?: unknown; tear?: unknown }): MachineState["cut"] {
  return { index: check.flashOperation(told.index), tear: check.tear(told.tear) };
}

function toPage(told: unknown): [number, Uint8Array] {
  const [page, contents] = list("a page of its flash", told, 2);
  const bytes = check.base64(contents);
  if (bytes.length !== PAGE_SIZE) check.refuse(`a page has ${PAGE_SIZE} bytes, not ${bytes.length}`);
  return [check.whole("the number of a page", page, 0, PAGES - 1), bytes];
}

function object(name: string, value: unknown): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  return check.refuse(`${name} is an object, not ${check.shown(value)}`);
}

function list(name: string, value: unknown, most: number): unknown[] {
  if (Array.isArray(value) && value.length <= most) return value;
  return check.refuse(`${name} are a list${most === Number.POSITIVE_INFINITY ? "" : ` of at most ${most}`}`);
}

function numbers(name: string, value: unknown, length: number, low: number, high: number): number[] {
  const values = list(name, value, length);
  if (values.length !== length) check.refuse(`${name} are ${length}, not ${values.length}`);
  return values.map((each) => check.whole(`each of ${name}`, each, low, high));
}
