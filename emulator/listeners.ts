/** Whoever wants to be told of something. What one of them throws is no matter of the others, nor of whoever tells them. */
import { EngineError } from "./engine.ts";

/** What a listener threw, or was rejected with: its `cause`. */
export class ListenerError extends Error {
  override name = "ListenerError";

  constructor(cause: unknown) {
    super(`a listener failed: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** Told of each ListenerError. */
export type OnListenerError = (error: ListenerError) => void;

export class Listeners<Told extends unknown[]> {
  readonly #calls = new Set<{ call: (...told: Told) => unknown }>();
  readonly #onError: OnListenerError;

  /** @param onError the console is told where it is not given, and where it fails itself */
  constructor(onError: OnListenerError = console.error) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#calls.size;
  }

  /**
   * The result takes this one away again, however often it is there.
   * @throws EngineError invalid for what can't be told
   */
  add(call: (...told: Told) => void): () => void {
    if (typeof call !== "function")
      throw new EngineError(
        "invalid",
        `a listener is a function, not ${call === null ? "null" : `of type ${typeof call}`}`,
      );
    const listener = { call };
    this.#calls.add(listener);
    return () => void this.#calls.delete(listener);
  }

  tell(...told: Told): void {
    for (const { call } of this.#calls) {
      try {
        const left = call(...told);
        // An `async` function is a listener, too.
        if (left instanceof Promise) left.catch((error: unknown) => this.#report(error));
      } catch (error) {
        this.#report(error);
      }
    }
  }

  #report(error: unknown): void {
    try {
      this.#onError(new ListenerError(error));
    } catch (worse) {
      console.error(worse, error);
    }
  }
}
