/**
 * Fingers on the keypad. Each key goes down and up on the token as it does on the page, but is held and rests for as long as contacts
 * need: a click of no length is a press all the same, and quick typing waits its turn.
 */
import type { Engine } from "../engine.ts";

/** Milliseconds of the token's time, longer than any debouncing: a genuine interpreter needs 80 for its two scans. */
const HOLD_MS = 100;
const GAP_MS = 60;
/** Looks at the token's time before a press is given up that takes for ever: its time was stopped meanwhile. */
const MOST_LOOKS = 100;

interface Press {
  key: string;
  released: Promise<void>;
  release: () => void;
}

export interface KeyPresserOptions {
  /** How fast the token's time passes; 0 is frozen, then keys take their own time. */
  speed: () => number;
  sleep?: (ms: number) => Promise<void>;
  /** Told of each finger that goes down. */
  onDown?: () => void;
  /** Told of each key that went down on the token. */
  onPressed?: () => void;
  /** Told of what the engine refuses. */
  onRefusal: (error: unknown) => void;
}

export class KeyPresser {
  readonly #engine: Engine;
  readonly #options: Required<KeyPresserOptions>;
  readonly #waiting: Press[] = [];
  readonly #held = new Map<string, Press>();
  #running = false;

  constructor(engine: Engine, options: KeyPresserOptions) {
    this.#engine = engine;
    this.#options = {
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      onDown: () => {},
      onPressed: () => {},
      ...options,
    };
  }

  /** A finger goes down. A key that is down already stays as it is. */
  down(key: string): void {
    if (this.#held.has(key)) return;
    this.#options.onDown();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const press = { key, released, release };
    this.#held.set(key, press);
    this.#waiting.push(press);
    void this.#run();
  }

  up(key: string): void {
    this.#held.get(key)?.release();
    this.#held.delete(key);
  }

  tap(key: string): void {
    this.down(key);
    this.up(key);
  }

  /** All fingers leave, as when the page loses the keyboard. */
  releaseAll(): void {
    for (const key of [...this.#held.keys()]) this.up(key);
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let press = this.#waiting.shift(); press !== undefined; press = this.#waiting.shift()) {
      try {
        await this.#engine.keyDown(press.key);
        this.#options.onPressed();
        await this.#pass(HOLD_MS);
        await press.released;
        await this.#engine.keyUp(press.key);
        await this.#pass(GAP_MS);
      } catch (error) {
        this.#options.onRefusal(error);
      }
    }
    this.#running = false;
  }

  async #pass(ms: number): Promise<void> {
    const until = (await this.#engine.clock()).timeMs + ms;
    // By the token's own time: on a busy computer it falls behind the clock on the wall, and the key would be up before it was seen.
    for (let left = ms, looks = 0; left > 0 && looks < MOST_LOOKS; looks++) {
      const speed = this.#options.speed();
      if (speed === 0) await this.#engine.advance(left);
      else await this.#options.sleep(Math.max(1, left / speed));
      left = until - (await this.#engine.clock()).timeMs;
    }
  }
}
