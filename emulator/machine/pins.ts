/**
 * The microcontroller's pins and what their levels are once everything that joins them is counted in. Modes and their side effects are
 * Espruino's: without a `pinMode` a write makes an output and a read makes an input.
 */
import type { Watches } from "./watches.ts";

/** D0 to D29, as on an RP2040. */
export const PIN_COUNT = 30;
/** What a contact to ground, or to the supply, joins its pin with. */
export const GROUND = -1;
export const SUPPLY = -2;

/** Pins of a list that have names of the interpreter's instead of numbers are numbered behind the others. */
export function pinNumber(pins: readonly (number | string)[], pin: number | string): number {
  return typeof pin === "number" ? pin : PIN_COUNT + pins.filter((other) => typeof other === "string").indexOf(pin);
}
/** The first of the pins with an analogue input. */
const FIRST_ANALOG = 26;

/** What a pin does to the wire it is on, from weak to strong. */
const Drive = { floating: 0, pulledDown: 1, pulledUp: 2, high: 3, low: 4 } as const;
type Drive = (typeof Drive)[keyof typeof Drive];

const INPUTS = new Map<string, Drive>([
  ["analog", Drive.floating],
  ["input", Drive.floating],
  ["input_pullup", Drive.pulledUp],
  ["input_pulldown", Drive.pulledDown],
]);
const isHigh = (drive: Drive) => drive === Drive.high || drive === Drive.pulledUp;
const OUTPUTS = ["output", "opendrain", "opendrain_pullup"];

interface PinState {
  mode: string;
  /** The level last written. */
  latch: boolean;
  /** Set by pinMode: reads and writes leave the mode alone. */
  manual: boolean;
  /** The level that interrupts last saw. */
  seen: boolean;
  /** Of the PWM that drives it; 0 without. */
  hertz: number;
}

export class Pins {
  readonly #watches: Watches;
  readonly #fault: (text: string) => void;
  #pins: PinState[] = [];
  /** Pairs of pins, or of a pin and ground, that something outside joins now. */
  #contacts: () => readonly (readonly [number, number])[] = () => [];
  #shorted = false;
  readonly #count: number;
  readonly #level: boolean[];
  /** Pins that something outside holds high: a cable's supply on its sense pin. Whoever changes them calls `settle`. */
  readonly supplied = new Set<number>();
  /** Told when a pin begins to swing by itself at so many hertz, and with 0 when it ends. */
  onPwm: (pin: number, hertz: number) => void = () => {};
  /** What `analogRead` sees, from 0 to 1, by pin number. */
  readonly analog: Record<number, number> = {};

  /** @param fault told of what would harm a real board @param named how many pins there are beside the numbered ones */
  constructor(watches: Watches, fault: (text: string) => void, named = 0) {
    this.#watches = watches;
    this.#fault = fault;
    this.#count = PIN_COUNT + named;
    this.#level = new Array<boolean>(this.#count).fill(false);
    this.reset();
  }

  /** Wires something to the pins; it calls `settle` whenever its contacts change. */
  wire(contacts: () => readonly (readonly [number, number])[]): void {
    this.#contacts = contacts;
  }

