import { describe, expect, test } from "vitest";
import { readBuilt } from "../built.ts";
import { FastEngine } from "../fast/fast-engine.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { type Answer, askInformation } from "./ask.ts";
import { LineDecoder } from "./decode/line-decoder.ts";
import { PhysicalToken, type WebSerialPort } from "./web-serial.ts";
import { wire } from "./wire.ts";

const boot = async () =>
  FastEngine.boot({ ...(await readBuilt("pico-keypad")), install: fixtureInstallation, unixTime: 1_900_000_000 });

/** A port as a browser gives it: a stream that broke is followed by another one, as long as the device is there. */
class Port extends EventTarget implements WebSerialPort {
  readable: ReadableStream<Uint8Array> | null = null;
  writable: WritableStream<Uint8Array> | null = null;
  closed = 0;
  readonly #write: (text: string) => unknown;
  #toPage: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(write: (text: string) => unknown) {
    super();
    this.#write = write;
  }

  async open(): Promise<void> {
    this.#listen();
    this.writable = new WritableStream({
      write: async (bytes, { signal }) => {
        const given = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        await Promise.race([this.#write(wire.toLatin1(bytes)), given]);
      },
    });
  }

  async setSignals(): Promise<void> {
    throw new DOMException("Failed to set control signals.", "NetworkError");
  }

  async close(): Promise<void> {
    if (this.readable?.locked || this.writable?.locked) throw new TypeError("Cannot cancel a locked stream");
    this.closed++;
  }

  say(text: string): void {
    this.#toPage?.enqueue(wire.fromLatin1(text));
  }

  /** Bytes came faster than they were read. */
  overrun(): void {
    this.#toPage?.error(new DOMException("Buffer overrun.", "BufferOverrunError"));
    this.#listen();
  }

  unplug(): void {
    this.#toPage?.error(new DOMException("The device has been lost.", "NetworkError"));
    this.readable = null;
    this.dispatchEvent(new Event("disconnect"));
  }

  #listen(): void {
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#toPage = controller;
      },
    });
  }
}

async function portToToken(): Promise<Port> {
  const engine = await boot();
  const port: Port = new Port((text) => void engine.send(text));
  engine.onSerial((direction, text) => direction === "to-host" && port.say(text));
  return port;
}

const serial = (answer: Answer) =>
  "fields" in answer ? answer.fields.find(({ label }) => label === "serialNumber")?.value : answer.fault;

describe("a port of Web Serial", () => {
  test("with a token at its end tells who that is, and every frame is seen", async () => {
    const decoder = new LineDecoder();
    const seen: string[] = [];
    const port = await portToToken();
    const token = await PhysicalToken.open(port, (direction, text) =>
      seen.push(...decoder.push(direction, text).map(({ name }) => `${direction} ${name}`)),
    );
    expect(serial(await askInformation(token))).toBe(fixtureInstallation.serial);
    expect(seen).toEqual(["to-token RESET", "to-host RESET ACK", "to-token GET DATA", "to-host GET DATA"]);
    await token.close();
    await token.ended;
    expect(token.closedHere).toBe(true);
    expect(port.closed).toBe(1);
  });

  test("that lost bytes goes on", async () => {
    const port = await portToToken();
    const token = await PhysicalToken.open(port, () => {});
    port.overrun();
    await new Promise((resolve) => setTimeout(resolve));
    expect(serial(await askInformation(token))).toBe(fixtureInstallation.serial);
    await token.close();
  });

  test("whose token is unplugged has ended, is given back, and takes no more", async () => {
    const port = await portToToken();
    const token = await PhysicalToken.open(port, () => {});
    port.unplug();
    await token.ended;
    expect(token.closedHere).toBe(false);
    expect(port.closed).toBe(1);
    await expect(token.send("late")).rejects.toThrow();
    await token.close();
    expect(token.closedHere).toBe(false);
  });

  test("is given back even where the device takes no bytes", async () => {
    const port = new Port(() => new Promise(() => {}));
    const token = await PhysicalToken.open(port, () => {});
    const stuck = expect(token.send("stuck")).rejects.toThrow();
    await token.close();
    await stuck;
    expect(port.closed).toBe(1);
  });
});

test("silence is told from an answer that no token gives, after the time that a token may take", async () => {
  const silent = { send: async () => {}, onText: () => () => {} };
  expect(await askInformation(silent, 10)).toEqual({ fault: "silence" });
  const calls = new Set<(text: string) => void>();
  const modem = {
    send: async () => {
      for (const call of calls) call("ERROR\r\n");
    },
    onText: (call: (text: string) => void) => {
      calls.add(call);
      return () => calls.delete(call);
    },
  };
  expect(await askInformation(modem, 10)).toEqual({ fault: "gibberish" });
  expect(calls.size).toBe(0);
});

test("a line that takes no bytes is its user's to hear of", async () => {
  const broken = {
    send: async () => {
      throw new Error("the device is gone");
    },
    onText: () => () => {},
  };
  await expect(askInformation(broken, 10)).rejects.toThrow("gone");
});
