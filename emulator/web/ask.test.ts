import { expect, test } from "vitest";
import { readBuilt } from "../built.ts";
import { FastEngine } from "../fast/fast-engine.ts";
import { fixtureInstallation } from "../testing/token.ts";
import { askInformation } from "./ask.ts";
import { LineDecoder } from "./decode/line-decoder.ts";
import { PhysicalToken, type WebSerialPort } from "./web-serial.ts";
import { wire } from "./wire.ts";

const boot = async () =>
  FastEngine.boot({ ...(await readBuilt("pico-keypad")), install: fixtureInstallation, unixTime: 1_900_000_000 });

/** A port as a browser gives it, with a token at its other end. */
function portTo(engine: FastEngine): WebSerialPort & { unplug(): void } {
  let toPage: ReadableStreamDefaultController<Uint8Array>;
  const readable = new ReadableStream<Uint8Array>({
    start: (controller) => {
      toPage = controller;
    },
  });
  const writable = new WritableStream<Uint8Array>({ write: (bytes) => engine.send(wire.toLatin1(bytes)) });
  engine.onSerial((direction, text) => {
    if (direction === "to-host") toPage.enqueue(wire.fromLatin1(text));
  });
  return {
    readable,
    writable,
    open: async () => {},
    close: async () => {},
    unplug: () => toPage.error(new DOMException("The device has been lost.", "NetworkError")),
  };
}

test("a token at the end of Web Serial says who it is, and every frame is seen", async () => {
  const decoder = new LineDecoder();
  const seen: string[] = [];
  let ended = false;
  const token = await PhysicalToken.open(
    portTo(await boot()),
    (direction, text) => seen.push(...decoder.push(direction, text).map(({ name }) => `${direction} ${name}`)),
    () => {
      ended = true;
    },
  );
  const fields = await askInformation(token);
  expect(fields?.find(({ label }) => label === "serialNumber")?.value).toBe(fixtureInstallation.serial);
  expect(seen).toEqual(["to-token RESET", "to-host RESET ACK", "to-token GET DATA", "to-host GET DATA"]);
  await token.close();
  expect(ended).toBe(true);
});

test("a token that is unplugged is gone, and no error is left over", async () => {
  const port = portTo(await boot());
  const ended = new Promise<void>((resolve) => {
    void PhysicalToken.open(port, () => {}, resolve);
  });
  await new Promise((resolve) => setTimeout(resolve));
  port.unplug();
  await ended;
});

test("silence is no answer, after the time that a token may take", async () => {
  const line = { send: async () => {}, onText: () => () => {} };
  expect(await askInformation(line, 10)).toBeUndefined();
});
