/** `--state` of `ochre emulator`: the token in a file, for one emulator at a time. */
import { createHash } from "node:crypto";
import { access, constants } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Engine } from "../../emulator/engine.ts";
import type { EspruinoEngine } from "../../emulator/espruino/espruino-engine.ts";
import type { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { onCalendar } from "../../emulator/machine/ds3231.ts";
import type { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
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
  /** Unix time of the token's clock at the moment of the call; undefined for a clock that never was set. */
  unixTime: () => number | undefined;
  release: () => void;
}

/** @throws UsageError where it is another token's than the one that was asked for, no state at all, or in use */
export async function openState(name: string, wanted: { board: string; serial?: string }): Promise<StateFile> {
  if (name === "") throw new UsageError("--state is the name of a file, and this one is empty");
  try {
    // Looked at before it is locked too: beside a file that is no state, nothing is laid.
    await startingState(name, wanted, hostTime());
    const release = lockState(name);
    try {
      const readAt = hostTime();
      const state = await startingState(name, wanted, readAt);
      const shown = state?.unixTime;
      return {
        name,
        state,
        unixTime: () => (shown === undefined ? undefined : onCalendar(shown + hostTime() - readAt)),
        release,
      };
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
  readAt: number,
): Promise<SavedState | undefined> {
  const state = await loadState(name, readAt);
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

/** What there is to keep at this moment. */
type Kept = Pick<SavedState, "flash" | "unixTime">;

/**
 * A clock chip on its coin cell keeps time while its board boots, and a boot here may take as long as it likes on the wall: a token that has
 * booted from a state shows what its clock has come to since.
 */
export async function catchUpClock({ unixTime }: StateFile, engine: Engine): Promise<void> {
  const now = unixTime();
  if (now !== undefined && engine.manifest.clock !== undefined) await engine.setClock({ unixTime: now });
}

/** Writes the state when it changed; the result closes the engine and writes it a last time. */
export function keepState(file: string, engine: Engine): () => Promise<void> {
  // Every engine has it, past the interface's calls: whoever waits for those waits for all that the engine has to do before them.
  const read = () => (engine as EspruinoEngine | FastEngine | McuEngine).kept();
  const { board } = engine.manifest;
  let before = "";
  let offset: number | undefined;
  let saving = Promise.resolve();
  const save = async ({ flash, unixTime }: Kept) => {
    const now = hostTime();
    const digest = createHash("sha256").update(flash).digest("hex");
    const ahead = unixTime === undefined ? undefined : unixTime - now;
    const moved =
      ahead === undefined || offset === undefined ? ahead !== offset : Math.abs(ahead - offset) >= CLOCK_MOVED;
    if (digest === before && !moved) return;
    await saveState(file, { board, serial: engine.serial, flash, unixTime }, now);
    before = digest;
    offset = ahead;
  };
  const timer = setInterval(() => {
    saving = saving
      .then(read)
      .then(save)
      .catch((error) => void process.stderr.write(`the state was not saved: ${(error as Error).message}\n`));
  }, SAVE_MS);
  return async () => {
    clearInterval(timer);
    // What it is at is not waited for; what it keeps stays there to be read.
    await engine.close();
    await saving;
    before = "";
    await save(await read());
  };
}
