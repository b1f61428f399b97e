/**
 * The small token: Raspberry Pi Pico (RP2040), SH1106 display on I2C1, four buttons on D6 to D9, USB-CDC. It has no clock chip: it knows
 * the time from a session with a host until it loses its power.
 */
import type { Board } from "../../hal/board.ts";
import { buttons } from "../chips/buttons.ts";
import { ownClock } from "../chips/own-clock.ts";
import { sh1106 } from "../chips/sh1106.ts";
import { pico, picoBus } from "../pico.ts";
import { display, keypad, model } from "./wiring.ts";

declare const D6: number;
declare const D7: number;
declare const D8: number;
declare const D9: number;

/** Sets the board's pins up and hands out its parts. */
export function picoButtons(): Board {
  return pico({
    name: "pico-buttons",
    model: model,
    display: sh1106(picoBus(), display.address),
    keypad: buttons([D6, D7, D8, D9], keypad.legend, false),
    clock: ownClock(),
  });
}
