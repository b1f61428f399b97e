/** Which tokens this machine has. */
import type { TokenInformation } from "../../protocol/apdu/get-data.ts";
import { type AnnouncementOptions, announcedTokens } from "./announcements.ts";
import { tokenInfo } from "./token.ts";
import type { Transport } from "./transport.ts";
import { type UsbPortOptions, usbPorts } from "./usb-ports.ts";

/** A board that does not answer within this time has no token's firmware, or is in other hands. */
const PROBE_MS = 300;

export interface FoundToken {
  kind: "emulated" | "usb";
  /** The port to open. */
  path: string;
  serial?: string;
  board?: string;
  /** An emulated token's HTTP interface. */
  http?: string;
  /** What a token on USB answered. */
  info?: TokenInformation;
  /** Why it can't be used now. */
  problem?: string;
}

export interface FindOptions extends AnnouncementOptions, UsbPortOptions {
  /** For tests: opens a port. */
  open?: (path: string) => Promise<Transport>;
}

/** Emulated tokens by what they announce, then the boards on USB, each asked who it is. */
export async function findTokens(options: FindOptions = {}): Promise<FoundToken[]> {
  const [announced, ports] = await Promise.all([announcedTokens(options), usbPorts(options)]);
  const open = options.open ?? openProbe;
  return [
    ...announced.map(({ serial, path, board, http }): FoundToken => ({ kind: "emulated", path, serial, board, http })),
    ...(await Promise.all(ports.map((path) => probe(path, open)))),
  ];
}

/** No token, or more than one: the user has to say which. */
export class NoSingleTokenError extends Error {
  override name = "NoSingleTokenError";
  readonly found: FoundToken[];

  constructor(found: FoundToken[]) {
    const list = found.map(
      ({ path, serial, board, kind, problem }) =>
        `\n  ${path}  ${[serial, board, kind === "emulated" ? "(emulated)" : "", problem].filter(Boolean).join("  ")}`,
    );
    super(
      found.length === 0
        ? "No token was found. Plug one in, start `ochre emulator`, or name its port with --port."
        : found.some((token) => token.problem === undefined)
          ? `More than one token was found. Name one with --port:${list.join("")}`
          : `No token can be used:${list.join("")}`,
    );
    this.found = found;
  }
}

/**
 * The token to use where the user named none.
 * @throws NoSingleTokenError that lists what was found
 */
export async function theOnlyToken(options: FindOptions = {}): Promise<FoundToken> {
  const found = await findTokens(options);
  const usable = found.filter((token) => token.problem === undefined);
  if (usable.length !== 1) throw new NoSingleTokenError(found);
  return usable[0];
}

async function openProbe(path: string): Promise<Transport> {
  const { openSerialTransport } = await import("./serial-port.ts");
  return openSerialTransport(path, { timeoutMs: PROBE_MS, retries: 0 });
}

async function probe(path: string, open: (path: string) => Promise<Transport>): Promise<FoundToken> {
  let transport: Transport | undefined;
  try {
    transport = await open(path);
    const info = await tokenInfo(transport);
    return { kind: "usb", path, serial: info.serial, board: info.boardName, info };
  } catch (error) {
    return { kind: "usb", path, problem: (error as Error).message };
  } finally {
    await transport?.close();
  }
}
