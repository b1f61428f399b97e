/** A passive piezo between a pin and ground: a tone is half of each of its periods, made by the pin's PWM without the interpreter. */
import type { Sound } from "../../hal/board.ts";

declare const analogWrite: (pin: number, value: number, options: { freq: number }) => void;

/** Espruino never stops a PWM that it has begun: a silent one counts as slowly as it can, which an RP2040 can down to 8 Hz. */
const SILENT_HERTZ = 10;

export function piezo(pin: number): Sound {
  return {
    tone: function (hertz) {
      analogWrite(pin, hertz > 0 ? 0.5 : 0, { freq: hertz > 0 ? hertz : SILENT_HERTZ });
    },
  };
}
