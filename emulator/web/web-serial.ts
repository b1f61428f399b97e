/** A token that is plugged in, through Web Serial (https://wicg.github.io/serial/), where the browser has it. */
import type { HostLine } from "./ask.ts";
import type { Direction } from "./decode/entry.ts";
import { wire } from "./wire.ts";

/** What is used of the browser's `SerialPort`. */
export interface WebSerialPort {
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
  open(options: { baudRate: number }): Promise<void>;
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
  readonly #port: WebSerialPort;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #heard: (direction: Direction, text: string) => void;
  readonly #listeners = new Set<(text: string) => void>();

  private constructor(port: WebSerialPort, heard: (direction: Direction, text: string) => void) {
    if (port.readable === null || port.writable === null) throw new Error("the port has no streams");
    this.#port = port;
    this.#reader = port.readable.getReader();
    this.#writer = port.writable.getWriter();
    this.#heard = heard;
  }

  /**
   * @param heard told of all that passes, either way
   * @param ended told when the token was unplugged or the port closed
   * @throws what the browser throws: the port is taken, or the visitor chose none
   */
  static async open(
    port: WebSerialPort,
    heard: (direction: Direction, text: string) => void,
    ended: () => void,
  ): Promise<PhysicalToken> {
    await port.open({ baudRate: BAUD_RATE });
    const token = new PhysicalToken(port, heard);
    void token.#listen().finally(ended);
    return token;
  }

  async send(text: string): Promise<void> {
    this.#heard("to-token", text);
    await this.#writer.write(wire.fromLatin1(text));
  }

  onText(call: (text: string) => void): () => void {
    this.#listeners.add(call);
    return () => this.#listeners.delete(call);
  }

  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
    this.#reader.releaseLock();
    await this.#writer.close().catch(() => {});
    await this.#port.close().catch(() => {});
  }

  async #listen(): Promise<void> {
    try {
      for (let part = await this.#reader.read(); !part.done; part = await this.#reader.read()) {
        const text = wire.toLatin1(part.value);
        this.#heard("to-host", text);
        for (const call of this.#listeners) call(text);
      }
    } catch {
      // Unplugged: `ended` tells.
    }
  }
}
