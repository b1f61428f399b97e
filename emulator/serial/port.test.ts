import { once } from "node:events";
import {
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { SerialPort } from "serialport";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import type { Machine } from "../machine/machine.ts";
import { smallMachine } from "../testing/small-bundle.ts";
import { type EmulatedPort, openPort, type PortOptions } from "./port.ts";
import { MOST_WAITING } from "./pseudo-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "ochre-port-"));
const opened: EmulatedPort[] = [];
let runtimeFolder: string | undefined;

beforeEach(() => {
  runtimeFolder = process.env.XDG_RUNTIME_DIR;
  process.env.XDG_RUNTIME_DIR = folder;
});
afterEach(async () => {
  for (const port of opened.splice(0)) await port.close();
  if (runtimeFolder === undefined) delete process.env.XDG_RUNTIME_DIR;
  else process.env.XDG_RUNTIME_DIR = runtimeFolder;
  rmSync(folder, { recursive: true, force: true });
});

async function emulated(machine: Machine, options?: PortOptions): Promise<EmulatedPort> {
  const port = await openPort(machine, options);
  opened.push(port);
  return port;
}

/** A host as `serialport` makes them. */
async function connect(path: string) {
  const port = new SerialPort({ path, baudRate: 115200, autoOpen: false });
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  let received = Buffer.alloc(0);
  port.on("data", (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
  });
  return {
    write: (bytes: Uint8Array) => port.write(Buffer.from(bytes)),
    /** Waits for as many bytes as that, and then a little for more of them. */
    received: async (length: number) => {
      while (received.length < length) await once(port, "data");
      await sleep(20);
      const bytes = received;
      received = Buffer.alloc(0);
      return bytes;
    },
    close: () => new Promise<void>((resolve, reject) => port.close((error) => (error ? reject(error) : resolve()))),
  };
}

const echo = { start: "USB.on('data', function (text) { USB.write(text); });" };
const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);

test("every byte value passes unchanged, both ways", async () => {
  const machine = smallMachine(echo);
  const heard: string[] = [];
  const port = await emulated(machine, {
    receive: (text) => {
      heard.push(text);
      machine.receive(text);
    },
  });
  const host = await connect(port.path);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 1500 }), async (bytes) => {
      const all = new Uint8Array([...everyByte, ...bytes]);
      host.write(all);
      expect(await host.received(all.length)).toEqual(Buffer.from(all));
      expect(Buffer.from(heard.splice(0).join(""), "latin1")).toEqual(Buffer.from(all));
    }),
    { numRuns: runs(10) },
  );
  await host.close();
});

test("hosts come and go without losing a byte or finding one that was not meant for them", async () => {
  const port = await emulated(smallMachine(echo));
  for (let i = 0; i < 12; i++) {
    const host = await connect(port.path);
    const bytes = new Uint8Array([...everyByte, i]);
    host.write(bytes);
    expect(await host.received(bytes.length)).toEqual(Buffer.from(bytes));
    await host.close();
  }
});

test("an answer that its host did not wait for is not the next host's", async () => {
  const port = await emulated(smallMachine(echo));
  for (let i = 0; i < 3; i++) {
    const hasty = await connect(port.path);
    hasty.write(new Uint8Array(300).fill(0xee));
    await sleep(30);
    await hasty.close();
  }
  const host = await connect(port.path);
  host.write(everyByte);
  expect(await host.received(256)).toEqual(Buffer.from(everyByte));
  await host.close();
});

test("what the firmware says before any host has spoken is said to nobody", async () => {
  const machine = smallMachine({ start: "setInterval(function () { USB.write('noise'); }, 10);" });
  const heard: string[] = [];
  const port = await emulated(machine, { receive: (text) => heard.push(text) });
  machine.advance(100);
  const host = await connect(port.path);
  machine.advance(100);
  await sleep(30);
  host.write(new Uint8Array([1]));
  while (heard.length === 0) await sleep(5);
  machine.advance(10);
  expect((await host.received(5)).toString()).toBe("noise");
  expect(heard).toEqual(["\x01"]);
  await host.close();
});

test("the line is raw from the beginning: nothing echoes, and no line end is translated", async () => {
  const heard: string[] = [];
  const port = await emulated(smallMachine(echo), {
    receive: (text) => heard.push(text),
  });
  // A host that sets nothing up.
  const host = await open(port.path, "r+");
  const bytes = Buffer.from("\r\n\n\r\x03\x04\x11\x13\x1a\x7f", "latin1");
  await host.write(bytes);
  while (heard.join("").length < bytes.length) await sleep(5);
  await sleep(20);
  expect(heard.join("")).toBe(bytes.toString("latin1"));
  await host.close();
});

