/** The serial ports of boards that run Espruino, by their USB identity. */
import { readdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";

const VENDOR = "2e8a";
const PRODUCT = "000a";

export interface UsbPortOptions {
  /** For tests: where the kernel lists its terminals. */
  sysfs?: string;
  warn?: (text: string) => void;
}

/**
 * Paths of the ports with USB identity 2e8a:000a.
 *
 * On Linux the kernel's own list is read: `SerialPort.list()` asks `udevadm`, which containers and small servers do not have, and
 * which knows no identity where no udev daemon runs.
 */
export async function usbPorts(options: UsbPortOptions = {}): Promise<string[]> {
  if (options.sysfs !== undefined || process.platform === "linux") {
    const ports = await linuxPorts(options.sysfs ?? "/sys/class/tty");
    if (ports) return ports;
  }
  try {
    const { SerialPort } = await import("serialport");
    return (await SerialPort.list())
      .filter((port) => port.vendorId?.toLowerCase() === VENDOR && port.productId?.toLowerCase() === PRODUCT)
      .map((port) => port.path);
  } catch (error) {
    options.warn?.(
      `The serial ports of this machine can't be listed (${(error as Error).message}). Name the token's port with --port.`,
    );
    return [];
  }
}

/** `undefined` where there is no such list. */
async function linuxPorts(sysfs: string): Promise<string[] | undefined> {
  let names: string[];
  try {
    names = await readdir(sysfs);
  } catch {
    return undefined;
  }
  const ports: string[] = [];
  for (const name of names.sort()) {
    // `device` is the USB interface; the identity stands with the device it is part of.
    const device = await realpath(join(sysfs, name, "device")).catch(() => undefined);
    if (device === undefined) continue;
    const identity = await Promise.all([word(dirname(device), "idVendor"), word(dirname(device), "idProduct")]);
    if (identity[0] === VENDOR && identity[1] === PRODUCT) ports.push(`/dev/${name}`);
  }
  return ports;
}

async function word(folder: string, file: string): Promise<string> {
  return readFile(join(folder, file), "latin1").then(
    (text) => text.trim(),
    () => "",
  );
}
