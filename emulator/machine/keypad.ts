/**
 * Keys and what they are soldered to. In a matrix one that is down joins its row and its column, whatever these are at; keys that are held
 * down together join more than that, so ghosts appear as they do on the real thing, which has no diodes. A button joins its pin and ground,
 * or its pin and the supply.
 */
import type { Manifest } from "./manifest.ts";
import { GROUND, type Pins, pinNumber, SUPPLY } from "./pins.ts";
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";

/** Shortest and longest time between two changes of a contact that bounces, in microseconds. */
const BOUNCE_SHORTEST = 100;
const BOUNCE_LONGEST = 1500;

/** Contacts of the worst of keys have settled long before, in milliseconds. */
export const LONGEST_BOUNCE_MS = 1000;

/** Each key with the numbers of the pins that it joins, in the order of the legend. */
export function contactsOf(keypad: Manifest["keypad"]): { name: string; contact: readonly [number, number] }[] {
  const { legend } = keypad;
  if ("pins" in keypad) {
    const other = keypad.down === "high" ? SUPPLY : GROUND;
    return legend.flat().map((name, i) => ({ name, contact: [pinNumber(keypad.pins, keypad.pins[i]), other] }));
  }
  return legend.flatMap((names, row) =>
    names.flatMap((name, column) =>
      name === "" ? [] : [{ name, contact: [keypad.rows[row], keypad.columns[column]] as const }],
    ),
  );
}

/** What the keys are soldered to, and the time in which their contacts bounce. */
export type KeypadPins = Pick<Pins, "wire" | "settle">;
export type KeypadTime = Pick<Scheduler, "now" | "at">;

interface Key {
  contact: readonly [number, number];
  /** Where the finger is. */
  down: boolean;
  /** Where the contact is. */
  closed: boolean;
}

export class Keypad {
  readonly #keys = new Map<string, Key>();
  /** Of the contacts that are closed: the pins they join. */
  #contacts: Key["contact"][] = [];
  readonly #pins: KeypadPins;
  readonly #scheduler: KeypadTime;
  readonly #random: Random;
  #bounceMs = 0;

  constructor(layout: Manifest["keypad"], pins: KeypadPins, scheduler: KeypadTime, random: Random) {
    this.#pins = pins;
    this.#scheduler = scheduler;
    this.#random = random;
    for (const { name, contact } of contactsOf(layout)) this.#keys.set(name, { contact, down: false, closed: false });
    pins.wire(() => this.#contacts);
  }

  /** Names of the keys, row by row. */
  get keys(): string[] {
    return [...this.#keys.keys()];
  }

  get bounceMs(): number {
    return this.#bounceMs;
  }

  /**
   * For how many milliseconds a contact chatters after each press and release from now on; 0 for a perfect one.
   * @throws RangeError for less than that, or more than a second
   */
  set bounceMs(ms: number) {
    if (!(typeof ms === "number" && ms >= 0 && ms <= LONGEST_BOUNCE_MS))
      throw new RangeError(`contacts bounce for 0 to ${LONGEST_BOUNCE_MS} ms, not ${ms} ms`);
    this.#bounceMs = ms;
  }

  /** True when a finger is on any key. */
  get touched(): boolean {
    return [...this.#keys.values()].some((key) => key.down);
  }

  /** @throws RangeError for a key that the keypad does not have */
  press(name: string): void {
    this.#move(name, true);
  }

  /** @throws RangeError for a key that the keypad does not have */
  release(name: string): void {
    this.#move(name, false);
  }

  #move(name: string, down: boolean): void {
    const key = this.#keys.get(name);
    if (key === undefined)
      throw new RangeError(`there is no key ${JSON.stringify(name)}: the keys are ${this.keys.join(" ")}`);
    if (key.down === down) return;
    key.down = down;
    this.#touch(key, down);
    if (this.#bounceMs > 0) this.#bounce(key, this.#scheduler.now + Math.round(this.#bounceMs * 1000));
  }

  #touch(key: Key, closed: boolean): void {
    if (key.closed === closed) return;
    key.closed = closed;
    this.#contacts = [...this.#keys.values()].filter((each) => each.closed).map((each) => each.contact);
    this.#pins.settle();
  }

  /** Lets the contact chatter until `end`, when it stays where the finger is. */
  #bounce(key: Key, end: number): void {
    const next = this.#scheduler.now + this.#random.between(BOUNCE_SHORTEST, BOUNCE_LONGEST);
    if (next >= end) this.#scheduler.at(end, () => this.#touch(key, key.down));
    else {
      this.#scheduler.at(next, () => {
        this.#touch(key, !key.closed);
        this.#bounce(key, end);
      });
    }
  }
}
