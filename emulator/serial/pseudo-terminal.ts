/**
 * A pseudo-terminal that stays open for as long as we want, raw, whoever opens and closes its other side.
 */
import { once } from "node:events";
import { closeSync, constants, openSync, readdirSync, readlinkSync } from "node:fs";
import type { Duplex } from "node:stream";
import * as pty from "@lydell/node-pty";
import { SerialPort } from "serialport";

/** The part of the package that its types leave out. */
interface PtyOpener {
  open(options: { encoding: null }): { master: Duplex; slave: Duplex; ptsName: string };
}

export interface PseudoTerminal {
  /** What hosts open, like `/dev/pts/3`. */
  path: string;
  /** Our side: what it reads the host wrote, what it is given the host reads. */
  master: Duplex;
  close(): void;
}

const BAUD_RATE = 115_200;

export async function openPseudoTerminal(): Promise<PseudoTerminal> {
  const { master, slave, ptsName: path } = (pty as unknown as PtyOpener).open({ encoding: null });
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
    master,
    close: () => {
      master.destroy();
      closeSync(held);
    },
  };
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
