/**
 * Enrolments on their way to the validation server, each in a file until the server has it. The file is there before the token commits:
 * a machine that fails between the token's last block and the server's answer loses no seed. (Seeds are sealed in it.)
 */
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { type Enrolment, EnrolmentFormatError, parseEnrolment } from "./enrolment.ts";

export interface PendingEnrolment {
  enrolment: Enrolment;
  /** The token has proved that it stored these credentials. Otherwise it may or may not have. */
  confirmed: boolean;
  /** The server is to replace an earlier enrolment of this token. */
  replace: boolean;
}

/** A place in `$XDG_STATE_HOME/ochre`, or in the same under `~/.local/state`. */
export function statePlace(name: string): string {
  return join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "ochre", name);
}

/** Where enrolments wait. */
export function pendingFolder(): string {
  return statePlace("enrolments");
}

/** Keeps an enrolment, beside earlier ones of the same token: which of them the token holds may still be open. */
export async function keepPending(pending: PendingEnrolment, folder: string = pendingFolder()): Promise<string> {
  const file = join(folder, `${fileStem(pending.enrolment.serial)}~${randomBytes(6).toString("hex")}.json`);
  await writePrivateFile(file, pending);
  return file;
}

/** The token has confirmed what this file holds: earlier files of the same token hold what it has no longer, and are removed. */
export async function confirmPending(file: string): Promise<void> {
  const pending = await readPending(file);
  await writePrivateFile(file, { ...pending, confirmed: true });
  for (const other of await filesOf(pending.enrolment.serial, dirname(file))) if (other !== file) await rm(other);
}

/** The enrolments of a token that have not arrived. Files that are none are passed over. */
export async function pendingOf(
  serial: string,
  folder: string = pendingFolder(),
): Promise<{ file: string; pending: PendingEnrolment }[]> {
  const found: { file: string; pending: PendingEnrolment }[] = [];
  for (const file of await filesOf(serial, folder)) {
    const pending = await readPending(file).catch(() => undefined);
    if (pending) found.push({ file, pending });
  }
  return found;
}

/** The server has the token's present credentials: what is kept of it will never be needed. */
export async function dropPending(serial: string, folder: string = pendingFolder()): Promise<void> {
  for (const file of await filesOf(serial, folder)) await rm(file, { force: true });
}

/**
 * Reads a kept enrolment, or one that was written for the user with `--enrolment`.
 * @throws EnrolmentFormatError
 */
export async function readPending(file: string): Promise<PendingEnrolment> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new EnrolmentFormatError(`${file} ${code ? `can't be read (${code})` : "is not JSON"}.`);
  }
  const kept = value as Partial<PendingEnrolment> | null;
  const replace = kept?.replace === true;
  if (kept?.enrolment === undefined) return { enrolment: parseEnrolment(value), confirmed: true, replace };
  return { enrolment: parseEnrolment(kept.enrolment), confirmed: kept.confirmed === true, replace };
}

/** Writes JSON with mode 0600; the file is there whole, and on the disk, or not at all. */
export async function writePrivateFile(file: string, value: object): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString("hex")}.draft`;
  try {
    const handle = await open(draft, "wx", 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(value, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(file));
}

/** The new name too must survive a power cut. Windows can't open a folder, and keeps names by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A token's serial number is whatever the token says: as a file name it must not lead elsewhere. */
export function fileStem(serial: string): string {
  return encodeURIComponent(serial).replaceAll(".", "%2E");
}

async function filesOf(serial: string, folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const stem = `${fileStem(serial)}~`;
  return names
    .filter((name) => name.startsWith(stem) && /^[0-9a-f]{12}\.json$/.test(name.slice(stem.length)))
    .map((name) => join(folder, name));
}
