/** A machine in real time: what `ochre emulator` and the demonstration run. */
import type { Machine } from "./machine/machine.ts";
import { KEY_MS, pressKey, receiveAndAnswer } from "./still-time.ts";

export interface RunOptions {
  /** How much faster than real time, or "frozen": then time moves only as far as keys and hosts need it. 1 where it is not given. */
  speed?: number | "frozen";
  /** Told of what the firmware throws; the token goes on, as on the board. */
  onError?: (error: unknown) => void;
}

/** A machine whose time passes by itself. */
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
  const waiting: string[] = [];
  let held: string | undefined;
  /** Virtual time of the next change of the keys. */
  let keysAt = 0;
  const moveKeys = () => {
    if (machine.time < keysAt) return;
    if (held !== undefined) {
      machine.keyUp(held);
      held = undefined;
    } else {
      held = waiting.shift();
      if (held === undefined) return;
      machine.keyDown(held);
    }
    keysAt = machine.time + KEY_MS;
  };
  let target = machine.time;
  let seen = Date.now();
  const catchUp = () => {
    // By the clock on the wall, which goes on while a laptop sleeps: so does the token's. It may be set back; time here may not.
    const now = Date.now();
    target += Math.max(0, now - seen) * speed;
    seen = now;
    while (machine.time < target) {
      moveKeys();
      const before = machine.time;
      const busy = held !== undefined || waiting.length > 0;
      // An error of the firmware ends an advance early: the next round goes on behind it.
      guarded(() => machine.advance((busy ? Math.min(target, keysAt) : target) - machine.time));
      if (machine.time === before) break;
    }
  };
  const timer = setInterval(catchUp, TICK_MS);
  return {
    receive: (text) => {
      catchUp();
      guarded(() => machine.receive(text));
    },
    press: (key) => {
      known(key);
      waiting.push(key);
    },
    stop: () => {
      clearInterval(timer);
      catchUp();
    },
  };
}
