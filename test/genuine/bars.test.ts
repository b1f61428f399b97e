/** What a customer and a desk wait for, in cycles of the simulated chip: on each board, with machine code and without, no figure is over its bar. */
import { describe, expect, TestRunner, test } from "vitest";
import { cyclesOf } from "../../emulator/mcu/stepper.ts";
import { buildBoard } from "../../firmware/build/build.ts";
import { measureBoards, rowsOf } from "../bench/device.ts";
import { measured } from "./measured.ts";
import { rp2040Supplied } from "./rp2040.ts";

// Reason to skip: image and boot ROM are the user's to supply; mcu.test.ts says so in a line.
describe.skipIf(!rp2040Supplied)("the bars of a board", { timeout: 3_600_000 }, () => {
  test.each([
    { board: "pico-keypad", provider: "thumb", bars: 10 },
    { board: "pico-buttons", provider: "thumb", bars: 10 },
    { board: "pico-keypad", provider: "typescript", bars: 3 },
    { board: "pico-buttons", provider: "typescript", bars: 3 },
  ] as const)("are held by $board with $provider", async ({ board, provider, bars }) => {
    const rows = rowsOf(await measureBoards([await buildBoard(board)], [provider]));
    const barred = rows.filter(({ bar }) => bar !== undefined);
    expect(barred).toHaveLength(bars);
    measured(
      TestRunner.getCurrentTest()!,
      barred.map(({ name, value }) => ({
        name: `${board}, ${provider}: ${name}`,
        ms: Math.round(value * 1000) / 1000,
        cycles: cyclesOf(value),
      })),
    );
    const over = barred.filter(({ holds }) => !holds);
    expect(over.map(({ name, value, bar }) => `${name}: ${value}, at most ${bar}`)).toEqual([]);
  });
});
