/**
 * For tests: a board with an Espruino on it, as a line. Its console evaluates what is typed, its Storage is flash that a write clears bits
 * of, its boot file is run at every start; power can be lost at any write. What the boot file starts is a token's model.
 */

import { createContext, runInContext } from "node:vm";
import { crc32 } from "node:zlib";
import type { Line } from "../device/frame-transport.ts";
import { PortError } from "../device/port-error.ts";
import { laboratoryTransportKeys } from "../keys/laboratory.ts";
import { TokenModel } from "../provisioning/token-model.ts";

const NUL = "\0";

export class EspruinoModel {
  /** Storage: bytes as they are in flash. */
  readonly files = new Map<string, Uint8Array>();
  version = "2v29.277";
  board = "ESPR_RP2040_PICO";
  /** Storage writes until power is lost in the midst of one. */
  writesLeft = Number.POSITIVE_INFINITY;
  /** What a program on the board prints beside each line. */
  noise = "";
  /** The console answers, also beside a token. */
  consoleOpen = true;
  /** Nothing answers. */
  mute = false;
  powered = true;
  /** All lines that were typed. */
  readonly typed: string[] = [];
  opened = 0;
  token: TokenModel | undefined;
  #line: (Line & { closed: boolean }) | undefined;
  #input = "";
  #installed: string | undefined;
  #context: object;

  constructor() {
    this.#context = this.#newContext();
  }

  /** The port. */
  open = async (path: string): Promise<Line> => {
    if (!this.powered) throw new PortError("not-found", path, `There is no port ${path}.`);
    this.opened++;
    const line = {
      path,
      closed: false,
      onText: (_: string) => {},
      onEnd: (_: PortError) => {},
      write: async (text: string) => this.#receive(text),
      close: async () => {
        if (!line.closed) this.opened--;
        line.closed = true;
      },
    };
    this.#line = line;
    return line;
  };

  /** Power comes, or goes and comes. */
  start(): void {
    this.powered = true;
    this.consoleOpen = true;
    this.#input = "";
    this.token = undefined;
    this.#context = this.#newContext();
    const boot = this.files.get(".boot0");
    if (boot === undefined) return;
    try {
      this.#run(Buffer.from(boot).toString("latin1"));
    } catch {
      // Espruino prints what is wrong with a boot file, and goes on.
    }
  }

  #receive(text: string): void {
    if (!this.powered) throw new Error("the cable is out");
    if (this.mute) return;
    const answer = this.token?.responder.receive(text);
    if (answer) this.#say(answer);
    if (!this.consoleOpen) return;
    for (const character of text) {
      if (character === "\x03") this.#input = "";
      else if (character === "\n") this.#enter();
      else this.#input += character;
    }
  }

  #enter(): void {
    const echoed = !this.#input.startsWith("\x10");
    const line = echoed ? this.#input : this.#input.slice(1);
    if (echoed) this.#say(`${line}\r\n`);
    this.#input = "";
    this.typed.push(line);
    this.#say(this.noise);
    try {
      this.#run(line);
    } catch (error) {
      this.#say(`Uncaught ${(error as Error).message}\r\n${line}\r\n^\r\n`);
    }
    this.#say(`${this.noise}\r\n>`);
  }

  #run(code: string): unknown {
    return runInContext(code, this.#context);
  }

  /** In pieces, as serial data arrives. */
  #say(text: string): void {
    const line = this.#line;
    for (let at = 0; at < text.length; at += 50) {
      const piece = text.slice(at, at + 50);
      setImmediate(() => {
        if (line !== undefined && !line.closed) line.onText(piece);
      });
    }
  }

  #lose(): void {
    this.powered = false;
    const line = this.#line;
    setImmediate(() => line?.onEnd(new PortError("vanished", line.path, `${line.path} is gone.`)));
  }

  #newContext(): object {
    const storage = {
      list: () => [...this.files.keys()],
      read: (name: string, at = 0, length = Number.POSITIVE_INFINITY) => {
        const file = this.files.get(name);
        return file && Buffer.from(file.subarray(at, at + length)).toString("latin1");
      },
      write: (name: string, data: string, at = 0, size = 0) => this.#write(name, Buffer.from(data, "latin1"), at, size),
      eraseAll: () => this.files.clear(),
    };
    return createContext({
      process: { version: this.version, env: { BOARD: this.board } },
      require: () => storage,
      print: (text: unknown) => this.#say(`${text}\r\n`),
      atob: (text: string) => Buffer.from(text, "base64").toString("latin1"),
      btoa: (text: string) => Buffer.from(text, "latin1").toString("base64"),
      reset: () => {},
      setTimeout: (call: () => void) => setImmediate(call),
      eval: (text: string) => this.#run(text),
      E: {
        // The first file's bytes begin behind its name.
        getAddressOf: () => 0x101c0020,
        CRC32: (text: string) => crc32(Buffer.from(text, "latin1")),
        toArrayBuffer: (text: string) => new Uint8Array(Buffer.from(text, "latin1")).buffer,
        setConsole: () => {
          this.consoleOpen = false;
        },
        reboot: () => this.start(),
      },
      // What the test's bundle is made of.
      installed: (serial: string) => {
        if (serial.includes(NUL)) throw new Error("a serial number is text");
        this.#installed = serial;
      },
      tokenStarts: () => {
        const serial = this.#installed ?? "BLANK";
        this.token = new TokenModel(serial, laboratoryTransportKeys(serial), Date.now);
      },
    });
  }

  #write(name: string, data: Uint8Array, at: number, size: number): boolean {
    let file = this.files.get(name);
    if (at === 0) {
      file = new Uint8Array(size || data.length).fill(0xff);
      this.files.set(name, file);
    }
    if (file === undefined || at + data.length > file.length) throw new Error("Too much data for file size");
    if (file.subarray(at, at + data.length).some((byte) => byte !== 0xff))
      throw new Error("File already written with different data");
    const lost = --this.writesLeft < 0;
    // What a torn write leaves: some of the bits.
    for (const [i, byte] of data.entries()) file[at + i] &= lost ? byte | (i % 2 === 0 ? 0xf0 : 0x0f) : byte;
    if (lost) {
      this.#lose();
      throw new Error("power was lost");
    }
    return true;
  }
}
