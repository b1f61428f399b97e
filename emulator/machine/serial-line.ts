/**
 * The line between a host and the token, and what a bad one does to bytes: they get lost, arrive twice, with a bit turned over, or late.
 * Bytes never overtake each other.
 */
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
  readonly #onTheWay: Record<Direction, Piece[]> = { "to-token": [], "to-host": [] };

  constructor(scheduler: LineTime, random: Random, deliver: (direction: Direction, text: string) => void) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#deliver = deliver;
  }

  /** When the last byte that is on its way arrives, in microseconds; undefined when none is. */
  get busyUntil(): number | undefined {
    const dues = Object.values(this.#onTheWay).flatMap((pieces) => pieces.at(-1)?.due ?? []);
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

  /** Replaces all faults; those that never counted begin to count. What is on its way arrives as it was to. */
  set faults(faults: readonly (LineFault & Partial<CountedFault>)[]) {
    this.#faults = faults.map((fault) => ({ seen: 0, hits: 0, ...fault }));
  }

  /** Hands over, at once or later, what the faults leave of the bytes, one character each. */
  pass(direction: Direction, text: string): void {
    const waiting = this.#onTheWay[direction];
    const faults = this.#faults.filter((fault) => fault.direction === direction);
    if (faults.length === 0 && waiting.length === 0) {
      this.#deliver(direction, text);
      return;
    }
    const pieces: Piece[] = [];
    let due = Math.max(this.#scheduler.now, waiting.at(-1)?.due ?? 0);
    for (const byte of text) {
      const { bytes, delay } = this.#suffer(byte, faults);
      if (bytes === "") continue;
      due = Math.max(due, this.#scheduler.now + delay);
      if (pieces.at(-1)?.due === due) pieces.at(-1)!.text += bytes;
      else pieces.push({ due, text: bytes });
    }
    for (const piece of pieces) {
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

  #suffer(byte: string, faults: CountedFault[]): { bytes: string; delay: number } {
    let bytes = byte;
    let delay = 0;
    for (const fault of faults) {
      let left = "";
      for (const one of bytes) {
        const hit = ++fault.seen % fault.every === 0 && fault.hits < (fault.count ?? Number.POSITIVE_INFINITY);
        if (hit) fault.hits++;
        if (!hit) left += one;
        else if (fault.kind === "duplicate") left += one + one;
        else if (fault.kind === "corrupt")
          left += String.fromCharCode(one.charCodeAt(0) ^ (1 << this.#random.between(0, 7)));
        else if (fault.kind === "delay") {
          left += one;
          delay += Math.round((fault.delayMs ?? 0) * 1000);
        }
      }
      bytes = left;
    }
    return { bytes, delay };
  }
}
