/**
 * Emulated tokens tell where they are: a running emulator keeps `ochre-<uid>/<serial>.json` in `$XDG_RUNTIME_DIR`, or in the temporary
 * folder where that is not set.
 */
import { lstat, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What an emulator says about itself. */
export interface Announcement {
  serial: string;
  /** The serial port to open. */
  path: string;
  pid: number;
  board: string;
  /** Address of its HTTP interface, where it has one. */
  http?: string;
}

export interface AnnouncementOptions {
  /** For tests: the folder of the announcements. */
  folder?: string;
  /** Told of what was ignored, and why. */
  warn?: (text: string) => void;
}

/** Where the emulators of this user announce themselves. */
export function announcementFolder(): string {
  const uid = process.getuid?.() ?? "user";
  return join(process.env.XDG_RUNTIME_DIR || tmpdir(), `ochre-${uid}`);
}

/** The emulated tokens that run now, by serial number. What a dead emulator left behind is removed. */
export async function announcedTokens(options: AnnouncementOptions = {}): Promise<Announcement[]> {
  const folder = options.folder ?? announcementFolder();
  const warn = options.warn ?? (() => {});
  const trust = await trustFolder(folder);
  if (trust === "absent") return [];
  if (trust !== "ours") {
    warn(`${folder} is ignored: ${trust}`);
    return [];
  }
  const found: Announcement[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (!name.endsWith(".json")) continue;
    const file = join(folder, name);
    const announcement = await readAnnouncement(file, name.slice(0, -".json".length));
    if (!announcement) warn(`${file} is ignored: it announces no token`);
    else if (await isRunning(announcement)) found.push(announcement);
    else await rm(file, { force: true });
  }
  return found;
}

/**
 * A file in a folder that others may write could send this user's keys to a port of theirs.
 * The temporary folder itself is everybody's.
 */
async function trustFolder(folder: string): Promise<string> {
  let status: Awaited<ReturnType<typeof lstat>>;
  try {
    status = await lstat(folder);
  } catch {
    return "absent";
  }
  if (!status.isDirectory()) return "it is not a folder";
  if (process.getuid === undefined) return "ours";
  if (status.uid !== process.getuid()) return "it belongs to another user";
  return (status.mode & 0o022) === 0 ? "ours" : "other users may write in it";
}

async function readAnnouncement(file: string, serial: string): Promise<Announcement | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { path, pid, board, http } = value as Record<string, unknown>;
  if (typeof path !== "string" || typeof board !== "string") return undefined;
  // Zero and negative numbers name groups of processes.
  if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { serial, path, pid, board, ...(typeof http === "string" ? { http } : {}) };
}

async function isRunning({ pid, path }: Announcement): Promise<boolean> {
  try {
    process.kill(pid, 0); // signal 0 only asks
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return stat(path).then(
    () => true,
    () => false,
  );
}
