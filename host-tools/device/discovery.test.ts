import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeTokenInformation, type TokenInformation } from "../../protocol/apdu/get-data.ts";
import { encodeResponse } from "../../protocol/apdu/response.ts";
import { findTokens, NoSingleTokenError, theOnlyToken } from "./discovery.ts";
import { PortError } from "./port-error.ts";
import type { Transport } from "./transport.ts";

let root = "";
let folder = "";
let sysfs = "";
let warnings: string[] = [];
const warn = (text: string) => void warnings.push(text);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ochre-discovery-"));
  folder = join(root, "announcements");
  sysfs = join(root, "tty");
  await mkdir(folder, { mode: 0o700 });
  await mkdir(sysfs);
  warnings = [];
});
afterEach(() => rm(root, { recursive: true }));

/** A file that exists stands in for the emulator's port. */
const announce = (serial: string, more: object = {}) =>
  writeFile(
    join(folder, `${serial}.json`),
    JSON.stringify({ path: import.meta.filename, pid: process.pid, board: "pico-keypad", ...more }),
  );

/** As the kernel shows a USB serial port: tty/<name>/device -> the interface, whose parent is the device. */
async function plugIn(name: string, idVendor: string, idProduct: string) {
  const device = join(root, "devices", name);
  await mkdir(join(device, "interface"), { recursive: true });
  await writeFile(join(device, "idVendor"), `${idVendor}\n`);
  await writeFile(join(device, "idProduct"), `${idProduct}\n`);
  await mkdir(join(sysfs, name));
  await symlink(join(device, "interface"), join(sysfs, name, "device"));
}

const information: TokenInformation = {
  serial: "OC00000007",
  model: new Uint8Array([0, 1]),
  firmwareVersion: "0.1.0",
  boardName: "pico-keypad",
  assuranceClass: "O",
  state: 3,
  pinTriesLeft: 5,
  keyVersion: 0x30,
};
const answering: Transport = {
  exchange: async () => encodeResponse(encodeTokenInformation(information), 0x9000),
  reset: async () => {},
  close: async () => {},
};
const find = (open: (path: string) => Promise<Transport> = async () => answering) =>
  findTokens({ folder, sysfs, warn, open });

describe("the tokens of this machine", () => {
  it("are none where no folder and no port is there", async () => {
    await rm(folder, { recursive: true });
    expect(await find()).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it("include every emulator that announces itself", async () => {
    await announce("EM2", { http: "http://127.0.0.1:8080" });
    await announce("EM1");
    const path = import.meta.filename;
    expect(await find()).toEqual([
      { kind: "emulated", serial: "EM1", path, board: "pico-keypad" },
      { kind: "emulated", serial: "EM2", path, board: "pico-keypad", http: "http://127.0.0.1:8080" },
    ]);
  });

  it("do not include an emulator whose process or port is gone, and its file is removed", async () => {
    await announce("DEAD", { pid: 2 ** 22 + 1 }); // beyond the largest pid of Linux
    await announce("GONE", { path: join(root, "no-such-port") });
    await announce("LIVE");
    expect((await find()).map((token) => token.serial)).toEqual(["LIVE"]);
    expect(await readdir(folder)).toEqual(["LIVE.json"]);
  });

  it("do not include what announces no token, and say so", async () => {
    await writeFile(join(folder, "A.json"), "{");
    await announce("B", { pid: -1 });
    await announce("C", { pid: 0 });
    await announce("D", { path: 5 });
    expect(await find()).toEqual([]);
    expect(warnings.length).toBe(4);
    expect((await readdir(folder)).length).toBe(4);
  });

  it("are not believed from a folder in which others may write, or that is a link", async () => {
    await announce("EM1");
    await chmod(folder, 0o770);
    expect(await find()).toEqual([]);
    await chmod(folder, 0o702);
    expect(await find()).toEqual([]);
    await chmod(folder, 0o700);
    const link = join(root, "link");
    await symlink(folder, link);
    expect(await findTokens({ folder: link, sysfs, warn })).toEqual([]);
    expect(warnings).toEqual([
      expect.stringContaining("other users may write"),
      expect.stringContaining("other users may write"),
      expect.stringContaining("not a folder"),
    ]);
  });

  it("include a board on USB 2e8a:000a by what it answers, and no other device", async () => {
    await plugIn("ttyACM0", "2e8a", "000a");
    await plugIn("ttyUSB0", "0403", "6001");
    await mkdir(join(sysfs, "tty1"));
    expect(await find()).toEqual([
      { kind: "usb", path: "/dev/ttyACM0", serial: "OC00000007", board: "pico-keypad", info: information },
    ]);
  });

  it("include a board that does not answer, with the reason", async () => {
    await plugIn("ttyACM0", "2e8a", "000a");
    const open = async (path: string) => {
      throw new PortError("locked", path, "in use");
    };
    expect(await find(open)).toEqual([{ kind: "usb", path: "/dev/ttyACM0", problem: "in use" }]);
  });
});

describe("the only token", () => {
  const only = (open: (path: string) => Promise<Transport> = async () => answering) =>
    theOnlyToken({ folder, sysfs, warn, open });

  it("is the one that can be used", async () => {
    await announce("EM1");
    await plugIn("ttyACM0", "2e8a", "000a");
    const open = async (path: string) => {
      throw new PortError("no-answer", path, "no answer");
    };
    expect(await only(open)).toMatchObject({ serial: "EM1" });
  });

  it("is asked for by name when there are several, and all are listed", async () => {
    await announce("EM1");
    await plugIn("ttyACM0", "2e8a", "000a");
    const error = await only().catch((e) => e);
    expect(error).toBeInstanceOf(NoSingleTokenError);
    expect(error.message).toContain("--port");
    expect(error.message).toContain("EM1");
    expect(error.message).toContain("/dev/ttyACM0");
  });

  it("that is nowhere is answered with what to do", async () => {
    await expect(only()).rejects.toThrow(/Plug one in/);
  });
});
