/**
 * One emulator at a time has a state file: the second would write over what the first has done. The lock is the operating system's, on an
 * empty SQLite file `FILE.lock` beside the state, so it ends with its process, however that ends. The file stays: whoever took it away
 * would take it from under the next one who has just opened it. SQLite's own `FILE.lock-journal` is there while the lock is held.
 */
import { accessSync, closeSync, constants, lstatSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StateFileError } from "./state.ts";

/** SQLite's SQLITE_BUSY: somebody else has it. */
const BUSY = 5;
/** Two who come at the same moment may both see the other one, in milliseconds: one of them is let through. */
const PATIENCE_MS = 300;

/**
 * Takes the state file for this process; the result gives it back.
 * @throws StateFileError where another one has it, or where nothing can be written
 */
export function lockState(file: string): () => void {
  const lock = `${file}.lock`;
  try {
    closeSync(openSync(lock, "wx", 0o600));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST") throw new StateFileError(`${file} can't be written: ${message}`);
  }
  if (!lstatSync(lock).isFile()) throw new StateFileError(`${lock} is in the way: expected an empty file, or none`);
  try {
    // Not by opening it: whoever closes a file gives back all locks that his process has on it. And what can't be written, SQLite only reads.
    accessSync(lock, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new StateFileError(`${lock} is in the way: ${(error as Error).message}`);
  }
  const held = locked(file, lock);
  return () => held.close();
}

function locked(file: string, lock: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(lock, { timeout: PATIENCE_MS });
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database?.close();
    const { errcode, message } = error as Error & { errcode?: number };
    throw new StateFileError(
      errcode === BUSY
        ? `${file} is in use: another emulator keeps its token there. End that one, or give this one a file of its own`
        : `${lock} is in the way: ${message}`,
    );
  }
}
