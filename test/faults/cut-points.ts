/**
 * The power goes at every flash operation of something that a token does, and comes back: what the token then remembers is what it
 * remembered before that operation, or after it. The thing is done once; flash-record.ts says why that is enough.
 */
import { expect } from "vitest";
import type { Engine } from "../../emulator/engine.ts";
import { CLOCK_HISTORY } from "../../firmware/core/entries.ts";
import { Journal } from "../../firmware/core/journal.ts";
import { wire } from "../../host-tools/crypto/node.ts";
import {
  type CutPoint,
  cutAtEnd,
  cutPoint,
  type FlashRecord,
  type Left,
  type Recordable,
  record,
  sameLeft,
} from "./flash-record.ts";

/** Shares of an operation that are done: none, a part of its bits as the engine's seed draws them, all. */
const BEFORE = 0;
const TORN = 0.5;
const AFTER = 1;
export const TEARS = [BEFORE, TORN, AFTER];

/** Something that a token does. */
export interface Deed {
  readonly name: string;
  /** What the token is before. */
  readonly begins: Left;
  /** The changes of what it remembers, in their order. */
  readonly changes: readonly string[];
  /** Does it. Where the power goes on the way, it may fail in any way, or not at all. */
  perform(engine: Engine): Promise<void>;
  /** What must hold after a cut, with the power back, beside before-or-after. @param codes that were on the display before */
  holds?(engine: Engine, codes: readonly string[]): Promise<void>;
}

/** Gives what is left of a token its power: a fresh engine, with this flash and this clock chip. */
export type Boot = (left: Left) => Promise<Recordable>;

/** The file that the journal's pages lie in begins so; they begin at the next page. */
const FILE = Buffer.from("OCHRE journal");
const PAGE = 4096;
const PAGES = 2;
const IDS = 40;

/** The journal of such a file, mounted on a copy of its pages. */
function journalIn(flash: Buffer): Journal {
  // The words that the file begins with stand in a bundle, too, which may lie before it.
  for (let at = flash.indexOf(FILE); at >= 0; at = flash.indexOf(FILE, at + 1)) {
    const start = Math.ceil(at / PAGE) * PAGE;
    const cells = new Uint8Array(flash.subarray(start, start + PAGES * PAGE));
    const journal = new Journal(
      {
        pageSize: PAGE,
        pages: PAGES,
        read: (from, length) => cells.slice(from, from + length),
        write: (from, bytes) => {
          for (const [i, byte] of bytes.entries()) cells[from + i] &= byte;
        },
        erase: (from) => void cells.fill(0xff, from, from + PAGE),
      },
      wire,
    );
    if (cells.length === PAGES * PAGE && journal.mount()) return journal;
  }
  throw new Error("no journal is in this flash");
}

/** What a token's journal says, by identifier. @param flash of any engine @throws Error where there is no journal: two of none are not alike */
export function remembered(flash: Uint8Array): Record<number, string> {
  const journal = journalIn(Buffer.from(flash));
  const entries = Array.from({ length: IDS }, (_, id) => [id, journal.get(id)] as const);
  // What the clock showed before it was set is of the moment of that: it comes at a second's edge, now on this side and now on that.
  entries.find(([id]) => id === CLOCK_HISTORY)?.[1]?.fill(0, 0, 8);
  return Object.fromEntries(
    entries.flatMap(([id, value]) => (value === undefined ? [] : [[id, Buffer.from(value).toString("hex")]])),
  );
}

/** Does a deed without a cut. */
export async function recordDeed(boot: Boot, { begins, perform }: Omit<Deed, "holds">): Promise<FlashRecord> {
  const engine = await boot(begins);
  try {
    return await record(engine, () => perform(engine));
  } finally {
    await engine.close();
  }
}

/**
 * Cuts a deed at each of its operations, in each way, and when it is done. What is the same is given its power once.
 * @returns how many cuts there were, and how many times the power came back
 */