test("a host that does not read holds nobody up; when it does, it finds all that was said to it, up to a mebibyte", async () => {
  let said = "";
  const machine = smallMachine({});
  const port = await emulated(machine);
  const say = (length: number) => {
    const text = Array.from({ length }, (_, i) => String.fromCharCode((said.length + i * i) & 0xff)).join("");
    said += text;
    machine.onTransmit(text);
  };
  const host = await open(port.path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  try {
    await host.write("?");
    await sleep(20);
    // More than any terminal holds, and more than is kept of it.
    for (let i = 0; i < 300; i++) say(1000 + i);
    say(2 * MOST_WAITING);
    await sleep(20);
    const read: Buffer[] = [];
    for (let silences = 0; silences < 20; ) {
      const { bytesRead, buffer } = await host.read({ buffer: Buffer.alloc(65536) }).catch((error) => {
        if (error.code !== "EAGAIN") throw error;
        return { bytesRead: 0, buffer: Buffer.alloc(0) };
      });
      if (bytesRead === 0) await sleep(10);
      silences = bytesRead === 0 ? silences + 1 : 0;
      read.push(buffer.subarray(0, bytesRead));
    }
    const heard = Buffer.concat(read);
    expect(heard.length).toBeGreaterThanOrEqual(MOST_WAITING);
    expect(heard.length).toBeLessThan(said.length);
    expect(heard.equals(Buffer.from(said.slice(0, heard.length), "latin1"))).toBe(true);
    const next = said.length;
    say(100);
    await sleep(20);
    expect((await host.read({ buffer: Buffer.alloc(200) })).buffer.toString("latin1", 0, 100)).toBe(said.slice(next));
  } finally {
    await host.close();
  }
});

test("a second program is told that the port is taken", async () => {
  const port = await emulated(smallMachine(echo));
  const host = await connect(port.path);
  await expect(connect(port.path)).rejects.toThrow(/Cannot lock port/);
  host.write(everyByte);
  expect(await host.received(256)).toEqual(Buffer.from(everyByte));
  await host.close();
});

test("many ports can be open at once, and none leaves a descriptor behind", async () => {
  const descriptors = () => readdirSync("/proc/self/fd").length;
  const first = await openPort(smallMachine(echo));
  await first.close();
  await sleep(50);
  const before = descriptors();
  const ports = await Promise.all(Array.from({ length: 10 }, () => openPort(smallMachine(echo))));
  expect(new Set(ports.map((port) => port.path)).size).toBe(10);
  await Promise.all(ports.map((port) => port.close()));
  await sleep(50);
  expect(descriptors()).toBeLessThanOrEqual(before);
});

test("an announced port is found under its serial number until it is closed", async () => {
  const port = await emulated(smallMachine({}), { announce: { serial: "TEST-1", http: "http://127.0.0.1:1" } });
  const file = join(folder, `ochre-${process.getuid!()}`, "TEST-1.json");
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    path: port.path,
    pid: process.pid,
    board: "small",
    http: "http://127.0.0.1:1",
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
  await port.close();
  expect(existsSync(file)).toBe(false);
});

test("closing takes back no announcement but one's own", async () => {
  const older = await emulated(smallMachine({}), { announce: { serial: "TEST-2" } });
  const newer = await emulated(smallMachine({}), { announce: { serial: "TEST-2" } });
  await older.close();
  const file = join(folder, `ochre-${process.getuid!()}`, "TEST-2.json");
  expect(JSON.parse(readFileSync(file, "utf8")).path).toBe(newer.path);
});

test.each(["../escape", "a/b", "", ".hidden"])("the serial number %j is not made a file name", async (serial) => {
  await expect(openPort(smallMachine({}), { announce: { serial } })).rejects.toThrow(RangeError);
});

test("a link leads to the port, replaces an older link, and nothing else", async () => {
  const place = mkdtempSync(join(tmpdir(), "ochre-link-"));
  const link = join(place, "token");
  const first = await emulated(smallMachine(echo), { link });
  expect(readlinkSync(link)).toBe(first.path);
  const second = await emulated(smallMachine(echo), { link });
  await first.close();
  expect(readlinkSync(link)).toBe(second.path);
  const host = await connect(link);
  host.write(everyByte);
  expect(await host.received(256)).toEqual(Buffer.from(everyByte));
  await host.close();
  await second.close();
  expect(existsSync(link)).toBe(false);
  symlinkSync("/dev/pts/of-an-emulator-that-was-killed", link);
  await (await openPort(smallMachine(echo), { link })).close();
  expect(existsSync(link)).toBe(false);
  writeFileSync(link, "precious");
  await expect(openPort(smallMachine(echo), { link })).rejects.toThrow(/not a symbolic link/);
  expect(readFileSync(link, "utf8")).toBe("precious");
  rmSync(place, { recursive: true });
});

test("a link to a file, to a folder or to a place that may come back is somebody's, and stays", async () => {
  const place = mkdtempSync(join(tmpdir(), "ochre-link-"));
  const link = join(place, "token");
  writeFileSync(join(place, "precious"), "precious");
  for (const target of ["precious", place, "/dev/shm", "not-mounted-now/file"]) {
    symlinkSync(target, link);
    await expect(openPort(smallMachine(echo), { link })).rejects.toThrow(/no terminal/);
    expect(readlinkSync(link)).toBe(target);
    rmSync(link);
  }
  expect(readFileSync(join(place, "precious"), "utf8")).toBe("precious");
  rmSync(place, { recursive: true });
});

test("an error of the firmware while it handles bytes is told to whoever opened the port", async () => {
  const errors: unknown[] = [];
  const machine = smallMachine({ start: "USB.on('data', function () { throw new Error('choked'); });" });
  const port = await emulated(machine, { onError: (error) => errors.push(error) });
  const host = await connect(port.path);
  host.write(everyByte);
  while (errors.length === 0) await sleep(5);
  expect(String(errors[0])).toContain("choked");
  await host.close();
});
