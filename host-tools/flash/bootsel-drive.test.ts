import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyToDrive, driveProblem, findDrive } from "./bootsel-drive.ts";

const RP2040 = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n";
const RP2350 = "UF2 Bootloader v1.0\r\nModel: Raspberry Pi RP2350\r\nBoard-ID: RP2350\r\n";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ochre-drive-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A folder that stands for a drive: to a program, a drive is a folder. */
async function drive(name: string, info: string | undefined): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  if (info !== undefined) await writeFile(join(path, "INFO_UF2.TXT"), info);
  return path;
}

const find = (given: string | undefined, folders: string[]) => findDrive("RPI-RP2", given, async () => folders);

describe("the drive of a board in BOOTSEL mode", () => {
  it("is found among others", async () => {
    const right = await drive("RPI-RP2", RP2040);
    const folders = [await drive("STICK", undefined), right, await drive("RP2350", RP2350), join(folder, "gone")];
    expect(await find(undefined, folders)).toBe(right);
  });

  it("is asked for when there is none, with how to get it; boards of other kinds are named", async () => {
    const other = await drive("RP2350", RP2350);
    await expect(find(undefined, [other])).rejects.toMatchObject({ fault: "drive" });
    await expect(find(undefined, [other])).rejects.toThrow(/RP2350 is of a board RP2350.*Hold the button BOOTSEL/);
  });

  it("has to be named when there are two", async () => {
    const two = [await drive("one", RP2040), await drive("two", RP2040)];
    await expect(find(undefined, two)).rejects.toThrow(`${two[0]}, ${two[1]}. Name its drive with --drive`);
    expect(await find(two[1], two)).toBe(two[1]);
  });

  it("is checked when it is named", async () => {
    await expect(find(await drive("STICK", undefined), [])).rejects.toThrow(/no INFO_UF2.TXT/);
    await expect(find(await drive("RP2350", RP2350), [])).rejects.toThrow(/is of a board RP2350. Expected is RPI-RP2/);
    await expect(find(join(folder, "nowhere"), [])).rejects.toThrow(/no INFO_UF2.TXT/);
  });

  it("gets the image whole", async () => {
    const right = await drive("RPI-RP2", RP2040);
    const image = new Uint8Array(4096).map((_, i) => i);
    expect(await copyToDrive(right, image)).toBeUndefined();
    expect(new Uint8Array(await readFile(join(right, "OCHRE.UF2")))).toEqual(image);
  });

  it("that can't be written says so", async () => {
    const right = await drive("RPI-RP2", RP2040);
    await mkdir(join(right, "OCHRE.UF2"));
    await expect(copyToDrive(right, new Uint8Array(1))).rejects.toThrow(/can't be written/);
    await expect(copyToDrive(join(folder, "gone"), new Uint8Array(1))).rejects.toThrow(/went away before it had/);
    expect(driveProblem("EROFS", "")).toMatch(/read-only/);
    expect(driveProblem("EACCES", "")).toMatch(/this user/);
    expect(driveProblem("ENOSPC", "")).toMatch(/no room/);
  });
});