export async function cutEverywhere(
  boot: Boot,
  deed: Deed,
  recorded?: FlashRecord,
): Promise<{ cuts: number; boots: number }> {
  const done = recorded ?? (await recordDeed(boot, deed));
  const outcomes: { point: CutPoint; state: State }[] = [];
  const outcome = async (point: CutPoint) => {
    const known = outcomes.find((other) => alike(point, other.point));
    if (known !== undefined) return known.state;
    const state = await afterBoot(boot, deed, point);
    outcomes.push({ point, state });
    return state;
  };
  /** In their order, without the torn ones. */
  const states: State[] = [];
  for (let operation = 1; operation <= done.operations.length; operation++) {
    const around = [await outcome(cutPoint(done, operation, BEFORE)), await outcome(cutPoint(done, operation, AFTER))];
    expect(around, named(deed, operation)).toContainEqual(await outcome(cutPoint(done, operation, TORN)));
    states.push(...around);
  }
  states.push(await outcome(cutAtEnd(done)));
  expect(states.at(-1), `${deed.name} is done`).toEqual(remembered(done.left.flash));
  const steps = states.filter((state, i) => i > 0 && JSON.stringify(state) !== JSON.stringify(states[i - 1]));
  expect(steps.length, `${deed.name} changes: ${deed.changes.join(", ")}`).toBe(deed.changes.length);
  return { cuts: done.operations.length * TEARS.length + 1, boots: outcomes.length };
}

/**
 * Cuts a deed at the operation in its middle: before it, after it, and within it; what must hold is asked after the last.
 * @returns how many cuts there were
 */
export async function cutOnce(boot: Boot, deed: Deed): Promise<number> {
  const done = await recordDeed(boot, deed);
  const middle = Math.ceil(done.operations.length / 2);
  const around = [];
  for (const share of [BEFORE, AFTER])
    around.push(await afterBoot(boot, { ...deed, holds: undefined }, cutPoint(done, middle, share)));
  const torn = await afterBoot(boot, deed, cutPoint(done, middle, TORN));
  expect(around, named(deed, middle)).toContainEqual(torn);
  return TEARS.length;
}

/** What a cut leaves that the engine itself does, while the deed goes on. @param operation 1 the first */
export async function leftByCut(boot: Boot, { begins, perform }: Deed, operation: number, tear: number): Promise<Left> {
  const engine = await boot(begins);
  try {
    await engine.cutAtFlashOperation(operation, tear);
    const { operations, left } = await record(engine, () => perform(engine).catch(() => undefined));
    expect((await engine.power()).on, `operation ${operation} is reached`).toBe(false);
    expect(operations.length, "nothing comes after the cut").toBe(operation);
    // Whoever drives the token notices later that its power is gone.
    return { flash: left.flash, unixTime: operations[operation - 1].left.unixTime };
  } finally {
    await engine.close();
  }
}

type State = Record<number, string>;

/** What is left of a token gets its power. @returns what it remembers then */
async function afterBoot(boot: Boot, { name, holds }: Deed, point: CutPoint): Promise<State> {
  const engine = await boot(point);
  try {
    const state = remembered(await engine.dumpFlash());
    await holds?.(engine, codesOf(point)).catch((error: Error) => {
      error.message = `${name}, cut at operation ${point.operation}, ${point.tear} of it done: ${error.message}`;
      throw error;
    });
    return state;
  } finally {
    await engine.close();
  }
}

const named = ({ name }: Deed, operation: number) => `${name}, cut within operation ${operation}`;

/** The codes that the display had shown. */
const codesOf = ({ screens }: CutPoint) => screens.flatMap((screen) => screen.match(/\d{4} \d{4}/g) ?? []);

/** Nothing that a boot or a `holds` could see differs. */
const alike = (one: CutPoint, other: CutPoint) => sameLeft(one, other) && codesOf(one).join() === codesOf(other).join();
