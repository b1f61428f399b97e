import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as pty from "@lydell/node-pty";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readBuilt } from "../../emulator/built.ts";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { saveState } from "../../emulator/state.ts";
import { digestOf, slotImage, withImage } from "../../emulator/testing/slot-image.ts";
import { openSerialTransport } from "../device/serial-port.ts";
import { tokenInfo } from "../device/token.ts";
import { laboratoryTransportKeys } from "../keys/laboratory.ts";
import { emulatorCommand } from "./emulator.ts";
import { UsageError } from "./usage-error.ts";

const program = fileURLToPath(new URL("../../bin/ochre.js", import.meta.url));

let folder: string;
let environment: Record<string, string>;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ochre-cli-"));
  environment = { ...(process.env as Record<string, string>), XDG_RUNTIME_DIR: folder };
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** The command in a process of its own, once it has said where its token is. */
async function start(...args: string[]) {
  const child = spawn(process.execPath, [program, "emulator", "--json", ...args], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = await once(createInterface(child.stdout!), "line");
  const said = JSON.parse(line) as { serial: string; seed: number; path: string; pid: number; http?: string };
  return {
    ...said,
    /** Ends it in order. */
    stop: async (signal: NodeJS.Signals = "SIGTERM") => {
      child.kill(signal);
      const [code] = await once(child, "exit");
      return code;
    },
  };
}

async function infoOf(path: string, patience?: { timeoutMs: number; retries: number }) {
  const transport = await openSerialTransport(path, patience);
  try {
    return await tokenInfo(transport);
  } finally {
    await transport.close();
  }
}

const run = (...args: string[]) => emulatorCommand().exitOverride().parseAsync(args, { from: "user" });

test.each([
  [["--board", "toaster"], /the boards are pico-buttons, pico-keypad/],
  [["--seed", "seven"], /below 2\^32/],
  [["--seed", "4294967296"], /below 2\^32/],
  [["--speed", "0"], /frozen/],
  [["--speed", "fast"], /frozen/],
  [["--serial", "../../escape"], /1 to 16/],
  [["--serial", "SEVENTEEN-LETTERS"], /1 to 16/],
  [["--state", "/no/such/folder/token.json"], /can't be written/],
  [["--state", ""], /name of a file/],
  [["--pty-link", "/no/such/folder/token"], /--pty-link: there is no folder \/no\/such\/folder$/],
  [["--pty-link", "/dev/null"], /not a symbolic link/],
  [["--http", "eighty"], /from 0/],
  [["--http", "65536"], /65535/],
  [["--engine", "steam"], /fast, espruino, mcu/],
  [["--engine", "espruino", "--espruino", "espruino", "--speed", "2"], /real time/],
  [["--engine", "mcu", "--image", "i", "--bootrom", "b", "--profile", "--state", "file"], /--profile .*--state/],
  [["--espruino", "espruino"], /for --engine espruino/],
  [["--firmware", "newer.js"], /64 hexadecimal digits, not newer\.js/],
  [["--engine", "mcu", "--image", "i", "--bootrom", "b", "--firmware", "0".repeat(64)], /for --engine fast/],
  [["--image", "espruino.uf2"], /for --engine mcu/],
  [["--profile"], /for --engine mcu/],
  [["--engine", "mcu"], /--bootrom FILE/],
  [["--engine", "mcu", "--image", "/no/such/image", "--bootrom", "/no/such/rom"], /can't be read/],
  [["--engine", "mcu", "--image", program, "--bootrom", program], /boot ROM of an RP2040 was expected/],
  [["--engine", "espruino", "--espruino", "/no/such/interpreter"], /no interpreter that can be run/],
  [["--engine", "espruino", "--espruino", "/bin/true"], /\/bin\/true is no Espruino for Linux: it ended/],
])("%j is wrong usage", async (args, message) => {
  await expect(run(...args)).rejects.toBeInstanceOf(UsageError);
  await expect(run(...args)).rejects.toThrow(message);
});

test("a file that no RP2040 would start is wrong usage, beside a boot ROM as well", async () => {
  const rom = join(folder, "bootrom.bin");
  const bytes = Buffer.alloc(16 * 1024);
  bytes.set([0x4d, 0x75, 0x01], 0x10);
  bytes.writeUInt16LE(0x100, 0x14);
  bytes.write("RE", 0x100, "latin1");
  bytes.writeUInt16LE(0x201, 0x102);
  bytes.write("RP", 0x104, "latin1");
  bytes.writeUInt16LE(0x301, 0x106);
  writeFileSync(rom, bytes);
  const args = ["--engine", "mcu", "--image", program, "--bootrom", rom];
  await expect(run(...args)).rejects.toBeInstanceOf(UsageError);
  await expect(run(...args)).rejects.toThrow(/none that an RP2040 boots.*Espruino for the Pico/);
});

test("a file that is no state, or another token's, is wrong usage and stays as it is", async () => {
  const file = join(folder, "token.json");
  const other = {
    format: "ochre-emulator-state",
    version: 1,
    board: "pico-keypad",
    serial: "OTHER",
    clockOffset: null,
    pages: {},
  };
  for (const [text, message] of [
    ["precious", /no state file of the emulator, or a damaged one: name another, or move it away/],
    [JSON.stringify(other), /state of OTHER/],
    [JSON.stringify({ ...other, board: "toaster" }), /state of a toaster/],
  ] as const) {
    writeFileSync(file, text);
    await expect(run("--state", file, "--serial", "MINE")).rejects.toBeInstanceOf(UsageError);
    await expect(run("--state", file, "--serial", "MINE")).rejects.toThrow(message);
    expect(readFileSync(file, "utf8")).toBe(text);
  }
});

test("it says where its token is, announces it, answers on its port, and leaves nothing behind", async () => {
  const link = join(folder, "port");
  const emulator = await start("--serial", "LAB-0001", "--pty-link", link);
  expect(emulator.serial).toBe("LAB-0001");
  expect(readlinkSync(link)).toBe(emulator.path);
  const announcement = join(folder, `ochre-${process.getuid!()}`, "LAB-0001.json");
  expect(JSON.parse(readFileSync(announcement, "utf8"))).toMatchObject({
    path: emulator.path,
    pid: emulator.pid,
    board: "pico-keypad",
  });
  expect(await infoOf(link)).toMatchObject({ serial: "LAB-0001" });
  expect(await infoOf(emulator.path)).toMatchObject({ serial: "LAB-0001" });
  expect(await emulator.stop()).toBe(0);
  expect(existsSync(link)).toBe(false);
  expect(existsSync(announcement)).toBe(false);
});

test("a token that is kept in a file is the same token in the next run", async () => {
  const file = join(folder, "token.json");
  const first = await start("--state", file, "--seed", "123");
  expect(first.serial).toBe("OC-000123");
  expect(await first.stop()).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const second = await start("--state", file);
  expect(second.serial).toBe("OC-000123");
  expect(await infoOf(second.path)).toMatchObject({ serial: "OC-000123" });
  expect(await second.stop()).toBe(0);
  expect(readdirSync(folder).filter((name) => name.includes("draft"))).toEqual([]);
});

test("a token that was updated goes on once its firmware is named, and the refusal gives the very line", async () => {
  const file = join(folder, "token.json");
  const built = await readBuilt("pico-keypad");
  const newer = slotImage(built.bundle.replaceAll(`"${built.manifest.version}"`, '"9.8.7"'), 0x090807, built.manifest);
  const factory = await FastEngine.boot({
    ...built,
    install: { serial: "UPDATED", ...laboratoryTransportKeys("UPDATED") },
  });
  const flash = withImage(await factory.dumpFlash(), built.manifest, newer, 1);
  await factory.close();
  await saveState(file, { board: "pico-keypad", serial: "UPDATED", flash, unixTime: undefined }, 0);
  const before = readFileSync(file, "utf8");
  const refused: unknown = await run("--state", file).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UsageError);
  const [, option, digest] = /this flash holds firmware 9\.8\.7 .*ochre emulator (--firmware) ([0-9a-f]{64})/.exec(
    String(refused),
  )!;
  expect(digest).toBe(digestOf(newer));
  await expect(run("--state", file, option, "0".repeat(64))).rejects.toThrow(/this flash holds firmware 9\.8\.7/);
  expect(readFileSync(file, "utf8")).toBe(before);
  const emulator = await start("--state", file, option, "0".repeat(64), option, digest);
  expect(await infoOf(emulator.path)).toMatchObject({ serial: "UPDATED", firmwareVersion: "9.8.7" });
  expect(await emulator.stop()).toBe(0);
});

test("a second emulator on the same state is refused, says why and changes nothing; kill -9 leaves no lock behind", async () => {
  const file = join(folder, "token.json");
  const first = await start("--state", file, "--serial", "ONE");
  await expect(run("--state", file)).rejects.toBeInstanceOf(UsageError);
  await expect(run("--state", file)).rejects.toThrow(/token\.json is in use: another emulator/);
  expect(existsSync(file)).toBe(false);
  expect(await first.stop()).toBe(0);
  const second = await start("--state", file);
  process.kill(second.pid, "SIGKILL");
  const third = await start("--state", file);
  expect(third.serial).toBe("ONE");
  expect(await third.stop()).toBe(0);
});

test("a state that was kept beyond the end of the clock's calendar starts again", async () => {
  const file = join(folder, "token.json");
  const first = await start("--state", file, "--speed", "frozen", "--http", "0");
  const set = (path: string, method: string, body: unknown) =>
    fetch(first.http + path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  expect((await set("/v1/clock", "PATCH", { unixTime: 7_258_118_399 })).status).toBe(200);
  expect((await set("/v1/clock/advance", "POST", { ms: 86_400_000 })).status).toBe(200);
  expect(await first.stop()).toBe(0);
  const second = await start("--state", file, "--http", "0");
  expect(await (await fetch(`${second.http}/v1/clock`)).json()).toMatchObject({ lostPower: false });
  expect(await second.stop()).toBe(0);
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "%s ends it soon and in order, whatever it is at: the state is kept, and nothing else is left",
  async (signal) => {
    const [file, link] = [join(folder, "token.json"), join(folder, "port")];
    const emulator = await start("--state", file, "--speed", "frozen", "--http", "0", "--pty-link", link);
    const { http, serial } = emulator;
    // A key that is held keeps the firmware busy: this would take many minutes.
    expect((await fetch(`${http}/v1/keys/1/down`, { method: "POST" })).status).toBe(204);
    const advance = fetch(`${http}/v1/clock/advance`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"ms":3000000000000}',
    }).catch(() => undefined);
    const waited = new Promise((resolve) => setTimeout(resolve, 300, "at it"));
    expect(await Promise.race([advance, waited])).toBe("at it");
    const begun = performance.now();
    expect(await emulator.stop(signal)).toBe(0);
    expect(performance.now() - begun).toBeLessThan(20_000);
    await advance;
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ serial });
    expect(readdirSync(folder).sort()).toEqual([`ochre-${process.getuid!()}`, "token.json", "token.json.lock"]);
    expect(readdirSync(join(folder, `ochre-${process.getuid!()}`))).toEqual([]);
  },
);

