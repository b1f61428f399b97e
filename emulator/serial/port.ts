/** A real serial port in front of a machine: hosts open it as they would open the token's own. */
import { lstat, readlink, rm, stat, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import { announce } from "./announcement.ts";
import { openPseudoTerminal } from "./pseudo-terminal.ts";

/** What a port stands in front of: a machine, or any engine that bytes go into and come out of, one character each. */
export interface PortDevice {
  readonly manifest: { readonly board: string };
  /** The port sets it. */
  onTransmit: (text: string) => void;
  /** Until a promise that it returns is fulfilled, the port reads nothing more. */
  receive(text: string): unknown;
}

export interface PortOptions {
  /** A symbolic link to the port, for a name that stays the same. An older link to a terminal is replaced, and nothing else. */
  link?: string;
  /** Announce the port under this serial number; `http` is the address of an HTTP interface to announce with it. */
  announce?: { serial: string; http?: string };
  /** Takes what the host sent, one character a byte, as `machine.receive` does where it is not given. */
  receive?: (text: string) => unknown;
  /** Told of what the firmware throws while it handles bytes; without it the error is the process's. */
  onError?: (error: unknown) => void;
}

export interface EmulatedPort {
  /** What to open. */
  path: string;
  close(): Promise<void>;
}

/**
 * Opens the machine's port. Hosts may come and go any number of times. As long as none has sent a byte, nothing that the firmware
 * writes goes out: there is nobody to read it, and whoever came later would take it for an answer.
 * @throws LinkError for a link that cannot be made; Error for an announcement
 */
export async function openPort(machine: PortDevice, options: PortOptions = {}): Promise<EmulatedPort> {
  const terminal = await openPseudoTerminal();
  const undo: (() => Promise<void>)[] = [async () => terminal.close()];
  const close = async () => {
    machine.onTransmit = () => {};
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const receive = options.receive ?? ((text) => machine.receive(text));
    let spoken = false;
    terminal.onData((text) => {
      spoken = true;
      try {
        return receive(text);
      } catch (error) {
        if (options.onError === undefined) throw error;
        options.onError(error);
      }
    });
    machine.onTransmit = (text) => {
      if (spoken) terminal.write(text);
    };
    if (options.link !== undefined) undo.push(await makeLink(options.link, terminal.path));
    if (options.announce !== undefined) {
      const { serial, http } = options.announce;
      const board = machine.manifest.board;
      undo.push(
        await announce(serial, {
          path: terminal.path,
          pid: process.pid,
          board,
          ...(http === undefined ? {} : { http }),
        }),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { path: terminal.path, close };
}

/** The link to a port can't be made where it was asked for. */
export class LinkError extends Error {
  override name = "LinkError";
}

/** Makes a symbolic link, in the place of an older link to a terminal but of nothing else; the result removes it. */
async function makeLink(link: string, target: string): Promise<() => Promise<void>> {
  const existing = await lstat(link).catch(() => undefined);
  if (existing !== undefined) {
    if (!existing.isSymbolicLink()) throw new LinkError(`${link} exists and is not a symbolic link`);
    const leadsTo = await readlink(link);
    if (!(await isTerminal(link, leadsTo)))
      throw new LinkError(`${link} leads to ${leadsTo}, which is no terminal: it stays as it is`);
    await rm(link);
  }
  await symlink(target, link).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") throw new LinkError(`there is no folder ${dirname(link)}`);
    if (error.code === "EACCES" || error.code === "EROFS")
      throw new LinkError(`nothing may be written to ${dirname(link)}`);
    throw error;
  });
  return async () => {
    if ((await readlink(link).catch(() => "")) === target) await rm(link);
  };
}

/** A link's terminal may be gone, as that of an emulator that was killed. */
async function isTerminal(link: string, leadsTo: string): Promise<boolean> {
  try {
    return (await stat(link)).isCharacterDevice();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" && leadsTo.startsWith("/dev/");
  }
}
