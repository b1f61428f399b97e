/** A machine in real time: what the demonstration runs. */
import { act, live } from "./fast/action.ts";
import { turn } from "./fast/turns.ts";
import { Typist } from "./fast/typist.ts";
import { WallTime } from "./fast/wall-time.ts";
import type { Machine } from "./machine/machine.ts";
import { KEY_MS, pressKey, receiveAndAnswer } from "./still-time.ts";

export interface RunOptions {
  /** How much faster than real time, or "frozen": then time moves only as far as keys and hosts need it. 1 where it is not given. */
  speed?: number | "frozen";
  /** Told of what the firmware throws; the token goes on, as on the board. */
  onError?: (error: unknown) => void;
}

/** A machine whose time passes by itself, as far as the firmware keeps up. */
export interface RunningMachine {
  /** A host's bytes, at this very moment. */
  receive(text: string): void;
  /** Presses a key after those that were pressed before. @throws RangeError listing the keys, for one that there is not */
  press(key: string): void;
  /** Brings the machine to this moment and leaves it there. */
  stop(): void;
}

/** How often time catches up, in milliseconds. */
const TICK_MS = 10;

/** Lets the machine's time pass from now on. */
export function run(machine: Machine, { speed = 1, onError = () => {} }: RunOptions = {}): RunningMachine {
  const guarded = (action: () => void) => {
    try {
      action();
    } catch (error) {
      onError(error);
    }
  };
  const known = (key: string) => {
    if (!machine.keypad.keys.includes(key))
      throw new RangeError(`there is no key ${JSON.stringify(key)}: the keys are ${machine.keypad.keys.join(" ")}`);
  };
  if (speed === "frozen") {
    return {
      receive: (text) => guarded(() => receiveAndAnswer(machine, text)),
      press: (key) => {
        known(key);
        guarded(() => pressKey(machine, key));
      },
      stop: () => {},
    };
  }
  const typist = new Typist();
  const wall = new WallTime(speed, machine.now);
  const catchUp = () => {
    const until = wall.due(machine.now);
    const over = turn();
    let arrived = true;
    for (let due = typist.due; arrived && due !== undefined && due <= until; due = typist.due) {
      arrived = live(machine, due, over, onError);
      const stroke = arrived ? typist.step() : undefined;
      if (stroke !== undefined) act(machine, { do: "key", ...stroke }, over, onError);
    }
    if (!(arrived && live(machine, until, over, onError))) wall.letGo(machine.now);
  };
  const timer = setInterval(catchUp, TICK_MS);
  return {
    receive: (text) => {
      catchUp();
      guarded(() => machine.receive(text));
    },
    press: (key) => {
      known(key);
      void typist.type([key], { holdMs: KEY_MS, gapMs: KEY_MS, bounceMs: 0 }, machine.now);
    },
    stop: () => {
      clearInterval(timer);
      catchUp();
    },
  };
}
