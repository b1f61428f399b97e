/**
 * - `not-found`: there is no such port
 * - `denied`: the user may not open it
 * - `locked`: another program has it open
 * - `not-a-port`: it is something else than a serial port
 * - `vanished`: it was there and is gone, mostly a pulled cable
 * - `no-answer`: nothing that could be understood came back in time
 * - `closed`: it was closed by this program
 */
export type PortFault = "not-found" | "denied" | "locked" | "not-a-port" | "vanished" | "no-answer" | "closed";

/** The line to the token failed: nothing is known about whether the command of that moment was executed. */
export class PortError extends Error {
  override name = "PortError";
  readonly fault: PortFault;
  readonly path: string;

  constructor(fault: PortFault, path: string, message: string) {
    super(message);
    this.fault = fault;
    this.path = path;
  }
}

/** What `serialport` says when a port does not open, as a fault and in words that say what to do. */
export function openFault(path: string, error: Error): PortError {
  const text = error.message;
  if (/cannot lock port|access denied/i.test(text))
    return new PortError("locked", path, `${path} is in use by another program. Close it there and try again.`);
  if (/no such (file|device)|file not found/i.test(text))
    return new PortError("not-found", path, `There is no port ${path}. Is the token plugged in?`);
  if (/permission denied|operation not permitted/i.test(text))
    return new PortError(
      "denied",
      path,
      `You may not open ${path}. On Linux, serial ports belong to the group "dialout" or "uucp".`,
    );
  return new PortError("not-a-port", path, `${path} does not open as a serial port: ${text}`);
}
