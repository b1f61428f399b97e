/**
 * A `Transport` over any line that carries text: one request outstanding at a time, sent again under the same sequence number when
 * no answer comes. The token executes it once and repeats its answer.
 */
import { randomInt } from "node:crypto";
import type { Frame } from "../../protocol/framing/frame.ts";
import { FrameReader } from "../../protocol/framing/frame-reader.ts";
import { Requester } from "../../protocol/framing/requester.ts";
import { wire } from "../crypto/node.ts";
import { PortError } from "./port-error.ts";
import type { Transport } from "./transport.ts";

/** A line of bytes, as Latin-1 strings. */
export interface Line {
  /** For messages: what the user calls it. */
  readonly path: string;
  /** Settles when the line has taken the text. */
  write(text: string): Promise<void>;
  close(): Promise<void>;
  /** Set by the transport: called with what came in. */
  onText: (text: string) => void;
  /** Set by the transport: called once, when the line ends by itself. */
  onEnd: (why: PortError) => void;
}

export interface FrameTransportOptions {
  /** Milliseconds without an answer after which a request is sent again: 5000. A microcontroller takes up to three seconds for a block. */
  timeoutMs?: number;
  /** How many times a request is sent again: 2. */
  retries?: number;
}

export class FrameTransport implements Transport {
  readonly #line: Line;
  readonly #timeoutMs: number;
  readonly #retries: number;
  readonly #requester = new Requester(wire);
  readonly #reader = new FrameReader(wire);
  /** Why the line can't be used any more. */
  #ended: PortError | undefined;
  /** Told of the answer to the outstanding request, or that none can come any more. */
  #settle: ((frame: Frame | undefined) => void) | undefined;
  /** Every request waits for the one before. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(line: Line, options: FrameTransportOptions = {}) {
    this.#line = line;
    this.#timeoutMs = options.timeoutMs ?? 5000;
    this.#retries = options.retries ?? 2;
    // Numbers begin anywhere: an answer that an earlier program left unread on the line is then not taken for ours.
    for (let skipped = randomInt(256); skipped > 0; skipped--) this.#requester.reset();
    line.onText = (text) => {
      for (const frame of this.#reader.push(text)) if (this.#requester.accept(frame)) this.#settle?.(frame);
    };
    line.onEnd = (why) => this.#end(why);
  }

  async exchange(commandApdu: Uint8Array): Promise<Uint8Array> {
    const frame = await this.#inTurn(() => this.#requester.next(commandApdu));
    return frame.payload;
  }

  async reset(): Promise<void> {
    await this.#inTurn(() => this.#requester.reset());
  }

  async close(): Promise<void> {
    this.#end(new PortError("closed", this.#line.path, `${this.#line.path} was closed`));
    await this.#line.close();
  }

  #end(why: PortError): void {
    this.#ended ??= why;
    this.#settle?.(undefined);
  }

  #inTurn(request: () => string): Promise<Frame> {
    const turn = this.#last.then(() => this.#ask(request()));
    this.#last = turn.catch(() => {}); // the caller hears of it; the next one has its own fate
    return turn;
  }

  async #ask(text: string): Promise<Frame> {
    let taken = true;
    for (let sent = 0; sent <= this.#retries; sent++) {
      if (this.#ended) throw this.#ended;
      const answer = this.#answer();
      // A line that has not even taken the last copy yet must not be given another one.
      if (taken) {
        taken = false;
        this.#line.write(text).then(
          () => {
            taken = true;
          },
          (error) => this.#end(error instanceof PortError ? error : this.#vanished(error)),
        );
      }
      const frame = await answer;
      if (frame) return frame;
    }
    throw this.#ended ?? this.#silence();
  }

  /** The answer to the request that goes out now, or `undefined` when time is up or the line ended. */
  #answer(): Promise<Frame | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle?.(undefined), this.#timeoutMs);
      this.#settle = (frame) => {
        clearTimeout(timer);
        this.#settle = undefined;
        resolve(frame);
      };
    });
  }

  #vanished(error: unknown): PortError {
    const why = error instanceof Error ? error.message : String(error);
    return new PortError("vanished", this.#line.path, `${this.#line.path} vanished: ${why}`);
  }

  #silence(): PortError {
    const ms = this.#timeoutMs * (this.#retries + 1);
    const noise = this.#reader.dropped > 0 ? "; what came back was not understood" : "";
    return new PortError(
      "no-answer",
      this.#line.path,
      `No answer from ${this.#line.path} in ${ms} ms${noise}. Is it an Ochre token, and has it power?`,
    );
  }
}
