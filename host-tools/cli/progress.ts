/** What is going on and how far, on the standard error, for what takes a simulator minutes. A wait that is soon over is not told of. */

/** Milliseconds of the wall clock between two looks at a terminal's line, and between two lines where there is no terminal. */
const TERMINAL_MS = 1000;
const LINES_MS = 10_000;

export interface ProgressOptions {
  stream?: { readonly isTTY?: boolean; write(text: string): unknown };
  /** The wall clock in milliseconds. */
  now?: () => number;
}

export class Progress {
  readonly #stream: NonNullable<ProgressOptions["stream"]>;
  readonly #now: () => number;
  #next: number;
  #doing = "";
  #shown = false;

  constructor({ stream = process.stderr, now = () => performance.now() }: ProgressOptions = {}) {
    this.#stream = stream;
    this.#now = now;
    this.#next = now() + TERMINAL_MS;
  }

  /**
   * Called as often as one likes. A terminal has one line, which follows; elsewhere each new thing has a line, and a long one several.
   * @param ms that have passed for the simulated board
   */
  tell(doing: string, ms: number): void {
    const terminal = this.#stream.isTTY === true;
    const another = this.#shown && doing !== this.#doing;
    if (!another && this.#now() < this.#next) return;
    this.#next = this.#now() + (terminal ? TERMINAL_MS : LINES_MS);
    this.#doing = doing;
    this.#shown = true;
    const line = `${doing}: ${Math.round(ms)} ms simulated so far`;
    this.#stream.write(terminal ? `\r\x1b[K${line}` : `${line}\n`);
  }

  /** Looks again and again at how far something has come, until the result is called. */
  follow(doing: string, ms: () => number): () => void {
    const timer = setInterval(() => this.tell(doing, ms()), TERMINAL_MS);
    this.tell(doing, ms());
    return () => clearInterval(timer);
  }

  /** A terminal's line goes away. */
  end(): void {
    if (this.#shown && this.#stream.isTTY === true) this.#stream.write("\r\x1b[K");
    this.#shown = false;
  }
}
