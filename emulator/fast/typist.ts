/** Keys that are to be pressed one after the other, at times of the token's own. */

/** One call's keys. */
interface Press {
  keys: number;
  /** How many of them went down. */
  pressed: number;
  typed?: Promise<void>;
  done: () => void;
  refuse: (reason: Error) => void;
}

/** A change of one key. */
export interface Stroke {
  key: string;
  down: boolean;
  bounceMs: number;
}

/** A stroke, and how long the finger then rests. */
interface TimedStroke extends Stroke {
  /** Microseconds. */
  rest: number;
  press: Press;
  /** The last of its press. */
  last: boolean;
}

export interface Held {
  holdMs: number;
  gapMs: number;
  bounceMs: number;
}

export class Typist {
  /** When the next thing is to be done, and when the last has been, in microseconds. */
  #next = 0;
  #end = 0;
  #strokes: TimedStroke[] = [];
  #held: string | undefined;
  /** Whose last key was released, while the finger rests. */
  #finishing: Press | undefined;

  /** When there is something to do next, in microseconds; undefined when there is not. */
  get due(): number | undefined {
    return this.#strokes.length > 0 || this.#finishing !== undefined ? this.#next : undefined;
  }

  /** The key that the finger is on. */
  get held(): string | undefined {
    return this.#held;
  }

  /** When keys would have been pressed that are added now, in microseconds. */
  endOf(keys: readonly string[], { holdMs, gapMs }: Held, now: number): number {
    const begun = this.due === undefined ? now : this.#end;
    return begun + keys.length * (Math.round(holdMs * 1000) + Math.round(gapMs * 1000));
  }

  /**
   * Adds keys behind those that wait.
   * @param now microseconds
   * @returns fulfilled once the last has been released and rested; rejected by `drop`
   */
  type(keys: readonly string[], held: Held, now: number): Promise<void> {
    if (keys.length === 0) return Promise.resolve();
    const { holdMs, gapMs, bounceMs } = held;
    this.#end = this.endOf(keys, held, now);
    if (this.due === undefined) this.#next = now;
    let press: Press | undefined;
    const typed = new Promise<void>((done, refuse) => {
      press = { keys: keys.length, pressed: 0, done, refuse };
      for (const [i, key] of keys.entries()) {
        const last = i === keys.length - 1;
        this.#strokes.push({ key, down: true, bounceMs, rest: Math.round(holdMs * 1000), press, last: false });
        this.#strokes.push({ key, down: false, bounceMs, rest: Math.round(gapMs * 1000), press, last });
      }
    });
    // Whoever typed may have been told of something else before he waits for this.
    typed.catch(() => {});
    press!.typed = typed;
    return typed;
  }

  /**
   * Forgets what waits of one call's keys, and refuses it; those behind them move up.
   * @param typed as `type` gave it @param now microseconds
   * @returns the key that the finger leaves, where it was on one of them
   */
  forget(typed: Promise<void>, reason: Error, now: number): string | undefined {
    const first = this.#strokes.find(({ press }) => press.typed === typed);
    if (first === undefined) return undefined;
    const held = first.down ? undefined : this.#held;
    if (held !== undefined) this.#held = undefined;
    if (first === this.#strokes[0] && first.press.pressed > 0) this.#next = now;
    this.#strokes = this.#strokes.filter(({ press }) => press.typed !== typed);
    this.#end = this.#strokes.reduce((end, { rest }) => end + rest, this.#next);
    first.press.refuse(reason);
    return held;
  }

  /** What is due: a stroke to be made now, or none at the end of a rest. */
  step(): Stroke | undefined {
    this.#finishing?.done();
    this.#finishing = undefined;
    const stroke = this.#strokes.shift();
    if (stroke === undefined) return undefined;
    const { key, down, rest, press, last } = stroke;
    this.#next += rest;
    this.#held = down ? key : undefined;
    if (down) press.pressed++;
    if (last) this.#finishing = press;
    return stroke;
  }

  /**
   * Forgets all keys that wait. A press of which all keys went down is done; of the others each is refused.
   * @returns the key that the finger leaves, where it was on one
   */
  drop(reason: (pressed: number, keys: number) => Error): string | undefined {
    const presses = new Set(this.#strokes.splice(0).map(({ press }) => press));
    if (this.#finishing !== undefined) presses.add(this.#finishing);
    for (const press of presses)
      if (press.pressed === press.keys) press.done();
      else press.refuse(reason(press.pressed, press.keys));
    const held = this.#held;
    this.#finishing = undefined;
    this.#held = undefined;
    return held;
  }
}
