/** `ochre emulator`: a laboratory token on this machine, behind a serial port, until SIGTERM or Ctrl-C. */
import { randomInt } from "node:crypto";
import { access, constants } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { Machine } from "../../emulator/machine/machine.ts";
import { run } from "../../emulator/run.ts";
import { openPort } from "../../emulator/serial/port.ts";
import { loadState, type SavedState, StateFileError, saveState } from "../../emulator/state.ts";
import { showInTerminal } from "../../emulator/terminal.ts";
import { boards } from "../../firmware/build/build.ts";
import { laboratoryTransportKeys } from "../keys/laboratory.ts";
import { boardBundle } from "./board-bundle.ts";
import { UsageError } from "./usage-error.ts";

interface Options {
  board: string;
  state?: string;
  seed?: string;
  speed: string;
  ptyLink?: string;
  serial?: string;
  json?: boolean;
}

const SEEDS = 2 ** 32;
/** A month a second: faster than that, a moment at the keyboard is a year. */
const FASTEST = 2_592_000;
/** How often a changed state is written, in milliseconds. */
const SAVE_MS = 2000;
/** Seconds by which the token's clock may move against the host's before that counts as a change. */
const CLOCK_MOVED = 1;

const hostTime = () => Date.now() / 1000;

function parseSeed(text: string | undefined): number {
  if (text === undefined) return randomInt(SEEDS);
  if (!/^\d{1,10}$/.test(text) || Number(text) >= SEEDS)
    throw new UsageError(`a seed is a whole number below 2^32, not ${text}`);
  return Number(text);
}

function parseSpeed(text: string): number | "frozen" {
  if (text === "frozen") return text;
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (speed <= 0 || speed > FASTEST)
    throw new UsageError(`a speed is "frozen" or a number above 0, at most ${FASTEST}, not ${text}`);
  return speed;
}

function parseSerial(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,15}$/.test(text)) {
    throw new UsageError(
      `a serial number has 1 to 16 letters, digits, dots, dashes or underscores, not ${JSON.stringify(text)}`,
    );
  }
  return text;
}

/** The state to start from. @throws UsageError where it is another token's than the one that was asked for, or no state at all */
async function startingState({ state: file, board, serial }: Options): Promise<SavedState | undefined> {
  if (file === undefined) return undefined;
  try {
    const state = await loadState(file, hostTime());
    if (state === undefined) await access(dirname(resolve(file)), constants.W_OK);
    else if (state.board !== board) throw new UsageError(`${file} is the state of a ${state.board}, not of a ${board}`);
    else if (serial !== undefined && state.serial !== serial)
      throw new UsageError(`${file} is the state of ${state.serial}, not of ${serial}`);
    return state;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof StateFileError) throw new UsageError(error.message);
    throw new UsageError(`${file} can't be written: ${(error as Error).message}`);
  }
}

/** Writes the state when it changed; the result writes it a last time. */
function keepState(file: string, machine: Machine, serial: string): () => Promise<void> {
  let operations = -1;
  let offset = Number.NaN;
  let saving = Promise.resolve();
  const save = async () => {
    const now = hostTime();
    const moved = Math.abs(machine.clock.unixTime - now - offset);
    if (machine.flash.operations === operations && moved < CLOCK_MOVED) return;
    operations = machine.flash.operations;
    offset = machine.clock.unixTime - now;
    await saveState(file, machine, serial, now);
  };
  const timer = setInterval(() => {
    saving = saving.then(save).catch((error) => {
      operations = -1;
      process.stderr.write(`the state was not saved: ${(error as Error).message}\n`);
    });
  }, SAVE_MS);
  return async () => {
    clearInterval(timer);
    await saving;
    operations = -1;
    await save();
  };
}

async function emulate(options: Options): Promise<void> {
  if (!boards.includes(options.board))
    throw new UsageError(`there is no board ${options.board}: the boards are ${boards.join(", ")}`);
  const seed = parseSeed(options.seed);
  const speed = parseSpeed(options.speed);
  if (options.serial !== undefined) parseSerial(options.serial);
  const state = await startingState(options);
  const serial = state?.serial ?? options.serial ?? `OC-${String(seed % 1_000_000).padStart(6, "0")}`;

  const { bundle, manifest } = await boardBundle(options.board);
  const complain = (error: unknown) =>
    process.stderr.write(`the firmware failed: ${error instanceof Error ? error.message : error}\n`);
  const machine = new Machine({
    bundle,
    manifest,
    install: { serial, ...laboratoryTransportKeys(serial) },
    seed,
    unixTime: state?.unixTime,
    flash: state?.flash,
  });
  machine.powerOn();
  const running = run(machine, { speed, onError: complain });
  const port = await openPort(machine, { link: options.ptyLink, announce: { serial }, receive: running.receive }).catch(
    (error) => {
      running.stop();
      throw error;
    },
  );
  const undo: (() => void | Promise<void>)[] = [() => port.close(), () => running.stop()];
  if (options.state !== undefined) undo.splice(1, 0, keepState(options.state, machine, serial));

  const stop = async () => {
    let code = 0;
    for (const step of undo.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        code = 1;
        process.stderr.write(`ochre: ${(error as Error).message}\n`);
      }
    }
    process.exit(code);
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);

  const where = `Token ${serial} (${options.board}) on ${port.path}`;
  if (options.json) process.stdout.write(`${JSON.stringify({ serial, path: port.path, pid: process.pid })}\n`);
  else if (process.stdout.isTTY && process.stdin.isTTY) {
    undo.push(
      showInTerminal(machine, {
        input: process.stdin,
        output: process.stdout,
        title: where,
        press: running.press,
        quit: () => void stop(),
      }),
    );
  } else process.stdout.write(`${where}\n`);
}

export function emulatorCommand(): Command {
  return new Command("emulator")
    .description(
      "Runs a laboratory token on this machine, behind a serial port. Its keys are published: it guards nothing.",
    )
    .option("--board <name>", "which board", "pico-keypad")
    .option("--state <file>", "keep the token in this file between runs; without it, each run is a new token")
    .option("--seed <n>", "of all that is random, for runs that repeat themselves")
    .option(
      "--speed <n>",
      'how much faster than real time, or "frozen": time moves only as keys and hosts need it',
      "1",
    )
    .option("--pty-link <path>", "a symbolic link to the serial port")
    .option("--serial <serial>", "serial number of a new token")
    .option("--json", "print one line with serial, path and pid, and no display")
    .action(emulate);
}
