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
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { SerialPort } from "serialport";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import type { Machine } from "../machine/machine.ts";
import { smallMachine } from "../testing/small-bundle.ts";
import { type EmulatedPort, openPort, type PortOptions } from "./port.ts";

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

/** How a host opens a port that sets nothing up, and reads only when it is told to. */
const DEAF = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;

const unlessFull =
  <T>(instead: () => T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code !== "EAGAIN") throw error;
    return instead();
  };

/** What such a host finds, until there has been nothing for a while. */
async function everything(host: FileHandle): Promise<Buffer[]> {
  const read: Buffer[] = [];
  for (let silences = 0; silences < 10; ) {
    const buffer = Buffer.alloc(65536);
    const { bytesRead } = await host.read({ buffer }).catch(unlessFull(() => ({ bytesRead: 0 })));
    read.push(buffer.subarray(0, bytesRead));
    silences = bytesRead === 0 ? silences + 1 : 0;
    if (bytesRead === 0) await sleep(10);
  }
  return read;
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

describe("a host that does not read", () => {
  const speak = async () => {
    const machine = smallMachine({});
    const port = await emulated(machine);
    const deaf = await open(port.path, DEAF);
    await deaf.write("?");
    await sleep(20);
    const said = Array.from({ length: 300_000 }, (_, i) => String.fromCharCode((i * i) & 0xff)).join("");
    for (let i = 0; i < said.length; i += 1000) machine.onTransmit(said.slice(i, i + 1000));
    return { machine, port, deaf, said };
  };

  test("holds nobody up; when it does, it finds what the terminal could keep, and then what is said to it", async () => {
    const { machine, deaf, said } = await speak();
    const heard = Buffer.concat(await everything(deaf)).toString("latin1");
    expect(heard.length).toBeGreaterThan(10_000);
    expect(heard.slice(0, 10_000)).toBe(said.slice(0, 10_000));
    expect(heard.length).toBeLessThan(said.length);
    machine.onTransmit("next");
    expect(Buffer.concat(await everything(deaf)).toString()).toBe("next");
    await deaf.close();
  });

  test("leaves nothing to the next one", async () => {
    const { machine, port, deaf } = await speak();
    await deaf.close();
    const host = await connect(port.path);
    host.write(everyByte);
    await sleep(20);
    machine.onTransmit("next");
    expect((await host.received(4)).toString()).toBe("next");
    await host.close();
  });
});

test("a host that writes faster than bytes are taken has to wait, and none of them gets lost", async () => {
  const heard: string[] = [];
  let take = () => {};
  const port = await emulated(smallMachine({}), {
    receive: (text) => {
      heard.push(text);
      return new Promise<void>((resolve) => {
        take = resolve;
      });
    },
  });
  const host = await open(port.path, DEAF);
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) & 0xff));
  let sent = 0;
  // Until the port takes nothing more.
  for (let refusals = 0; refusals < 20; ) {
    const { bytesWritten } = await host.write(bytes, sent).catch(unlessFull(() => ({ bytesWritten: 0 })));
    sent += bytesWritten;
    refusals = bytesWritten === 0 ? refusals + 1 : 0;
    await sleep(bytesWritten === 0 ? 5 : 0);
  }
  expect(heard).toHaveLength(1);
  expect(sent).toBeLessThan(bytes.length);
  while (heard.join("").length < sent) {
    take();
    await sleep(1);
  }
  expect(Buffer.from(heard.join(""), "latin1").equals(bytes.subarray(0, sent))).toBe(true);
  await host.close();
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
