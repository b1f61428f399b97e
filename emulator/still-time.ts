/** Keys and a host's bytes while time stands still for everything else: it moves as far as each of them needs, and no further. */
import type { Machine } from "./machine/machine.ts";

/** How long a key is held, and how long it rests after that, in milliseconds: longer than any debouncing. */
export const KEY_MS = 60;
/** How long the firmware gets to answer a host, in milliseconds. */
const ANSWER_MS = 50;

/** Presses and releases a key. @throws RangeError listing the keys, for one that the keypad does not have; what the firmware throws */
export function pressKey(machine: Machine, key: string): void {
  machine.keyDown(key);
  try {
    machine.advance(KEY_MS);
  } finally {
    machine.keyUp(key);
  }
  machine.advance(KEY_MS);
}

/** Hands a host's bytes over and lets time pass until the firmware answers. @throws what the firmware throws */
export function receiveAndAnswer(machine: Machine, text: string): void {
  const transmit = machine.onTransmit;
  let answered = false;
  machine.onTransmit = (answer) => {
    answered = true;
    transmit(answer);
  };
  try {
    machine.receive(text);
    for (let ms = 0; ms < ANSWER_MS && !answered; ms++) machine.advance(1);
  } finally {
    machine.onTransmit = transmit;
  }
}
