/**
 * What is done to a machine from outside, as data: the very same things at the very same times make the very same machine, so a list of
 * them is all that it takes to make one again.
 */
import type { SerialFault } from "../engine.ts";
import type { Machine } from "../machine/machine.ts";
import { bytesFromBase64 } from "./base64.ts";

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
