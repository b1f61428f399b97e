/** When a keypad's driver has looked at its keys, as the pins tell it: nothing in the bundle does. */
import { GPIOPinState, type RP2040 } from "rp2040js";
import type { Manifest } from "../machine/manifest.ts";

/** Told at the end of each look, when it began, in milliseconds of board time. Of rows the beginning is not told: 0. */
export type OnScan = (began: number) => void;

/** Offset of GPIO_IN in the processor's own I/O block (RP2040 data sheet 2.3.1.7). */
const GPIO_IN = 0x004;
/** Milliseconds that the reads of one look at buttons lie within; looks lie some twenty apart. */
const ONE_LOOK = 1;

export class Scans {
  readonly #call: OnScan;
  readonly #rows: readonly number[];
  readonly #buttons: number;
  #mcu: RP2040 | undefined;

  constructor(keypad: Manifest["keypad"], call: OnScan) {
    this.#call = call;
    this.#rows = "rows" in keypad ? keypad.rows : [];
    this.#buttons = "pins" in keypad ? keypad.pins.length : 0;
  }

  /** A processor gets power. @param time milliseconds of board time */
  powerOn(mcu: RP2040, time: () => number): void {
    this.#mcu = mcu;
    if (this.#buttons === 0) return;
    const { sio } = mcu;
    const read = sio.readUint32.bind(sio);
    let began = Number.NEGATIVE_INFINITY;
    let reads = 0;
    sio.readUint32 = (offset) => {
      if (offset === GPIO_IN) {
        const now = time();
        // An edge is read once by the interpreter's own interrupt.
        if (now - began > ONE_LOOK) {
          began = now;
          reads = 0;
        }
        if (++reads === this.#buttons) this.#call(began);
      }
      return read(offset);
    };
  }

  /** The processor drives a pin differently: a look at rows is over when all of them are low again. */
  driven(pin: number, state: GPIOPinState): void {
    const mcu = this.#mcu;
    if (mcu === undefined || state !== GPIOPinState.Low || !this.#rows.includes(pin)) return;
    if (this.#rows.every((row) => mcu.gpio[row].value === GPIOPinState.Low)) this.#call(0);
  }
}
