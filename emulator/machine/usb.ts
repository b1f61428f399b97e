/** The USB serial line as firmware sees it: Espruino's `USB`, with the console gone from it. */
import { bytesOf, latin1 } from "./byte-arguments.ts";

type Listener = (text: string) => void;

/** Longest piece in which Espruino hands received data over. */
const PIECE = 64;
/** What Espruino keeps for a program that does not listen yet; the rest is lost. */
const UNHEARD = 512;

export class Usb {
  /** Told of what the firmware writes: one character a byte. */
  onTransmit: (text: string) => void = () => {};
  #listeners: Listener[] = [];
  #pieces: string[] = [];
  #unheard = "";

  reset(): void {
    this.#listeners = [];
    this.#pieces = [];
    this.#unheard = "";
  }

  on(event: unknown, listener: unknown): void {
    if (typeof listener !== "function") throw new TypeError("Second argument must be a function or a String");
    if (event !== "data") return;
    // A new array: a listener that is added while data is handed out does not get that data.
    this.#listeners = [...this.#listeners, listener as Listener];
    if (this.#unheard === "") return;
    this.#pieces.unshift(this.#unheard);
    this.#unheard = "";
  }

  /** @throws RangeError for a character above U+00FF */
  write(...data: unknown[]): void {
    const text = latin1(bytesOf(...data));
    if (text !== "") this.onTransmit(text);
  }

  /** Bytes came from the host: they wait for the main loop. */
  received(text: string): void {
    for (let at = 0; at < text.length; at += PIECE) this.#pieces.push(text.slice(at, at + PIECE));
  }

  /** Hands the oldest piece to the firmware. False when there is none. */
  runEvent(): boolean {
    const piece = this.#pieces.shift();
    if (piece === undefined) return false;
    if (this.#listeners.length === 0) this.#unheard = (this.#unheard + piece).slice(0, UNHEARD);
    else for (const listener of this.#listeners) listener(piece);
    return true;
  }
}
