/** What is soldered to the RP2040's pins, joined by the keys that are down: each group of joined wires has one level. */
import { GPIOPinState, type RP2040 } from "rp2040js";
import { GROUND } from "../machine/pins.ts";

type Contact = readonly [number, number];

export class GpioWires {
  /** Pairs of pins, or of a pin and ground, that something outside joins now. */
  #contacts: () => readonly Contact[] = () => [];
  #mcu: RP2040 | undefined;
  readonly #pins: readonly number[];
  readonly #levels = new Map<number, boolean>();

  /** @param pins numbers of the pins that have wires */
  constructor(pins: readonly number[]) {
    this.#pins = pins;
  }

  /** Wires something to the pins; it calls `settle` whenever its contacts change. */
  wire(contacts: () => readonly Contact[]): void {
    this.#contacts = contacts;
  }

  /** A processor gets power: from now on its pins decide. @param changed told when it drives one of the pins differently */
  powerOn(mcu: RP2040, changed: (pin: number, state: GPIOPinState) => void): void {
    this.#mcu = mcu;
    this.#levels.clear();
    for (const pin of this.#pins) {
      mcu.gpio[pin].addListener((state) => {
        this.settle();
        changed(pin, state);
      });
    }
    this.settle();
  }

  powerOff(): void {
    this.#mcu = undefined;
  }

  /** Works the levels out anew. */
  settle(): void {
    const gpio = this.#mcu?.gpio;
    if (gpio === undefined) return;
    const contacts = this.#contacts();
    for (const pin of this.#pins) {
      const states = joinedTo(pin, contacts).map((member) =>
        member === GROUND ? GPIOPinState.Low : gpio[member].value,
      );
      const level = levelOf(states);
      // The library takes each call for an edge.
      if (this.#levels.get(pin) === level) continue;
      this.#levels.set(pin, level);
      gpio[pin].setInputValue(level);
    }
  }
}

/** A pin and all that contacts join to it, over any number of them. */
function joinedTo(pin: number, contacts: readonly Contact[]): number[] {
  const group = [pin];
  for (const member of group) {
    for (const [one, other] of contacts) {
      if (one === member && !group.includes(other)) group.push(other);
      if (other === member && !group.includes(one)) group.push(one);
    }
  }
  return group;
}

/** Low wins over high, as open drains pull down what resistors pull up. A wire that nothing holds is low. */
function levelOf(states: GPIOPinState[]): boolean {
  if (states.includes(GPIOPinState.Low)) return false;
  return states.includes(GPIOPinState.High) || states.includes(GPIOPinState.InputPullUp);
}
