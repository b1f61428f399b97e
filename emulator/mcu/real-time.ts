/**
 * Lets a board's time pass: by itself, at a speed against the clock on the wall, and as far as somebody asks for. The simulator works in
 * short turns, so that the process's servers and ports stay alive.
 */
import type { Rp2040Board } from "./rp2040-board.ts";

/** How long the simulator runs before others get their turn, in milliseconds of the wall clock. */
const TURN_MS = 10;
/** How often time catches up when nothing is urgent, in milliseconds of the wall clock. */
const TICK_MS = 5;
/** How often somebody who waits for something to happen looks, in milliseconds of board time. */
const STEP_MS = 1;
/** Further than that, in milliseconds, the simulator does not run after the wall clock: what it lost it lost. */
const MOST_BEHIND = 50;

const CLOSED = "time does not pass any more";

interface Waiting {
  /** Milliseconds of board time. */
  until: number;
  /** Whether it may end earlier. */
  done?: () => boolean;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class RealTime {
  /** Called after each turn. */
  onTurn: () => void = () => {};
  readonly #board: Rp2040Board;
  #speed = 0;
  /** Milliseconds of board time that the wall clock has allowed and that did not pass yet. */
  #owed = 0;
  #wall = performance.now();
  #waiting: Waiting[] = [];
  /**
   * Board time, in milliseconds, until which nobody who waits looks, however many turns that takes: with no time of its own, what a board
   * does is then the same in each run.
   */
  #nextLook = 0;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #failure: { error: unknown } | undefined;
  #closed = false;

  constructor(board: Rp2040Board) {
    this.#board = board;
  }

  get speed(): number {
    return this.#speed;
  }

  /** How fast time passes by itself; 0 is not at all, 1 is real time as far as the simulator keeps up. */
  set speed(speed: number) {
    this.#speed = speed;
    this.#owed = 0;
    this.#wall = performance.now();
    this.#nextLook = this.#board.time;
    this.#schedule();
  }

  /** By how many milliseconds of board time the board is behind the clock on the wall at this moment. */
  get behind(): number {
    return this.#owed + (performance.now() - this.#wall) * this.#speed;
  }

  /** Lets up to `ms` milliseconds pass, or fewer when `done` says so. @throws what the simulator threw, or that time is over */
  run(ms: number, done?: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error(CLOSED));
      this.#waiting.push({ until: this.#board.time + ms, done, resolve, reject });
      this.#nextLook = this.#board.time;
      this.#schedule();
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(CLOSED));
  }

  #schedule(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0 || this.#owed >= 1) this.#immediate ??= setImmediate(() => this.#turn());
    // What passes by itself keeps no process alive.
    else if (this.#speed > 0) this.#timer = setTimeout(() => this.#turn(), TICK_MS).unref();
  }

  #turn(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#immediate = undefined;
    try {
      if (this.#failure === undefined) this.#pass();
    } catch (error) {
      this.#failure = { error };
    }
    if (this.#failure !== undefined) {
      for (const { reject } of this.#waiting.splice(0)) reject(this.#failure.error);
      this.#speed = 0;
      this.#owed = 0;
      return;
    }
    this.onTurn();
    this.#schedule();
  }

  #pass(): void {
    const board = this.#board;
    const now = performance.now();
    this.#owed += (now - this.#wall) * this.#speed;
    this.#wall = now;
    const turnEnd = now + TURN_MS;
    for (;;) {
      if (board.time >= this.#nextLook) {
        this.#settle();
        const spans = this.#waiting.map(({ until, done }) => (done === undefined ? until - board.time : STEP_MS));
        const budget = spans.length > 0 ? Math.min(...spans) : this.#owed;
        if (budget <= 0) break;
        this.#nextLook = board.time + budget;
      }
      const left = turnEnd - performance.now();
      if (left <= 0) break;
      this.#owed -= board.run(this.#nextLook - board.time, left);
    }
    if (this.#speed > 0 && this.#owed > MOST_BEHIND) {
      // The clock chip is a chip of its own: it does not wait for a slow simulation.
      board.clockLeadMs += this.#owed - MOST_BEHIND;
      this.#owed = MOST_BEHIND;
    }
    if (this.#owed < 0) this.#owed = 0;
  }

  #settle(): void {
    const over = this.#waiting.filter(({ until, done }) => this.#board.time >= until || done?.() === true);
    if (over.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !over.includes(waiting));
    for (const { resolve } of over) resolve();
  }
}
