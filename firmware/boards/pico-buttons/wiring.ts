/** What is soldered where, for the drivers and for whoever models this board. */
export { interpreter, storage } from "../pico-wiring.ts";

/** Two bytes that diversify the keys of the tokens. */
export const model = 0x0002;

export const display = { controller: "sh1106", width: 128, height: 64, address: 0x3c } as const;

/** There is no clock chip. */
export const clock = undefined;

/** There is no buzzer. */
export const sound = undefined;

/** Pins by number, each with a button to ground, and what the button does. */
export const keypad = {
  pins: [6, 7, 8, 9],
  legend: "UP DOWN OK CLEAR",
};
