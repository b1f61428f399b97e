/** The drive that a board shows in BOOTSEL mode: a copy of a UF2 file to it is what programs the flash. */
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FlashError } from "./flash-error.ts";

const INFO = "INFO_UF2.TXT";
const FILE = "OCHRE.UF2";

const HOW = "Hold the button BOOTSEL while you plug the board in, and wait until its drive is there.";

/** What a system says of a drive whose board has restarted with its new image, sooner than the system was done with the drive. */
const GONE = ["EIO", "ENODEV", "ENXIO", "ENOENT", "EBADF"];

/** Folders in which systems show drives. */
export async function mountPoints(): Promise<string[]> {
  if (process.platform === "win32") return [..."DEFGHIJKLMNOPQRSTUVWXYZ"].map((letter) => `${letter}:\\`);
  if (process.platform === "darwin") return foldersIn("/Volumes");
  const parents = ["/media", "/run/media", "/mnt"];
  const outer = (await Promise.all(parents.map(foldersIn))).flat();
  return [...outer, ...(await Promise.all(outer.map(foldersIn))).flat()];
}

/**
 * The drive of the only board in BOOTSEL mode.
 * @param boardId as the chip's boot ROM calls itself in INFO_UF2.TXT
 * @param given the drive to use; one of `folders` otherwise
 * @throws FlashError `drive`
 */
export async function findDrive(boardId: string, given?: string, folders = mountPoints): Promise<string> {
  if (given !== undefined) {
    const is = await boardIdOf(given);
    if (is === boardId) return given;
    const what =
      is === undefined ? `holds no ${INFO}: it is no drive of a board in BOOTSEL mode` : `is of a board ${is}`;
    throw new FlashError("drive", `${given} ${what}. Expected is ${boardId}. ${HOW}`);
  }
  const drives: string[] = [];
  const others: string[] = [];
  for (const folder of await folders()) {
    const is = await boardIdOf(folder);
    if (is === boardId) drives.push(folder);
    else if (is !== undefined) others.push(`${folder} is of a board ${is}`);
  }
  if (drives.length === 1) return drives[0];
  if (drives.length > 1)
    throw new FlashError(
      "drive",
      `More than one board is in BOOTSEL mode: ${drives.join(", ")}. Name its drive with --drive, or unplug the others.`,
    );
  const seen = others.length > 0 ? ` (${others.join(", ")})` : "";
  throw new FlashError(
    "drive",
    `No drive of a board ${boardId} was found${seen}. ${HOW} Where it is mounted elsewhere, name it with --drive.`,
  );
}

/**
 * Copies an image to a drive, and waits until the drive has it. The board restarts by itself when it has all of it.
 * @returns what the system said about a drive that went away at the end, which is as it should be when the board then comes back
 * @throws FlashError `drive` when the image could not be written
 */
export async function copyToDrive(drive: string, image: Uint8Array): Promise<string | undefined> {
  let written = false;
  try {
    const file = await open(join(drive, FILE), "w");
    try {
      await file.writeFile(image);
      written = true;
      await file.sync();
    } finally {
      await file.close();
    }
    return undefined;
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (written && GONE.includes(code)) return message;
    throw new FlashError("drive", `${drive} ${driveProblem(code, message)}`);
  }
}

/** @param code of Node's error */
export function driveProblem(code: string, message: string): string {
  if (code === "EROFS") return "is mounted read-only. Mount it so that it can be written, or plug the board in again.";
  if (code === "EACCES" || code === "EPERM") return "may not be written by this user.";
  if (code === "ENOSPC") return "has no room for the image: is it a board's drive?";
  if (GONE.includes(code)) return `went away before it had the image: ${message}. ${HOW}`;
  return `can't be written: ${message}`;
}

async function boardIdOf(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, INFO), "latin1").catch(() => undefined);
  return text === undefined ? undefined : (/^Board-ID: *(\S+)/m.exec(text)?.[1] ?? "without a name");
}

async function foldersIn(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(parent, entry.name));
}