test("a run tells its seed, and with that seed it repeats itself: every random number is the same", async () => {
  const runs = async (...args: string[]) => {
    const { http, seed, stop } = await start("--serial", "SEED-1", "--speed", "frozen", "--http", "0", ...args);
    const ask = async (path: string, method = "GET", body?: object) => {
      const sent = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      return (await fetch(http + path, { method, ...(body === undefined ? {} : sent) })).text();
    };
    expect(JSON.parse(await ask("/v1/engine"))).toMatchObject({ seed });
    await ask("/v1/recording", "POST");
    await ask("/v1/keys", "POST", { press: ["MENU"], bounceMs: 30 });
    const recording = await ask("/v1/recording", "DELETE");
    expect(await stop()).toBe(0);
    return { seed, recording };
  };
  const first = await runs();
  expect(await runs("--seed", String(first.seed))).toEqual(first);
  expect((await runs("--seed", String((first.seed + 1) % 2 ** 32))).recording).not.toBe(first.recording);
});

test("frozen, a token still answers its port", async () => {
  const emulator = await start("--speed", "frozen", "--serial", "ICE");
  expect(await infoOf(emulator.path)).toMatchObject({ serial: "ICE" });
  expect(await emulator.stop()).toBe(0);
});

test("with --http it says where, and so does its announcement; screen, page and port are of one token", async () => {
  const emulator = await start("--serial", "WEB-1", "--http", "0", "--speed", "frozen");
  expect(emulator.http).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const announcement = join(folder, `ochre-${process.getuid!()}`, "WEB-1.json");
  expect(JSON.parse(readFileSync(announcement, "utf8")).http).toBe(emulator.http);
  expect(await (await fetch(`${emulator.http}/v1/screen.txt`)).text()).toContain("WEB-1");
  const page = await fetch(`${emulator.http}/`);
  expect(page.headers.get("content-type")).toMatch(/^text\/html/);
  expect(await page.text()).toContain("page.js");
  // Power taken over HTTP is gone on the port.
  await fetch(`${emulator.http}/v1/power/off`, { method: "POST" });
  await expect(infoOf(emulator.path, { timeoutMs: 300, retries: 0 })).rejects.toThrow();
  await fetch(`${emulator.http}/v1/power/on`, { method: "POST" });
  expect(await infoOf(emulator.path)).toMatchObject({ serial: "WEB-1" });
  expect(await emulator.stop()).toBe(0);
});

