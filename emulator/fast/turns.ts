/**
 * Work in turns: what is asked of an engine is done in the order in which it was asked, and what takes long is done in pieces, between
 * which everybody else in this process, or in this page, gets a turn.
 */

/** Milliseconds on the wall after which somebody else gets a turn. */
const TURN_MS = 50;

/** True once a turn that begins now has taken long enough. */
export function turn(): () => boolean {
  const end = performance.now() + TURN_MS;
  return () => performance.now() >= end;
}

/** Not a timer: a page that nobody looks at has its timers slowed down to one a second. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #over = turn();

  /** True while something is being done. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** Does it once all that was asked before is done, or was refused. */
  take<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const done = this.#last
      .then(() => (this.#over() ? this.rest() : undefined))
      .then(work)
      .finally(() => this.#waiting--);
    this.#last = done.catch(() => {});
    return done;
  }

  /** True once others should get their turn: time to `rest`. */
  over = (): boolean => this.#over();

  /** Lets everybody else have a turn. */
  async rest(): Promise<void> {
    await othersTurn();
    this.#over = turn();
  }
}
