/**
 * The reference token: Raspberry Pi Pico (RP2040), SSD1306 display and DS3231 clock on I2C1, 4 x 4 keypad on D6 to D9 (rows) and D10 to
 * D13 (columns), a passive piezo on D15, USB-CDC. Anybody can build one for about ten dollars.
 */
import type { Board } from "../../hal/board.ts";
import { ds3231 } from "../chips/ds3231.ts";
import { keypadMatrix } from "../chips/keypad-matrix.ts";
import { piezo } from "../chips/piezo.ts";
import { ssd1306 } from "../chips/ssd1306.ts";
import { pico, picoBus } from "../pico.ts";
import { display, keypad, model } from "./wiring.ts";

declare const D6: number;
declare const D7: number;
declare const D8: number;
declare const D9: number;
declare const D10: number;
declare const D11: number;
declare const D12: number;
declare const D13: number;
declare const D15: number;

/** Sets the board's pins up and hands out its parts. */
export function picoKeypad(): Board {
  const bus = picoBus();
  return pico({
    name: "pico-keypad",
    model: model,
    display: ssd1306(bus, display.address),
    keypad: keypadMatrix([D6, D7, D8, D9], [D10, D11, D12, D13], keypad.legend),
    clock: ds3231(bus),
    sound: piezo(D15),
  });
}
