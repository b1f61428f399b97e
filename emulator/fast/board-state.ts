/** A machine without power as JSON, and what it is held against when it is read: whoever can write a file can write what he likes. */
import { PAGE_SIZE, PAGES } from "../machine/flash.ts";
import { type MachineState, MOST_FAULTS } from "../machine/machine.ts";
import { base64FromBytes } from "./base64.ts";
import * as check from "./check.ts";

/** The pages of its flash are Base64. */
export interface StoredState extends Omit<MachineState, "pages"> {
  pages: [page: number, base64: string][];
}

type Unknown<T> = { [Name in keyof T]?: unknown };

/** Microseconds of Unix time that a clock chip may show after all the time that an engine has, gaining all that it may. */
const LATEST_SHOWN = 2 ** 55;
const CLOCK_REGISTERS = 19;
const RANDOM_STREAMS = 5;
const LONGEST_FAULT = 1000;

export function storedState(state: MachineState): StoredState {
  return { ...state, pages: state.pages.map(([page, bytes]) => [page, base64FromBytes(bytes)]) };
}

/** Whatever it was read from. @param flashBytes of the board @throws EngineError invalid for a state that no such machine has */
export function readState(value: unknown, flashBytes: number): MachineState {
  return checkState(value, toPage, flashBytes / PAGE_SIZE);
}

/**
 * The same of one that never was JSON.
 * @param page reads one of its pages
 * @param most pages that the board's flash has
 * @throws EngineError invalid
 */
export function checkState(value: unknown, page = plainPage, most = PAGES): MachineState {
  const told: Unknown<MachineState> = check.object("a token without power", value);
  const now = check.moment("the time of its beginning", told.now);
  const clock = check.object("its clock", told.clock) as Unknown<MachineState["clock"]>;
  const drift = check.object("its clock's drift", clock.drift) as { ppm?: unknown; temperatures?: unknown };
  const flashOperations = check.count("the number of flash operations", told.flashOperations);
  const pages = check.list("its flash", told.pages, most).map((each) => page(each, most));
  if (new Set(pages.map(([page]) => page)).size < pages.length) check.refuse("its flash has a page twice");
  return {
    now,
    pages,
    flashOperations,
    ...(told.cut === undefined ? {} : { cut: toCut(check.object("its cut", told.cut), flashOperations) }),
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
    faults: check.list("its faults", told.faults, MOST_FAULTS).map((fault) => {
      if (typeof fault === "string" && fault.length <= LONGEST_FAULT) return fault;
      return check.refuse(`a fault is text of at most ${LONGEST_FAULT} characters`);
    }),
  };
}

/** @param done operations that have been: none of them can be cut */
function toCut(told: { index?: unknown; tear?: unknown }, done: number): MachineState["cut"] {
  return { index: check.flashIndex(told.index, done), tear: check.tear(told.tear) };
}

function toPage(told: unknown, most: number): [number, Uint8Array] {
  const [page, contents] = check.list("a page of its flash", told, 2);
  return plainPage([page, check.base64(contents)], most);
}

function plainPage(told: unknown, most: number): [number, Uint8Array] {
  const [page, bytes] = check.list("a page of its flash", told, 2);
  if (!(bytes instanceof Uint8Array)) return check.refuse("a page is a Uint8Array");
  if (bytes.length !== PAGE_SIZE) check.refuse(`a page has ${PAGE_SIZE} bytes, not ${bytes.length}`);
  return [check.whole("the number of a page", page, 0, most - 1), bytes];
}

function numbers(name: string, value: unknown, length: number, low: number, high: number): number[] {
  const values = check.list(name, value, length);
  if (values.length !== length) check.refuse(`${name} are ${length}, not ${values.length}`);
  return values.map((each) => check.whole(`each of ${name}`, each, low, high));
}
