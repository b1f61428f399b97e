/** A token that is plugged in, through Web Serial (https://wicg.github.io/serial/), where the browser has it. */
import type { HostLine } from "./ask.ts";
import type { Direction } from "./decode/entry.ts";
import { wire } from "./wire.ts";

/** What is used of the browser's `SerialPort`. */
export interface WebSerialPort extends Pick<EventTarget, "addEventListener" | "removeEventListener"> {
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
  open(options: { baudRate: number }): Promise<void>;
  setSignals(signals: { dataTerminalReady: boolean }): Promise<void>;
  close(): Promise<void>;
}

export interface WebSerial {
  requestPort(options?: { filters?: { usbVendorId: number; usbProductId?: number }[] }): Promise<WebSerialPort>;
}

/** The Raspberry Pi Pico under Espruino. */
export const TOKEN_FILTER = { usbVendorId: 0x2e8a, usbProductId: 0x000a };

/** USB ignores it; the interface wants one. */
const BAUD_RATE = 115_200;

/** The browser's Web Serial; undefined where it has none. */
export function webSerial(): WebSerial | undefined {
  return (navigator as Navigator & { serial?: WebSerial }).serial;
}

export class PhysicalToken implements HostLine {
  /** Fulfilled once the token was unplugged or the port was closed. */
  readonly ended: Promise<void>;
  readonly #port: WebSerialPort;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #heard: (direction: Direction, text: string) => void;
  readonly #listeners = new Set<(text: string) => void>();
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #closedHere = false;
  #stopped = false;
  #end: () => void = () => {};

  private constructor(port: WebSerialPort, heard: (direction: Direction, text: string) => void) {
    if (port.writable === null) throw new Error("the port has no streams");
    this.#port = port;
    this.#writer = port.writable.getWriter();
    this.#heard = heard;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /**
   * @param heard told of all that passes, either way
   * @throws DOMException of the browser: the port is taken, or was opened already
   */
  static async open(port: WebSerialPort, heard: (direction: Direction, text: string) => void): Promise<PhysicalToken> {
    await port.open({ baudRate: BAUD_RATE });
    // A device may wait for it before it speaks. Not every port has the line.
    await port.setSignals({ dataTerminalReady: true }).catch(() => {});
    const token = new PhysicalToken(port, heard);
    void token.#listen();
    return token;
  }

  /** @throws DOMException where the token is gone */
  async send(text: string): Promise<void> {
    this.#heard("to-token", text);
    await this.#writer.write(wire.fromLatin1(text));
  }

  onText(call: (text: string) => void): () => void {
    this.#listeners.add(call);
    return () => this.#listeners.delete(call);
  }

  /** It was `close` that ended it. */
  get closedHere(): boolean {
    return this.#closedHere;
  }

  /** Gives the port back. Nothing happens where it has ended. */
  async close(): Promise<void> {
    if (!this.#stopped) this.#closedHere = true;
    this.#stop();
    await this.ended;
  }

  #stop(): void {
    this.#stopped = true;
    void this.#reader?.cancel().catch(() => {});
  }

  async #listen(): Promise<void> {
    const gone = () => this.#stop();
    this.#port.addEventListener("disconnect", gone);
    // A break or a lost byte ends a stream, and the port has another one; without a device it has none.
    let ended: ReadableStream<Uint8Array> | undefined;
    for (;;) {
      const { readable } = this.#port;
      if (this.#stopped || readable === null || readable === ended) break;
      this.#reader = readable.getReader();
      await this.#read(this.#reader);
      this.#reader.releaseLock();
      this.#reader = undefined;
      ended = readable;
    }
    this.#stopped = true;
    this.#port.removeEventListener("disconnect", gone);
    // Bytes that the device no longer takes would wait forever.
    await this.#writer.abort().catch(() => {});
    this.#writer.releaseLock();
    await this.#port.close().catch(() => {});
    this.#end();
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const text = wire.toLatin1(part.value);
        this.#heard("to-host", text);
        for (const call of this.#listeners) call(text);
      }
    } catch {
      // `readable` tells whether there is more.
    }
  }
}
