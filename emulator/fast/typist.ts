/** Keys that are to be pressed one after the other, at times of the token's own. */

/** A change of one key, and how long the finger then rests. */
interface Stroke {
  key: string;
  down: boolean;
  bounceMs: number;
  /** Microseconds. */
  rest: number;
  /** Called once the rest is over. */
  done?: () => void;
}

export interface Held {
  holdMs: number;
  gapMs: number;
  bounceMs: number;
}

export class Typist {
  /** When the next thing is to be done, in microseconds. */
  #next = 0;
  #strokes: Stroke[] = [];
  #finishing: (() => void) | undefined;

  /** When there is something to do next, in microseconds; undefined when there is not. */
  get due(): number | undefined {
    return this.#strokes.length > 0 || this.#finishing !== undefined ? this.#next : undefined;
  }

  /** Adds keys behind those that wait. @param now microseconds @returns fulfilled once the last has been released and rested */
  type(keys: readonly string[], { holdMs, gapMs, bounceMs }: Held, now: number): Promise<void> {
    if (keys.length === 0) return Promise.resolve();
    if (this.due === undefined) this.#next = now;
    return new Promise((done) => {
      for (const [i, key] of keys.entries()) {
        this.#strokes.push({ key, down: true, bounceMs, rest: Math.round(holdMs * 1000) });
        const last = i === keys.length - 1 ? done : undefined;
        this.#strokes.push({ key, down: false, bounceMs, rest: Math.round(gapMs * 1000), done: last });
      }
    });
  }

  /** Does what is due. @param move moves one key */
  step(move: (key: string, down: boolean, bounceMs: number) => void): void {
    this.#finishing?.();
    this.#finishing = undefined;
    const stroke = this.#strokes.shift();
    if (stroke === undefined) return;
    this.#next += stroke.rest;
    this.#finishing = stroke.done;
    move(stroke.key, stroke.down, stroke.bounceMs);
  }

  /** Forgets all keys that wait: whoever waits for them goes on. */
  forget(): void {
    const waiting = this.#strokes.splice(0);
    this.#finishing?.();
    this.#finishing = undefined;
    for (const stroke of waiting) stroke.done?.();
  }
}
