/** For tests: a line without a port, whose other end is a function, with the faults of real lines. */
import type { Line } from "./frame-transport.ts";
import type { PortError } from "./port-error.ts";

export class MemoryLine implements Line {
  readonly path = "memory";
  onText: (text: string) => void = () => {};
  onEnd: (why: PortError) => void = () => {};
  /** What goes towards the token: the token gets what this returns, "" for nothing. */
  toToken: (text: string) => string = (text) => text;
  /** What comes from the token: the host gets what this returns, "" for nothing. */
  toHost: (text: string) => string = (text) => text;
  /** Bytes to a chunk: serial data arrives in any pieces. */
  chunk = 7;
  readonly #token: (text: string) => string;

  /** @param token takes what came in, returns what it sends */
  constructor(token: (text: string) => string) {
    this.#token = token;
  }

  async write(text: string): Promise<void> {
    const arriving = this.toToken(text);
    let sent = "";
    for (let at = 0; at < arriving.length; at += this.chunk) sent += this.#token(arriving.slice(at, at + this.chunk));
    this.send(this.toHost(sent));
  }

  /** The token says something by itself. */
  send(text: string): void {
    for (let at = 0; at < text.length; at += this.chunk) {
      const piece = text.slice(at, at + this.chunk);
      setImmediate(() => this.onText(piece));
    }
  }

  async close(): Promise<void> {}
}
