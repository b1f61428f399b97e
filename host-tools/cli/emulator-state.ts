/** `--state` of `ochre emulator`: the token in a file, for one emulator at a time. */
import { createHash } from "node:crypto";
import { access, constants } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { loadState, type SavedState, StateFileError, saveState } from "../../emulator/state.ts";
import { lockState } from "../../emulator/state-lock.ts";
import { parseSerial } from "./serial-number.ts";
import { UsageError } from "./usage-error.ts";

/** How often a changed state is written, in milliseconds. */
const SAVE_MS = 2000;
/** Seconds by which the token's clock may move against the host's before that counts as a change. */
const CLOCK_MOVED = 1;

const hostTime = () => Date.now() / 1000;

/** A state file that no other emulator has while this one does. */
export interface StateFile {
  name: string;
  /** What the token starts from; undefined for a new one. */
  state: SavedState | undefined;
  release: () => void;
}

/** @throws UsageError where it is another token's than the one that was asked for, no state at all, or in use */
export async function openState(name: string, wanted: { board: string; serial?: string }): Promise<StateFile> {
  if (name === "") throw new UsageError("--state is the name of a file, and this one is empty");
  try {
    // Looked at before it is locked too: beside a file that is no state, nothing is laid.
    await startingState(name, wanted);
    const release = lockState(name);
    try {
      return { name, state: await startingState(name, wanted), release };
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    if (error instanceof StateFileError) throw new UsageError(error.message);
    throw error;
  }
}

async function startingState(
  name: string,
  wanted: { board: string; serial?: string },
): Promise<SavedState | undefined> {
  const state = await loadState(name, hostTime());
  await access(dirname(resolve(name)), constants.W_OK).catch((error: Error) => {
    throw new UsageError(`${name} can't be written: ${error.message}`);
  });
  if (state === undefined) return undefined;
  const { board, serial } = state;
  if (board !== wanted.board) throw new UsageError(`${name} is the state of a ${board}, not of a ${wanted.board}`);
  if (wanted.serial !== undefined && serial !== wanted.serial)
    throw new UsageError(`${name} is the state of ${serial}, not of ${wanted.serial}`);
  parseSerial(serial);
  return state;
}

/**
 * Writes the state when it changed; the result writes it a last time. It is the machine's own, as it is at this moment: whoever waits
 * for a call waits for all that the engine has to do before it, and a closed engine takes none.
 */
export function keepState(file: string, engine: FastEngine): () => Promise<void> {
  let before = "";
  let offset = Number.NaN;
  let saving = Promise.resolve();
  const save = async () => {
    const { clock, manifest } = engine.machine;
    const { unixTime, oscillatorStopped } = clock;
    const flash = engine.machine.flashDump();
    const now = hostTime();
    const digest = createHash("sha256").update(flash).digest("hex");
    if (digest === before && Math.abs(unixTime - now - offset) < CLOCK_MOVED) return;
    const { board } = manifest;
    await saveState(
      file,
      { board, serial: engine.serial, flash, unixTime: oscillatorStopped ? undefined : unixTime },
      now,
    );
    before = digest;
    offset = unixTime - now;
  };
  const timer = setInterval(() => {
    saving = saving
      .then(save)
      .catch((error) => void process.stderr.write(`the state was not saved: ${(error as Error).message}\n`));
  }, SAVE_MS);
  return async () => {
    clearInterval(timer);
    await saving;
    before = "";
    await save();
  };
}
