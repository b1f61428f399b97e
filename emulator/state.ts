/**
 * What an emulated token keeps between two runs of the emulator, in a file: its flash, and how far its clock is from the host's. The
 * file holds the token's secrets, so only its owner may read it.
 */
import { randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { PAGE_SIZE, PAGES } from "./machine/flash.ts";

const FORMAT = "ochre-emulator-state";
const VERSION = 1;

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
  // A name that nobody can lay a link under, and a file that is new: the mode holds, and nothing else is written over.
  const draft = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeFile(draft, JSON.stringify(state), { mode: 0o600, flush: true, flag: "wx" });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/**
 * Reads a state; undefined where the file does not exist yet.
 * @param hostTime Unix time in seconds
 * @throws StateFileError for a file that holds no state of this format
 */
export async function loadState(file: string, hostTime: number): Promise<SavedState | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new StateFileError(`${file} can't be read: ${(error as Error).message}`);
  }
  const state = parse(text);
  if (state === undefined) throw new StateFileError(`${file} is no state file of the emulator`);
  if (state.version !== VERSION)
    throw new StateFileError(`${file} has version ${state.version}, this emulator reads ${VERSION}`);
  const flash = new Uint8Array(PAGES * PAGE_SIZE).fill(0xff);
  for (const [page, contents] of Object.entries(state.pages)) {
    const bytes = Buffer.from(contents, "base64");
    if (bytes.length !== PAGE_SIZE || !(Number(page) < PAGES))
      throw new StateFileError(`${file} holds a page ${page} that is none`);
    flash.set(bytes, Number(page) * PAGE_SIZE);
  }
  const unixTime = state.clockOffset === null ? undefined : hostTime + state.clockOffset;
  return { board: state.board, serial: state.serial, flash, unixTime };
}

function parse(text: string): StateFile | undefined {
  try {
    const state = JSON.parse(text) as StateFile;
    const known =
      state.format === FORMAT &&
      typeof state.version === "number" &&
      typeof state.board === "string" &&
      typeof state.serial === "string" &&
      (state.clockOffset === null || typeof state.clockOffset === "number") &&
      typeof state.pages === "object" &&
      state.pages !== null &&
      Object.values(state.pages).every((page) => typeof page === "string");
    return known ? state : undefined;
  } catch {
    return undefined;
  }
}
