/**
 * A browser's Web Serial whose ports are real serial ports of this machine: what a page writes goes through the port's own driver, and
 * what it refuses is refused. In the place of Chromium's, which lists no pseudo-terminals and asks with a dialogue that has no window.
 */
import type { Page } from "playwright-core";
import { SerialPort } from "serialport";

export interface SerialBridge {
  /** What the next choice of a port gives: a path, or the name of the DOMException that the browser throws instead. */
  choice: { path: string } | { refusal: "NotFoundError" | "SecurityError" };
  /** Takes the cable out. */
  unplug(): Promise<void>;
}

/** Puts it into a page, which must not have been opened yet. */
export async function bridgeSerial(page: Page): Promise<SerialBridge> {
  let port: SerialPort | undefined;
  const bridge: SerialBridge = {
    choice: { refusal: "NotFoundError" },
    async unplug() {
      await close();
      await page.evaluate("serialBridge.unplug()");
    },
  };
  const close = async () => {
    const closing = port;
    port = undefined;
    if (closing !== undefined) await new Promise<void>((resolve) => closing.close(() => resolve()));
  };
  await page.exposeFunction("serialRefusal", () => ("refusal" in bridge.choice ? bridge.choice.refusal : undefined));
  await page.exposeFunction("serialOpen", async (baudRate: number) => {
    if (!("path" in bridge.choice)) return "no port was chosen";
    const opening = new SerialPort({ path: bridge.choice.path, baudRate, autoOpen: false });
    const error = await new Promise<Error | null | undefined>((resolve) => opening.open(resolve));
    if (error) return error.message;
    opening.on("data", (bytes: Buffer) => {
      void page.evaluate(`serialBridge.say(${JSON.stringify(bytes.toString("latin1"))})`);
    });
    port = opening;
    return undefined;
  });
  await page.exposeFunction("serialWrite", async (text: string) => {
    port?.write(text, "latin1");
  });
  await page.exposeFunction("serialClose", close);
  await page.addInitScript(browserSide);
  return bridge;
}

/** A `SerialPort` as the specification has it: streams while it is open, none afterwards, and a `disconnect` when it is pulled out. */
const browserSide = `{
  let toPage;
  const port = Object.assign(new EventTarget(), {
    readable: null,
    writable: null,
    async open({ baudRate }) {
      if (port.readable) throw new DOMException("The port is already open.", "InvalidStateError");
      const error = await serialOpen(baudRate);
      if (error) throw new DOMException("Failed to open serial port: " + error, "NetworkError");
      port.readable = new ReadableStream({ start: (controller) => { toPage = controller; } });
      port.writable = new WritableStream({ write: (bytes) => serialWrite(String.fromCharCode(...bytes)) });
    },
    async setSignals() {},
    async close() {
      if (port.readable?.locked || port.writable?.locked) throw new TypeError("Cannot cancel a locked stream");
      port.readable = port.writable = null;
      await serialClose();
    },
  });
  globalThis.serialBridge = {
    say: (text) => toPage.enqueue(Uint8Array.from(text, (character) => character.charCodeAt(0))),
    unplug() {
      toPage.error(new DOMException("The device has been lost.", "NetworkError"));
      port.readable = null;
      port.dispatchEvent(new Event("disconnect"));
    },
  };
  Object.defineProperty(navigator, "serial", {
    value: {
      async requestPort() {
        const refusal = await serialRefusal();
        if (refusal) throw new DOMException("No port for this page.", refusal);
        return port;
      },
    },
  });
}`;
