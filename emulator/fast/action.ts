/**
 * What is done to a machine from outside, as data: the very same things at the very same times make the very same machine, so a list of
 * them is all that it takes to make one again.
 */
import type { SerialFault } from "../engine.ts";
import type { Machine } from "../machine/machine.ts";
import { bytesFromBase64 } from "./base64.ts";
import * as check from "./check.ts";

export type Action =
  | { do: "key"; key: string; down: boolean; bounceMs: number }
  | { do: "receive"; text: string }
  | { do: "power"; on: boolean }
  | { do: "clock"; unixTime?: number; driftPpm?: number; temperatures?: number[] }
  | { do: "cut"; operation: number; tear: number }
  | { do: "battery"; volts: number }
  | { do: "load"; base64: string }
  | { do: "flip"; bits: number[] }
  | { do: "faults"; faults: SerialFault[] };

/** When something was done, in microseconds of the machine's time. */
export type TimedAction = Action & { at: number };

/**
 * Does it, now.
 * @throws RangeError for what the machine refuses, which then has not changed; what the firmware throws, which has
 */
export function perform(machine: Machine, action: Action): void {
  switch (action.do) {
    case "key":
      machine.keypad.bounceMs = action.bounceMs;
      if (action.down) machine.keyDown(action.key);
      else machine.keyUp(action.key);
      break;
    case "receive":
      machine.receive(action.text);
      break;
    case "power":
      if (action.on) machine.powerOn();
      else machine.powerOff();
      break;
    case "clock":
      if (action.unixTime !== undefined) machine.clock.setTime(action.unixTime);
      machine.clock.drift = {
        ppm: action.driftPpm ?? machine.clock.drift.ppm,
        temperatures: action.temperatures ?? machine.clock.drift.temperatures,
      };
      break;
    case "cut":
      machine.cut =
        action.operation === 0
          ? undefined
          : { index: machine.flash.operations + action.operation - 1, tear: action.tear };
      break;
    case "battery":
      machine.batteryVolts = action.volts;
      break;
    case "load":
      machine.flash.load(bytesFromBase64(action.base64));
      break;
    case "flip":
      machine.flash.flip(action.bits);
      break;
    case "faults":
      machine.line.faults = action.faults;
      break;
  }
}

/**
 * What an engine would have let through of an action that came from a file.
 * @throws EngineError for anything else
 */
export function checkAction(action: TimedAction, keys: readonly string[]): void {
  switch (action.do) {
    case "key":
      check.key(action.key, keys);
      check.shortSpan("bounceMs", action.bounceMs);
      break;
    case "receive":
      check.latin1(action.text);
      break;
    case "power":
      break;
    case "clock":
      if (action.unixTime !== undefined) check.unixTime(action.unixTime);
      if (action.driftPpm !== undefined) check.driftPpm(action.driftPpm);
      if (action.temperatures !== undefined) check.temperatures(action.temperatures);
      break;
    case "cut":
      check.flashOperation(action.operation);
      check.tear(action.tear);
      break;
    case "battery":
      check.volts(action.volts);
      break;
    case "load":
      check.flash(bytesFromBase64(action.base64));
      break;
    case "flip":
      for (const bit of action.bits) check.bit(bit);
      break;
    case "faults":
      check.serialFaults(action.faults);
      break;
    default:
      check.refuse(`an engine does nothing like ${JSON.stringify(action)}`);
  }
}

/** More errors of the firmware at one instant than that: it does not come to rest, and time does not go on. */
const MOST_ERRORS = 3;

/**
 * Brings the machine to a time in microseconds, behind whatever the firmware throws on the way, after doing something first.
 * @returns what the firmware threw
 */
export function live(machine: Machine, until: number, first: () => void = () => {}): unknown[] {
  const errors: unknown[] = [];
  let stuck = 0;
  let step = first;
  for (;;) {
    const before = machine.now;
    try {
      step();
      step = () => {};
      machine.advanceTo(until);
      return errors;
    } catch (error) {
      step = () => {};
      errors.push(error);
      stuck = machine.now === before ? stuck + 1 : 0;
      if (stuck > MOST_ERRORS) return errors;
    }
  }
}
