/**
 * The power goes at every flash operation of something that a token does, and comes back: what the token then remembers is what it
 * remembered before that operation, or after it.
 */
import { expect } from "vitest";
import type { Engine } from "../../emulator/engine.ts";
import { CLOCK_HISTORY } from "../../firmware/core/entries.ts";
import { Journal } from "../../firmware/core/journal.ts";
import { wire } from "../../host-tools/crypto/node.ts";

/** A part of the bits of an operation, drawn by the engine's seed, changes before the power is gone. */
const TORN = 0.5;
/** Cuts beside the one before an operation: within it, after it. */
export const TEARS = [TORN, 1];

/** Something that a token does, from a flash on. */
export interface Deed {
  readonly name: string;
  /** What the token's flash holds before. */
  readonly flash: Uint8Array;
  /** The changes of what it remembers, in their order. */
  readonly changes: readonly string[];
  /** Does it. Where the power goes on the way, it may fail in any way, or not at all. */
  perform(engine: Engine): Promise<void>;
  /** What must hold after a cut, with the power back, beside before-or-after. */
  holds?(engine: Engine): Promise<void>;
}

/** The file that the journal's pages lie in begins so; they begin at the next page. */
const FILE = Buffer.from("OCHRE journal");
const PAGE = 4096;
const PAGES = 2;
const IDS = 256;

/** What a token's journal says, by identifier. @param flash of any engine */
export function remembered(flash: Uint8Array): Record<number, string> {
  const start = Math.ceil(Buffer.from(flash).indexOf(FILE) / PAGE) * PAGE;
  const cells = flash.slice(start, start + PAGES * PAGE);
  const journal = new Journal(
    {
      pageSize: PAGE,
      pages: PAGES,
      read: (at, length) => cells.slice(at, at + length),
      write: (at, bytes) => {
        for (const [i, byte] of bytes.entries()) cells[at + i] &= byte;
      },
      erase: (at) => void cells.fill(0xff, at, at + PAGE),
    },
    wire,
  );
  if (!journal.mount()) return {};
  const entries = Array.from({ length: IDS }, (_, id) => [id, journal.get(id)] as const);
  // What the clock showed before it was set is of the moment of that: it comes at a second's edge, now on this side and now on that.
  entries.find(([id]) => id === CLOCK_HISTORY)?.[1]?.fill(0, 0, 8);
  return Object.fromEntries(
    entries.flatMap(([id, value]) => (value === undefined ? [] : [[id, Buffer.from(value).toString("hex")]])),
  );
}

/** What a deed came to with the power taken away at its operation of this number, 1 the first; without one, at its end. */
async function outcome(boot: (flash: Uint8Array) => Promise<Engine>, deed: Deed, operation = 0, tear = 0) {
  const engine = await boot(deed.flash);
  try {
    await engine.cutAtFlashOperation(operation, tear);
    const before = (await engine.power()).flashOperations;
    await deed.perform(engine).catch((error: unknown) => {
      if (operation === 0) throw error;
    });
    const { on, flashOperations } = await engine.power();
    const cut = operation > 0 && flashOperations - before >= operation;
    if (cut) {
      // A cut on a token that does nothing more is not noticed by whoever drives it.
      if (on) await engine.powerOff();
      await engine.powerOn();
    }
    const state = remembered(await engine.dumpFlash());
    if (cut) await deed.holds?.(engine);
    return { cut, operations: flashOperations - before, state };
  } finally {
    await engine.close();
  }
}

/**
 * Cuts a deed at each of its operations, in each way, on a fresh engine each time.
 * @returns how many cuts there were
 */
export async function cutEverywhere(boot: (flash: Uint8Array) => Promise<Engine>, deed: Deed): Promise<number> {
  const { operations, state: last } = await outcome(boot, deed);
  /** What the token remembers before each operation, and at the end. */
  const states: Record<number, string>[] = [];
  for (let operation = 1; operation <= operations; operation++) {
    const { cut, state } = await outcome(boot, deed, operation, 0);
    expect(cut, `${deed.name}: operation ${operation} is reached`).toBe(true);
    states.push(state);
  }
  states.push(last);
  for (let operation = 1; operation <= operations; operation++)
    for (const tear of TEARS) await cutAt(boot, deed, operation, tear, states.slice(operation - 1, operation + 1));
  const steps = states.filter((state, i) => i > 0 && JSON.stringify(state) !== JSON.stringify(states[i - 1]));
  expect(steps.length, `${deed.name} changes: ${deed.changes.join(", ")}`).toBe(deed.changes.length);
  return operations * (1 + TEARS.length);
}

/**
 * Cuts a deed at one of its operations: before it, after it, and within it; what must hold is asked after the last.
 * @param operation 1 the first
 * @returns how many cuts there were
 */
export async function cutOnce(
  boot: (flash: Uint8Array) => Promise<Engine>,
  deed: Deed,
  operation: number,
): Promise<number> {
  const around = [];
  for (const tear of [0, 1]) around.push((await outcome(boot, { ...deed, holds: undefined }, operation, tear)).state);
  await cutAt(boot, deed, operation, TORN, around);
  return 1 + around.length;
}

/** How many operations of the flash a deed takes. */
export async function operationsOf(boot: (flash: Uint8Array) => Promise<Engine>, deed: Deed): Promise<number> {
  return (await outcome(boot, deed)).operations;
}

async function cutAt(
  boot: (flash: Uint8Array) => Promise<Engine>,
  deed: Deed,
  operation: number,
  tear: number,
  around: Record<number, string>[],
) {
  const { cut, state } = await outcome(boot, deed, operation, tear);
  expect(cut, `${deed.name}: operation ${operation} is reached`).toBe(true);
  expect(around, `${deed.name}: cut at operation ${operation}, torn by ${tear}`).toContainEqual(state);
}
