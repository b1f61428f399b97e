/**
 * What a loss of power would leave of a token, at each operation of the flash that something takes, from doing it once.
 *
 * A loss of power leaves two chips: the flash, and the clock on its coin cell. RAM, processor and display begin anew. So what a token is
 * after a cut follows from what the two held at that moment, and they are what an uncut run had there: what is done, up to an operation,
 * does not depend on a cut to come. A recorder keeps both before each operation, and what the operation was to leave; `tear` of the
 * emulator's flash, which does a real cut too, does it in part. That such an image is what a real cut leaves, byte by byte and second by
 * second, is tested for each of them on the engine `fast`, and for some on genuine Espruino.
 */
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import type { FlashOperation } from "../../emulator/machine/flash.ts";
import { Random } from "../../emulator/machine/random.ts";
import { TEARING, tear } from "../../emulator/machine/torn.ts";
import { STORAGE_START } from "../../emulator/mcu/flash-chip.ts";
import type { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { ScreenReader } from "../../emulator/screen-reader.ts";

/** An engine in this process: its chips can be looked at past its calls. */
export type Recordable = FastEngine | McuEngine;

/** What is left of a token. */
export interface Left {
  flash: Uint8Array;
  /** What the clock chip says, Unix seconds; undefined where it lost its power and was not set since. */
  unixTime: number | undefined;
}

interface Operation {
  /** As it begins. */
  left: Left;
  /** Where it begins in the flash, and what it leaves there. */
  at: number;
  after: Uint8Array;
  /** How many of the screens came before it. */
  screens: number;
}

export interface FlashRecord {
  operations: Operation[];
  /** All that the display showed, as text. */
  screens: string[];
  /** At the end. */
  left: Left;
}

/** A loss of power. */
export interface CutPoint extends Left {
  /** Number of the operation that loses its power, 1 the first; one more than there are for a cut when all is done. */
  operation: number;
  /** The share of its bits that still change. */
  tear: number;
  /** What the display had shown before. */
  screens: readonly string[];
}

/** The flash of either engine. */
interface Recorded {
  onOperation: ((operation: FlashOperation) => void) | undefined;
}

const textOf = (lines: readonly { text: string }[]) => lines.map(({ text }) => text.trim()).join("\n");

/** Does something with an engine, and keeps what each operation of its flash was. */
export async function record(engine: Recordable, work: () => Promise<unknown>): Promise<FlashRecord> {
  const fast = engine instanceof FastEngine;
  const { display } = fast ? engine.machine : engine.board;
  const flash: Recorded = fast ? engine.machine.flash : engine.board.flash;
  const start = fast ? engine.machine.flash.start : STORAGE_START;
  const reader = new ScreenReader(engine.manifest);
  const screens: string[] = [];
  const stop = engine.onScreen((screen) => screens.push(textOf(screen.lines)));
  const kept: Promise<Operation>[] = [];
  flash.onOperation = ({ address, after }) => {
    // The listener may not have been told yet of what the display shows now.
    const shown = textOf(reader.lines(display.frame()));
    if (display.on && shown !== screens.at(-1)) screens.push(shown);
    const operation = { at: address - start, after: after.slice(), screens: screens.length };
    kept.push(engine.kept().then((left) => ({ ...operation, left })));
  };
  try {
    await work();
    const operations = await Promise.all(kept);
    // A picture may still be on its way to the listener.
    const { lines } = await engine.screen();
    return { operations, screens: [...screens, textOf(lines)], left: await engine.kept() };
  } finally {
    flash.onOperation = undefined;
    stop();
  }
}

/** What a cut at an operation leaves. @param operation 1 the first @param seed of the engine whose cut it would be */
export function cutPoint({ operations, screens }: FlashRecord, operation: number, share: number, seed = 1): CutPoint {
  const { left, at, after, screens: count } = operations[operation - 1];
  const flash = left.flash.slice();
  tear(flash.subarray(at, at + after.length), after, share, new Random(seed, TEARING));
  return { operation, tear: share, flash, unixTime: left.unixTime, screens: screens.slice(0, count) };
}

/** What a cut leaves when all is done. */
export function cutAtEnd({ operations, screens, left }: FlashRecord): CutPoint {
  return { operation: operations.length + 1, tear: 0, ...left, screens };
}

/** A token of which the same is left, to the second of its clock, goes on in the same way. */
export function sameLeft(one: Left, other: Left): boolean {
  const second = ({ unixTime }: Left) => unixTime && Math.floor(unixTime);
  return second(one) === second(other) && Buffer.compare(one.flash, other.flash) === 0;
}
