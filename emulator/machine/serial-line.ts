/**
 * The line between a host and the token, and what a bad one does to bytes: they get lost, arrive twice, with a bit turned over, or late.
 * Bytes never overtake each other.
 */
import { latin1 } from "./byte-arguments.ts";
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";

export type Direction = "to-token" | "to-host";

/** The time in which bytes are late. */
export type LineTime = Pick<Scheduler, "now" | "at">;

/** Hits every byte of number `every`, 2 x `every` and so on, counted from when the fault was set. */
export interface LineFault {
  direction: Direction;
  kind: "drop" | "duplicate" | "corrupt" | "delay";
  every: number;
  /** How many bytes it hits; without it, all to come. */
  count?: number;
  /** Milliseconds, for `delay`. */
  delayMs?: number;
}

/** A fault and how far it has counted. */
export interface CountedFault extends LineFault {
  seen: number;
  hits: number;
}

const DIRECTIONS: Record<Direction, true> = { "to-token": true, "to-host": true };
const KINDS: Record<LineFault["kind"], true> = { drop: true, duplicate: true, corrupt: true, delay: true };

function checkFault({ direction, kind, every, count, delayMs }: LineFault): void {
  const expect = (right: boolean, expected: string, value: unknown) => {
    if (!right) throw new RangeError(`${expected}, not ${JSON.stringify(value)}`);
  };
  const oneOf = (names: object) => Object.keys(names).join(" or ");
  const counts = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;
  expect(Object.hasOwn(DIRECTIONS, direction), `the direction of a fault is ${oneOf(DIRECTIONS)}`, direction);
  expect(Object.hasOwn(KINDS, kind), `the kind of a fault is ${oneOf(KINDS)}`, kind);
  expect(counts(every), "a fault hits every so many bytes, from 1", every);
  expect(count === undefined || counts(count), "the count of bytes that a fault hits is from 1", count);
  const late = typeof delayMs === "number" && delayMs >= 0 && delayMs < Number.POSITIVE_INFINITY;
  expect(late || (delayMs === undefined && kind !== "delay"), "delayMs is how late bytes are", delayMs);
}

/** Bytes in one part: with the most faults that there may be, some hundredths of a second. */
const PART = 1024;

interface Piece {
  /** Microseconds. */
  due: number;
  text: string;
}

export class SerialLine {
  readonly #scheduler: LineTime;
  readonly #random: Random;
  readonly #deliver: (direction: Direction, text: string) => void;
  #faults: CountedFault[] = [];
  /** What faults have not been through yet: more than one part of bytes came at once. */
  readonly #unpassed: Record<Direction, string> = { "to-token": "", "to-host": "" };
  readonly #suffered: [number[], number[]] = [[], []];
  readonly #onTheWay: Record<Direction, Piece[]> = { "to-token": [], "to-host": [] };

  constructor(scheduler: LineTime, random: Random, deliver: (direction: Direction, text: string) => void) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#deliver = deliver;
  }

  /** When the last byte that is on its way arrives, in microseconds; undefined when none is. */
  get busyUntil(): number | undefined {
    const dues = Object.values(this.#onTheWay).flatMap((pieces) => pieces.at(-1)?.due ?? []);
    if (Object.values(this.#unpassed).some((text) => text !== "")) dues.push(this.#scheduler.now);
    return dues.length === 0 ? undefined : Math.max(...dues);
  }

  get faults(): CountedFault[] {
    return this.#faults.map((fault) => ({ ...fault }));
  }

  /** The faults that still hit bytes, with the count that is left to each. */
  get acting(): LineFault[] {
    return this.#faults
      .filter(({ count, hits }) => count === undefined || hits < count)
      .map(({ seen: _, hits, ...fault }) =>
        fault.count === undefined ? fault : { ...fault, count: fault.count - hits },
      );
  }

  /**
   * Replaces all faults; those that never counted begin to count. What is on its way arrives as it was to.
   * @throws RangeError for what would never hit a byte
   */
  set faults(faults: readonly (LineFault & Partial<CountedFault>)[]) {
    for (const fault of faults) checkFault(fault);
    this.#faults = faults.map((fault) => ({ seen: 0, hits: 0, ...fault }));
  }

  /**
   * Hands over, at once or later, what the faults leave of the bytes, one character each. Many bytes are gone through in parts, at this
   * same time: what they do to the firmware may happen in between, and whoever waits for it all may have a turn.
   */
  pass(direction: Direction, text: string): void {
    const unpassed = this.#unpassed[direction];
    const faulty = this.#faults.some((fault) => fault.direction === direction);
    if (!faulty && unpassed === "" && this.#onTheWay[direction].length === 0) {
      this.#deliver(direction, text);
      return;
    }
    this.#unpassed[direction] += text;
    if (unpassed === "") this.#passSome(direction);
  }

  #passSome(direction: Direction): void {
    const waiting = this.#onTheWay[direction];
    const faults = this.#faults.filter((fault) => fault.direction === direction);
    const text = this.#unpassed[direction].slice(0, PART);
    const rest = this.#unpassed[direction].slice(PART);
    this.#unpassed[direction] = rest;
    if (rest !== "") this.#scheduler.at(this.#scheduler.now, () => this.#passSome(direction));
    const pieces: { due: number; bytes: number[] }[] = [];
    let due = Math.max(this.#scheduler.now, waiting.at(-1)?.due ?? 0);
    for (let i = 0; i < text.length; i++) {
      const { bytes, delay } = this.#suffer(text.charCodeAt(i), faults);
      if (bytes.length === 0) continue;
      due = Math.max(due, this.#scheduler.now + delay);
      const last = pieces.at(-1);
      if (last?.due !== due) pieces.push({ due, bytes: [...bytes] });
      else for (const byte of bytes) last.bytes.push(byte);
    }
    for (const { due, bytes } of pieces) {
      const piece: Piece = { due, text: latin1(new Uint8Array(bytes)) };
      if (piece.due <= this.#scheduler.now) {
        this.#deliver(direction, piece.text);
        continue;
      }
      waiting.push(piece);
      this.#scheduler.at(piece.due, () => {
        waiting.shift();
        this.#deliver(direction, piece.text);
      });
    }
  }

  /** Numbers instead of text, and the same two lists for every byte: twelve faults on sixteen times 64 KiB are millions of hits. */
  #suffer(byte: number, faults: readonly CountedFault[]): { bytes: readonly number[]; delay: number } {
    let [bytes, left] = this.#suffered;
    bytes.length = 0;
    bytes.push(byte);
    let delay = 0;
    for (const fault of faults) {
      const { kind, every, count = Number.POSITIVE_INFINITY } = fault;
      left.length = 0;
      for (const one of bytes) {
        const hit = ++fault.seen % every === 0 && fault.hits < count;
        if (hit) fault.hits++;
        if (!hit) left.push(one);
        else if (kind === "duplicate") left.push(one, one);
        else if (kind === "corrupt") left.push(one ^ (1 << this.#random.between(0, 7)));
        else if (kind === "delay") {
          left.push(one);
          delay += Math.round((fault.delayMs ?? 0) * 1000);
        }
      }
      [bytes, left] = [left, bytes];
    }
    return { bytes, delay };
  }
}
