/**
 * A pseudo-terminal that stays open for as long as we want, raw, whoever opens and closes its other side.
 */
import { once } from "node:events";
import { closeSync, constants, openSync, readdirSync, readlinkSync, writeSync } from "node:fs";
import type { Duplex } from "node:stream";
import * as pty from "@lydell/node-pty";
import { SerialPort } from "serialport";

/** The part of the package that its types leave out. */
interface PtyOpener {
  open(options: { encoding: null }): { master: Duplex; fd: number; slave: Duplex; ptsName: string };
}

export interface PseudoTerminal {
  /** What hosts open, like `/dev/pts/3`. */
  path: string;
  /** @param call takes what a host wrote, one character a byte */
  onData(call: (text: string) => void): void;
  /**
   * What a host is to read, one character a byte. It waits for a host that does not read, and holds nobody up; of what waits, no more than
   * `MOST_WAITING` bytes are kept: what comes then is lost, as on a line without flow control.
   */
  write(text: string): void;
  close(): void;
}

export const MOST_WAITING = 1 << 20;
const BAUD_RATE = 115_200;
/** Milliseconds until what a terminal does not take is offered to it again: it takes some thousands of bytes at once. */
const PATIENCE = 5;

export async function openPseudoTerminal(): Promise<PseudoTerminal> {
  const { master, fd, slave, ptsName: path } = (pty as unknown as PtyOpener).open({ encoding: null });
  // It reads, and would take what is meant for the host.
  slave.destroy();
  await once(slave, "close");
  // Destroying it leaves a second descriptor behind, which libuv made of it.
  for (const descriptor of descriptorsOf(path)) closeSync(descriptor);
  // Without an open other side, reading ours would be an error whenever no host is there.
  const held = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  await makeRaw(path);
  const writer = new Writer(fd);
  return {
    path,
    onData: (call) => void master.on("data", (bytes: Buffer) => call(bytes.toString("latin1"))),
    write: (text) => writer.write(Buffer.from(text, "latin1")),
    close: () => {
      writer.stop();
      master.destroy();
      closeSync(held);
    },
  };
}

/**
 * Writes to a descriptor that does not block. libuv's own writes to the master side of a pseudo-terminal try again and again for as long
 * as it is full, and nothing else of the process runs meanwhile: not even what would empty it.
 */
class Writer {
  readonly #descriptor: number;
  readonly #pieces: Buffer[] = [];
  /** How many bytes they are. */
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(bytes: Buffer): void {
    const piece = bytes.subarray(0, MOST_WAITING - this.#waiting);
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#waiting += piece.length;
    if (this.#timer === undefined) this.#some();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#pieces.length = 0;
  }

  #some(): void {
    this.#timer = undefined;
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      const written = this.#taken(piece);
      this.#waiting -= written;
      if (written === piece.length) this.#pieces.shift();
      else {
        this.#pieces[0] = piece.subarray(written);
        this.#timer = setTimeout(() => this.#some(), PATIENCE);
        return;
      }
    }
  }

  /** How many bytes it took. */
  #taken(piece: Buffer): number {
    try {
      return writeSync(this.#descriptor, piece);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
      throw error;
    }
  }
}

/**
 * A new terminal echoes and translates line ends, so what we write before a host has set it up would come back to us. A host's own
 * opening is what makes it raw; the setting stays for as long as any descriptor does.
 */
async function makeRaw(path: string): Promise<void> {
  const host = await SerialPort.binding.open({ path, baudRate: BAUD_RATE, lock: false });
  await host.close();
}

/** Our descriptors of a device; none where the system has no /proc. */
function descriptorsOf(path: string): number[] {
  const folder = "/proc/self/fd";
  const target = (name: string) => {
    try {
      return readlinkSync(`${folder}/${name}`);
    } catch {
      return "";
    }
  };
  try {
    return readdirSync(folder)
      .filter((name) => target(name) === path)
      .map(Number);
  } catch {
    return [];
  }
}
