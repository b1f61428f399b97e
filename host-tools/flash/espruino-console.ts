/**
 * Espruino's console over a line: expressions in, what the interpreter prints as their value out.
 *
 * A line is one statement list between two marks, so that neither a prompt, nor an echo, nor what a program prints by itself can be taken
 * for an answer: marks are typed in two pieces, and while a line runs nothing else does.
 */
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Line } from "../device/frame-transport.ts";
import { PortError } from "../device/port-error.ts";
import { FlashError } from "./flash-error.ts";

/** Interrupts a program, and empties the line that is being typed. */
const CTRL_C = "\x03";
/** At the beginning of a line: it is not echoed, and not remembered. */
const DLE = "\x10";
const PAUSES = [100, 200, 400, 800, 1600];
/** What the interpreter prints besides, that is kept while a mark is waited for. */
const KEPT = 16_384;

export interface AskOptions {
  /** Milliseconds until the answer must be whole. */
  timeoutMs?: number;
  /** The line holds keys: what the interpreter says to it is told to nobody. */
  secret?: boolean;
}

export class EspruinoConsole {
  readonly #line: Line;
  readonly #timeoutMs: number;
  readonly #name = randomInt(2 ** 32).toString(36);
  #lines = 0;
  #heard = "";
  #ended: PortError | undefined;
  #changed: () => void = () => {};

  /** Takes the line over: what came in before is forgotten. @param timeoutMs that a line may take */
  constructor(line: Line, timeoutMs = 10_000) {
    this.#line = line;
    this.#timeoutMs = timeoutMs;
    line.onText = (text) => {
      this.#heard += text;
      this.#changed();
    };
    line.onEnd = (why) => this.#end(why);
  }

  /** Everything that came in since the last line was typed. */
  get heard(): string {
    return this.#heard;
  }

  /**
   * Stops what runs and what is half typed, and looks whether an interpreter answers.
   * @param timeoutMs for an answer, each time
   * @param pauses between the two, in milliseconds, one for each time that it is tried: Ctrl-C interrupts the very line that an
   *   interpreter reads together with it, as one does that has just started or is busy for a second at a time
   * @throws PortError when the line ends
   */
  async wake(timeoutMs: number, pauses: readonly number[] = PAUSES): Promise<boolean> {
    for (const pauseMs of pauses) {
      this.#write(CTRL_C);
      await sleep(pauseMs);
      if ((await this.#evaluate("0", timeoutMs)) !== undefined) return true;
    }
    return false;
  }

  /** Types a statement after which nothing is as it was: `wake` tells when the interpreter is there again. */
  type(statement: string): void {
    this.#write(`${DLE}${statement}\n`);
  }

  /**
   * The value of an expression, as text.
   * @throws FlashError `refused` with what the interpreter said
   * @throws PortError when the line ends
   */
  async ask(expression: string, { timeoutMs = this.#timeoutMs, secret = false }: AskOptions = {}): Promise<string> {
    const answer = await this.#evaluate(expression, timeoutMs);
    if (answer?.startsWith("=")) return answer.slice(1);
    const said = secret ? "" : `: ${printable(answer ?? this.#heard)}`;
    const what = answer === undefined ? `gave no answer within ${timeoutMs} ms` : "refused a line";
    throw new FlashError("refused", `The interpreter on ${this.#line.path} ${what}${said}`);
  }

  /** What is printed between the marks of the line; undefined when they do not come in time. */
  async #evaluate(expression: string, timeoutMs: number): Promise<string | undefined> {
    const rest = `${this.#name}-${++this.#lines}#`;
    const mark = `print("#"+"${rest}")`;
    this.#heard = "";
    this.#write(`${DLE}${mark};try{print("="+(${expression}))}catch(e){print("!"+e.message)};${mark}\n`);
    const end = performance.now() + timeoutMs;
    for (;;) {
      const parts = this.#heard.split(`#${rest}\r\n`);
      if (parts.length > 2) return parts[1].replace(/\r\n$/, "");
      if (parts.length === 1) this.#heard = this.#heard.slice(-KEPT);
      if (this.#ended) throw this.#ended;
      const left = end - performance.now();
      if (left <= 0) return undefined;
      await this.#change(left);
    }
  }

  /** Returns when something came in, the line ended, or time is up. */
  #change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #write(text: string): void {
    // Who waits for the answer hears of a line that takes nothing more: it has ended.
    this.#line.write(text).catch((error: Error) => {
      const { path } = this.#line;
      this.#end(
        error instanceof PortError ? error : new PortError("vanished", path, `${path} vanished: ${error.message}`),
      );
    });
  }

  #end(why: PortError): void {
    this.#ended ??= why;
    this.#changed();
  }
}

/** The last of what was heard, as one line of visible characters. */
function printable(text: string): string {
  const visible = text.replace(/[^\x20-\x7e]+/g, " ").trim();
  return visible === "" ? "nothing" : JSON.stringify(visible.slice(-200));
}
