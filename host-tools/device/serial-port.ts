/** A serial port, and a token on it, by `serialport`. */
import { SerialPort } from "serialport";
import { FrameTransport, type FrameTransportOptions, type Line } from "./frame-transport.ts";
import { openFault, PortError } from "./port-error.ts";
import type { Transport } from "./transport.ts";

/** USB-CDC has no bit rate of its own; a board with a UART behind it runs at this one. */
const BAUD_RATE = 115_200;

class SerialLine implements Line {
  readonly path: string;
  onText: (text: string) => void = () => {};
  onEnd: (why: PortError) => void = () => {};
  readonly #port: SerialPort;

  constructor(port: SerialPort) {
    this.path = port.path;
    this.#port = port;
    const vanished = () =>
      this.onEnd(
        new PortError("vanished", this.path, `${this.path} is gone: the cable was pulled, or the token was reset.`),
      );
    port.on("data", (bytes: Buffer) => this.onText(bytes.toString("latin1")));
    port.on("close", vanished);
    port.on("error", vanished);
  }

  write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#port.write(Buffer.from(text, "latin1"), (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      // Closing what is closed, or has just vanished, is no fault: it is given back either way.
      if (this.#port.isOpen) this.#port.close(() => resolve());
      else resolve();
    });
  }
}

/**
 * Opens a port for this program alone, whatever it is that speaks there.
 * @throws PortError
 */
export async function openSerialLine(path: string): Promise<Line> {
  const port = new SerialPort({ path, baudRate: BAUD_RATE, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(openFault(path, error)) : resolve()));
  });
  return new SerialLine(port);
}

/**
 * Opens a port for this program alone and resets the token's line, so that no session and no answer of before is left.
 * @param path as the system names it: `/dev/ttyACM0`, `/dev/pts/3`, `COM4`
 * @throws PortError
 */
export async function openSerialTransport(path: string, options: FrameTransportOptions = {}): Promise<Transport> {
  const transport = new FrameTransport(await openSerialLine(path), options);
  try {
    await transport.reset();
  } catch (error) {
    await transport.close();
    throw error;
  }
  return transport;
}
