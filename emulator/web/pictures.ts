/** The pictures of an engine's display: those that it tells of, and the one that it is asked for, which may come out of order. */
import type { Engine, Screen } from "../engine.ts";

export class Pictures {
  /** The newest one; undefined before there was any. */
  last: Screen | undefined;
  /** Told of each. */
  onNew: () => void = () => {};
  /** Ends that. */
  readonly stop: () => void;
  readonly #engine: Engine;

  /** Listens from now on: what is read later misses none. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.stop = engine.onScreen((screen) => {
      this.last = screen;
      this.onNew();
    });
  }

  /** The present picture: what was told while it was asked for is newer than the answer, or the same. */
  async read(): Promise<Screen> {
    const before = this.last;
    const screen = await this.#engine.screen();
    if (this.last === before || this.last === undefined) this.last = screen;
    return this.last;
  }
}
