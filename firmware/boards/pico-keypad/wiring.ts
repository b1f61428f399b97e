/** What is soldered where, for the drivers and for whoever models this board. */
export { interpreter, storage } from "../pico-wiring.ts";

/** Two bytes that diversify the keys of the tokens. */
export const model = 0x0001;

export const display = { controller: "ssd1306", width: 128, height: 64, address: 0x3c } as const;

export const clock = { chip: "ds3231", address: 0x68 } as const;

/** The pin of a passive piezo, whose other end is on ground. A token without one is a silent one. */
export const sound = { pin: 15 } as const;

/** Pins by number, and what each key of the matrix does, row after row. */
export const keypad = {
  rows: [6, 7, 8, 9],
  columns: [10, 11, 12, 13],
  legend: "1 2 3 UP 4 5 6 DOWN 7 8 9 OFF CLEAR 0 OK MENU",
};
