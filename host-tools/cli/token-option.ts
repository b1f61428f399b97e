/** `--port`: which token a command is about. */
import { Option } from "commander";
import { TOKEN_STATES, type TokenInformation } from "../../protocol/apdu/get-data.ts";
import { theOnlyToken } from "../device/discovery.ts";
import { PortError } from "../device/port-error.ts";
import type { Transport } from "../device/transport.ts";
import { log } from "./output.ts";

export interface TokenOptions {
  port?: string;
  json?: boolean;
}

/** After so long without the first answer its user is told what is waited for. */
const SILENCE_MS = 2000;

export const portOption = () => new Option("--port <path>", "the token's serial port (default: the only token found)");
export const jsonOption = () => new Option("--json", "print one JSON object on the standard output");

/**
 * Opens the port of the token that is meant, for as long as `use` takes.
 * @throws PortError
 * @throws NoSingleTokenError
 */
export async function withToken<T>(
  options: TokenOptions,
  use: (transport: Transport, path: string) => Promise<T>,
): Promise<T> {
  const path = options.port ?? (await theOnlyToken({ warn: log })).path;
  try {
    const transport = await opened(path);
    try {
      return await use(transport, path);
    } finally {
      await transport.close();
    }
  } catch (error) {
    // No command on a token leaves a half of anything: given again, it begins anew or completes what was begun. An update knows more of it.
    if (error instanceof PortError && error.fault === "vanished" && !error.message.includes("same command"))
      error.message += " Plug it in, and give the same command again: nothing is lost.";
    throw error;
  }
}

async function opened(path: string): Promise<Transport> {
  const { openSerialTransport } = await import("../device/serial-port.ts");
  const patience = setTimeout(() => log(`${path} has not answered yet: still waiting`), SILENCE_MS);
  return openSerialTransport(path).finally(() => clearTimeout(patience));
}

/** Token information as JSON has it. */
export function describeToken(info: TokenInformation) {
  return {
    serial: info.serial,
    board: info.boardName,
    model: Buffer.from(info.model).toString("hex"),
    firmware: info.firmwareVersion,
    assurance: info.assuranceClass,
    state: TOKEN_STATES[info.state],
    pinTriesLeft: info.pinTriesLeft,
    keyVersion: info.keyVersion,
    /** Unix time from which an awaited activation code is refused */
    activationEnd: info.activationEnd ?? null,
  };
}
