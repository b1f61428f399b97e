/**
 * What is done to a machine from outside, as data: the very same things at the very same times make the very same machine, so a list of
 * them is all that it takes to make one again.
 */
import type { SerialFault } from "../engine.ts";
import type { Machine } from "../machine/machine.ts";
import { Restless } from "../machine/scheduler.ts";
import { bytesFromBase64 } from "./base64.ts";
import type { Named } from "./calls.ts";
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
 * Does it, now, and begins with what follows of it at this instant: `live` goes on with that.
 * @param over as `Machine.advanceTo` has it
 * @param onError told of what the machine refuses, which then has not changed, and of what the firmware throws, which has
 */
export function act(machine: Machine, action: Action, over: () => boolean, onError: (error: unknown) => void): void {
  try {
    perform(machine, action, over);
  } catch (error) {
    onError(error);
  }
}

function perform(machine: Machine, action: Action, over: () => boolean): void {
  switch (action.do) {
    case "key":
      machine.keypad.bounceMs = action.bounceMs;
      if (action.down) machine.keyDown(action.key);
      else machine.keyUp(action.key);
      break;
    case "receive":
      machine.receive(action.text, over);
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
 * Brings the machine to a time in microseconds, behind whatever the firmware throws on the way. Where the firmware does not come to rest,
 * it stays there.
 * @param over as `Machine.advanceTo` has it
 * @returns false where `over` left something to a further call
 */
export function live(machine: Machine, until: number, over: () => boolean, onError: (error: unknown) => void): boolean {
  for (;;) {
    try {
      return machine.advanceTo(until, over);
    } catch (error) {
      onError(error);
      if (error instanceof Restless) return true;
      if (over()) return false;
    }
  }
}

/**
 * An action that came from a file, without anything else that stood there.
 * @throws EngineError invalid for what an engine would not have let through
 */
export function readAction(value: unknown, { keys, flashBytes }: Named): TimedAction {
  const action = (value ?? {}) as Partial<Record<string, unknown>>;
  const at = check.moment("the time of an action", action.at);
  switch (action.do) {
    case "key": {
      const down = check.yesOrNo("down", action.down);
      return { do: "key", key: check.key(action.key, keys), down, bounceMs: check.bounce(action.bounceMs), at };
    }
    case "receive":
      return { do: "receive", text: check.latin1(action.text), at };
    case "power":
      return { do: "power", on: check.yesOrNo("on", action.on), at };
    case "clock": {
      const { unixTime, driftPpm, temperatures } = action;
      return {
        do: "clock",
        ...(unixTime === undefined ? {} : { unixTime: check.unixTime(unixTime) }),
        ...(driftPpm === undefined ? {} : { driftPpm: check.driftPpm(driftPpm) }),
        ...(temperatures === undefined ? {} : { temperatures: check.temperatures(temperatures) }),
        at,
      };
    }
    case "cut":
      return { do: "cut", operation: check.flashOperation(action.operation), tear: check.tear(action.tear), at };
    case "battery":
      return { do: "battery", volts: check.volts(action.volts), at };
    case "load":
      check.flash(check.base64(action.base64), flashBytes);
      return { do: "load", base64: action.base64 as string, at };
    case "flip":
      return { do: "flip", bits: check.bits(action.bits, flashBytes), at };
    case "faults":
      return { do: "faults", faults: check.serialFaults(action.faults), at };
    default:
      return check.refuse(`an engine does nothing like ${check.shown(action.do)}`);
  }
}