  reset(): void {
    for (const [pin, state] of this.#pins.entries()) this.#swing(pin, state, 0);
    this.#pins = Array.from({ length: this.#count }, () => ({
      mode: "input",
      latch: false,
      manual: false,
      seen: false,
      hertz: 0,
    }));
    this.#shorted = false;
  }

  /** The pin's number, which is what its name stands for. @throws Error for what Espruino does not take as a pin */
  number(pin: unknown): number {
    if (typeof pin !== "number" || !Number.isInteger(pin) || pin < 0 || pin >= this.#count)
      throw new Error("Invalid pin");
    return pin;
  }

  pinMode(pin: unknown, mode?: unknown, automatic?: unknown): void {
    const state = this.#pins[this.number(pin)];
    if (mode === undefined || mode === "auto") {
      state.manual = false;
      return;
    }
    if (!INPUTS.has(String(mode)) && !OUTPUTS.includes(String(mode))) throw new Error("Unknown pin mode");
    state.mode = String(mode);
    state.manual = !automatic;
    this.settle();
  }

  /** A pin, or pins of which the last is the lowest bit of the result. */
  digitalRead(pins: unknown): number {
    let value = 0;
    for (const pin of Array.isArray(pins) ? pins : [pins]) value = (value << 1) | (this.read(pin) ? 1 : 0);
    return value;
  }

  /** The level of one pin; makes it an input unless `pinMode` said what it is. */
  read(pin: unknown): boolean {
    const number = this.number(pin);
    const state = this.#pins[number];
    if (!state.manual && state.mode !== "input") {
      state.mode = "input";
      this.settle();
    }
    return this.#levels()[number];
  }

  /** A pin, or pins of which the last takes the lowest bit; `true` and `false` are for all of them. */
  digitalWrite(pins: unknown, value: unknown): void {
    if (!Array.isArray(pins)) {
      this.#write(pins, Boolean(value));
      return;
    }
    let bits = typeof value === "boolean" ? (value ? -1 : 0) : Number(value);
    for (let i = pins.length - 1; i >= 0; i--) {
      this.#write(pins[i], (bits & 1) !== 0);
      bits >>= 1;
    }
  }

  /**
   * PWM without the firmware's help; as levels it is not modelled.
   * @throws Error for what is no pin; for a frequency that is none where the pin is to swing
   */
  analogWrite(pin: unknown, value: unknown, options?: { freq?: unknown }): void {
    const number = this.number(pin);
    const share = Number(value);
    const swings = share > 0 && share < 1;
    const hertz = Number(options?.freq);
    if (swings && !(hertz >= 1)) throw new Error("analogWrite is modelled with a frequency, { freq: hertz }");
    this.#write(number, share >= 1);
    if (swings) this.#swing(number, this.#pins[number], hertz);
  }

  analogRead(pin: unknown): number {
    const number = this.number(pin);
    if (number < FIRST_ANALOG) return Number.NaN;
    if (!this.#pins[number].manual) this.#pins[number].mode = "analog";
    return this.analog[number] ?? 0;
  }

  /** Works the levels out anew and tells the watches of each edge. */
  settle(): void {
    const levels = this.#levels();
    for (let pin = 0; pin < this.#count; pin++) {
      const state = this.#pins[pin];
      if (state.seen === levels[pin]) continue;
      state.seen = levels[pin];
      if (this.#watches.watched(pin)) this.#watches.edge(pin, levels[pin]);
    }
  }

  #write(pin: unknown, value: boolean): void {
    const number = this.number(pin);
    const state = this.#pins[number];
    this.#swing(number, state, 0);
    state.latch = value;
    if (!state.manual) state.mode = "output";
    this.settle();
  }

  #swing(pin: number, state: PinState, hertz: number): void {
    if (state.hertz === hertz) return;
    state.hertz = hertz;
    this.onPwm(pin, hertz);
  }

  #drive(state: PinState): Drive {
    const input = INPUTS.get(state.mode);
    if (input !== undefined) return input;
    if (!state.latch) return Drive.low;
    if (state.mode === "opendrain") return Drive.floating;
    return state.mode === "opendrain_pullup" ? Drive.pulledUp : Drive.high;
  }

  /** The level of each pin; the array is used again. */
  #levels(): readonly boolean[] {
    const contacts = this.#contacts();
    // Keys are up nearly always, and this runs for every write and read of a pin.
    if (contacts.length === 0) {
      this.#shorted = false;
      for (let pin = 0; pin < this.#count; pin++)
        this.#level[pin] = this.supplied.has(pin) || isHigh(this.#drive(this.#pins[pin]));
      return this.#level;
    }
    const drives = [...this.#pins.map((state) => this.#drive(state)), Drive.low, Drive.high];
    /** Ground and the supply stand behind the pins. */
    const place = (end: number) => (end < 0 ? this.#count - 1 - end : end);
    // One pin of each group of joined pins stands for the group.
    const group = drives.map((_, pin) => pin);
    const head = (pin: number): number => (group[pin] === pin ? pin : head(group[pin]));
    for (const [one, other] of contacts) group[head(place(one))] = head(place(other));
    const strongest: Drive[] = drives.map(() => Drive.floating);
    let shorted = false;
    for (let pin = 0; pin < drives.length; pin++) {
      const wire = head(pin);
      const [weaker, stronger] =
        drives[pin] < strongest[wire] ? [drives[pin], strongest[wire]] : [strongest[wire], drives[pin]];
      if (weaker === Drive.high && stronger === Drive.low) shorted = true;
      strongest[wire] = stronger;
    }
    if (shorted && !this.#shorted) this.#fault("a pin that drives high is joined to a pin that drives low");
    this.#shorted = shorted;
    for (let pin = 0; pin < this.#count; pin++)
      this.#level[pin] = this.supplied.has(pin) || isHigh(strongest[head(pin)]);
    return this.#level;
  }
}
