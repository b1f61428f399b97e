/**
 * What an emulated token keeps between two runs of the emulator, in a file: its flash, and how far its clock is from the host's. The
 * file holds the token's secrets, so only its owner may read it.
 */
import { constants, open, rename, rm, writeFile } from "node:fs/promises";
import { onCalendar } from "./machine/ds3231.ts";
import { PAGE_SIZE, PAGES } from "./machine/flash.ts";

const FORMAT = "ochre-emulator-state";
const VERSION = 1;
/** Characters: all pages, in Base64, have a third of that. */
const LONGEST = 1024 * 1024;

const UNUSABLE =
  "no state file of the emulator, or a damaged one: name another, or move it away, and a new token is made in its place";

interface StateFile {
  format: string;
  version: number;
  board: string;
  serial: string;
  /** Seconds that the token's clock is ahead of the host's; null for a clock that never was set. */
  clockOffset: number | null;
  /** Base64 of the flash pages that are not blank, by number. */
  pages: Record<string, string>;
}

/** What a token starts from. */
export interface SavedState {
  board: string;
  serial: string;
  /** All bytes of the flash that Storage has. */
  flash: Uint8Array;
  /** Unix time of the token's clock now; undefined for a clock that never was set. */
  unixTime: number | undefined;
}

/** A state file that cannot be used as it is. */
export class StateFileError extends Error {
  override name = "StateFileError";
}

/** Writes the state, all of it or none. @param hostTime Unix time in seconds */
export async function saveState(file: string, token: SavedState, hostTime: number): Promise<void> {
  const pages: Record<string, string> = {};
  for (let page = 0; page < PAGES; page++) {
    const contents = token.flash.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
    if (contents.some((byte) => byte !== 0xff)) pages[page] = Buffer.from(contents).toString("base64");
  }
  const state: StateFile = {
    format: FORMAT,
    version: VERSION,
    board: token.board,
    serial: token.serial,
    clockOffset: token.unixTime === undefined ? null : token.unixTime - hostTime,
    pages,
  };
  // One name, so that what a killed emulator left is not left for ever. A new file, whatever lay there: the mode holds, and no link is followed.
  const draft = `${file}.ochre-draft`;
  await rm(draft, { force: true });
  try {
    await writeFile(draft, JSON.stringify(state), { mode: 0o600, flush: true, flag: "wx" });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/**
 * Reads a state; undefined where the file does not exist yet. The clock has gone on since, as it does on its coin cell: to the end of
 * its calendar, and from its beginning again.
 * @param hostTime Unix time in seconds
 * @throws StateFileError for what is no plain file, or holds no state of this format
 */
export async function loadState(file: string, hostTime: number): Promise<SavedState | undefined> {
  const text = await contents(file);
  if (text === undefined) return undefined;
  const state = parse(text);
  if (state === undefined) throw new StateFileError(`${file} is ${UNUSABLE}`);
  if (state.version !== VERSION)
    throw new StateFileError(`${file} has version ${state.version}, this emulator reads ${VERSION}`);
  const flash = new Uint8Array(PAGES * PAGE_SIZE).fill(0xff);
  for (const [page, base64] of Object.entries(state.pages)) {
    const bytes = Buffer.from(base64, "base64");
    const known = /^\d{1,2}$/.test(page) && String(Number(page)) === page && Number(page) < PAGES;
    if (!known || bytes.length !== PAGE_SIZE || bytes.toString("base64") !== base64)
      throw new StateFileError(
        `${file} is damaged: expected pages 0 to ${PAGES - 1} of ${PAGE_SIZE} bytes in Base64, found another at ${JSON.stringify(page)}`,
      );
    flash.set(bytes, Number(page) * PAGE_SIZE);
  }
  if (Math.abs(state.clockOffset ?? 0) > Number.MAX_SAFE_INTEGER)
    throw new StateFileError(
      `${file} is damaged: expected clockOffset in seconds, at most ${Number.MAX_SAFE_INTEGER}, found ${state.clockOffset}`,
    );
  const unixTime = state.clockOffset === null ? undefined : onCalendar(hostTime + state.clockOffset);
  return { board: state.board, serial: state.serial, flash, unixTime };
}

/** Text of a file, undefined where there is none. @throws StateFileError for what is no plain file, or more than a state */
async function contents(file: string): Promise<string | undefined> {
  // A link is not followed: the next save would replace it, and not what it leads to. Nobody waits for the other end of a pipe.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const opened = await open(file, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    if (error.code === "ELOOP") throw new StateFileError(`${file} is a symbolic link: name the file itself`);
    throw new StateFileError(`${file} can't be read: ${error.message}`);
  });
  try {
    const status = await opened?.stat();
    if (status !== undefined && !status.isFile()) throw new StateFileError(`${file} is no plain file`);
    if (status !== undefined && status.size > LONGEST)
      throw new StateFileError(`${file} is ${UNUSABLE} (it has ${status.size} bytes)`);
    return await opened?.readFile("utf8");
  } finally {
    await opened?.close();
  }
}

function parse(text: string): StateFile | undefined {
  try {
    const state = JSON.parse(text) as StateFile;
    const known =
      state.format === FORMAT &&
      typeof state.version === "number" &&
      typeof state.board === "string" &&
      typeof state.serial === "string" &&
      (state.clockOffset === null || Number.isFinite(state.clockOffset)) &&
      typeof state.pages === "object" &&
      state.pages !== null &&
      !Array.isArray(state.pages) &&
      Object.values(state.pages).every((page) => typeof page === "string");
    return known ? state : undefined;
  } catch {
    return undefined;
  }
}
