/**
 * A running emulator says where it is: a file `ochre-<uid>/<serial>.json` in `$XDG_RUNTIME_DIR`, or in the temporary folder where that
 * is not set. Whoever looks for tokens finds it there.
 */
import { lstat, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Announcement {
  /** The serial port to open. */
  path: string;
  pid: number;
  board: string;
  /** Address of the HTTP interface, where there is one. */
  http?: string;
}

/**
 * Writes the announcement; the result takes it back, unless another emulator has taken its place.
 * @throws RangeError for a serial number that is no file name; Error where the folder is not safely ours
 */
export async function announce(serial: string, announcement: Announcement): Promise<() => Promise<void>> {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(serial))
    throw new RangeError(`serial number ${JSON.stringify(serial)} makes no file name`);
  const uid = process.getuid?.() ?? "user";
  const folder = join(process.env.XDG_RUNTIME_DIR || tmpdir(), `ochre-${uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const status = await lstat(folder);
  // Whoever else could write here could lead hosts to a port of theirs.
  if (!status.isDirectory() || (typeof uid === "number" && (status.uid !== uid || (status.mode & 0o022) !== 0))) {
    throw new Error(`${folder} is not a folder that only this user can write`);
  }
  const file = join(folder, `${serial}.json`);
  const text = JSON.stringify(announcement);
  // Renamed into place: a reader sees all of it or none.
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
  return async () => {
    if ((await readFile(file, "utf8").catch(() => "")) === text) await rm(file, { force: true });
  };
}