test("a port that is taken is wrong usage, and nothing is left behind", async () => {
  const first = await start("--serial", "WEB-1", "--http", "0");
  const port = new URL(first.http!).port;
  const second = spawn(process.execPath, [program, "emulator", "--json", "--serial", "WEB-2", "--http", port], {
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  children.push(second);
  let complaint = "";
  second.stderr.on("data", (text) => (complaint += text));
  const [code] = await once(second, "exit");
  expect([code, complaint]).toEqual([2, expect.stringMatching(`port ${port} can't be had.*--http 0`)]);
  expect(existsSync(join(folder, `ochre-${process.getuid!()}`, "WEB-2.json"))).toBe(false);
  expect(await first.stop()).toBe(0);
});

test("in a terminal it draws the display, takes keys, and ends with Ctrl-C", async () => {
  const terminal = pty.spawn(process.execPath, [program, "emulator", "--serial", "TTY-1"], {
    cols: 80,
    rows: 24,
    env: environment,
  });
  let output = "";
  terminal.onData((text) => (output += text));
  const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  await expect.poll(() => output, { timeout: 20_000 }).toMatch(/Token TTY-1 \(pico-keypad\) on \/dev\/.*OCHRE/s);
  output = "";
  terminal.write("m");
  await expect.poll(() => output, { timeout: 20_000 }).toMatch(/pico-keypad \/ O/);
  terminal.write("\x03");
  expect(await ended).toBe(0);
  expect(output).toContain("\x1b[?25h");
});

test("a terminal that is closed ends it in order: the state is kept, and nothing else is left", async () => {
  const file = join(folder, "token.json");
  const terminal = pty.spawn(process.execPath, [program, "emulator", "--serial", "TTY-2", "--state", file], {
    cols: 80,
    rows: 24,
    env: environment,
  });
  let output = "";
  terminal.onData((text) => (output += text));
  await expect.poll(() => output, { timeout: 20_000 }).toMatch(/Token TTY-2/);
  const { pid } = terminal;
  // What a window does when it is closed: its end of the line is gone, and the system sends SIGHUP.
  (terminal as unknown as { _socket: { destroy(): void } })._socket.destroy();
  const alive = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await expect.poll(alive, { timeout: 20_000 }).toBe(false);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ serial: "TTY-2" });
  expect(readdirSync(join(folder, `ochre-${process.getuid!()}`))).toEqual([]);
});
