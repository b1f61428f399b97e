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
  /**
   * @param call takes what a host wrote, one character a byte. Until a promise that it returns is settled, nothing more is read: a host
   * that writes faster has to wait, as on USB
   */
  onData(call: (text: string) => unknown): void;
  /**
   * What a host is to read, one character a byte. The terminal keeps some ten thousand bytes for a host that does not read; what it does
   * not take is lost, as on a line without flow control.
   * @returns how many bytes it took, from the first one on
   */
  write(text: string): number;
  close(): void;
}

const BAUD_RATE = 115_200;

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
  return {
    path,
    onData: (call) =>
      void master.on("data", (bytes: Buffer) => {
        const taking = call(bytes.toString("latin1"));
        if (!(taking instanceof Promise)) return;
        master.pause();
        const goOn = () => void master.resume();
        taking.then(goOn, goOn);
      }),
    // When it is closed, the descriptor may soon be another file's.
    write: (text) => (master.destroyed ? 0 : writeSome(fd, Buffer.from(text, "latin1"))),
    close: () => {
      master.destroy();
      closeSync(held);
    },
  };
}

/**
 * Writes to a descriptor that does not block. libuv's own writes to the master side of a pseudo-terminal try again and again for as long
 * as it is full, and nothing else of the process runs meanwhile: not even what would empty it.
 */
function writeSome(descriptor: number, bytes: Buffer): number {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
  }
  return written;
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
