/** `ochre emulator`: a laboratory token on this machine, behind a serial port, until SIGTERM or Ctrl-C. */
import { createHash, randomInt } from "node:crypto";
import { access, constants } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import type { Engine } from "../../emulator/engine.ts";
import type { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { RecordingEngine } from "../../emulator/recording.ts";
import { engineDevice } from "../../emulator/serial/engine-device.ts";
import { openPort } from "../../emulator/serial/port.ts";
import { loadState, type SavedState, StateFileError, saveState } from "../../emulator/state.ts";
import { showInTerminal, shown } from "../../emulator/terminal.ts";
import { boards } from "../../firmware/build/build.ts";
import { laboratoryTransportKeys } from "../keys/laboratory.ts";
import { boardBundle } from "./board-bundle.ts";
import { bootEngine, checkEngineOptions, type EngineOptions } from "./emulated-engine.ts";
import { serveEmulator } from "./emulator-http.ts";
import { parseSerial } from "./serial-number.ts";
import { UsageError } from "./usage-error.ts";

interface Options extends EngineOptions {
  board: string;
  seed?: string;
  ptyLink?: string;
  http?: string;
  serial?: string;
  json?: boolean;
}

const SEEDS = 2 ** 32;
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

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new UsageError(`a port is a number from 0 (any that is free) to 65535, not ${text}`);
  return Number(text);
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
function keepState(file: string, engine: Engine): () => Promise<void> {
  let before = "";
  let offset = Number.NaN;
  let saving = Promise.resolve();
  const save = async () => {
    const { unixTime, lostPower } = await engine.clock();
    const flash = await engine.dumpFlash();
    const now = hostTime();
    const digest = createHash("sha256").update(flash).digest("hex");
    if (digest === before && Math.abs(unixTime - now - offset) < CLOCK_MOVED) return;
    before = digest;
    offset = unixTime - now;
    const { board } = engine.manifest;
    await saveState(file, { board, serial: engine.serial, flash, unixTime: lostPower ? undefined : unixTime }, now);
  };
  const timer = setInterval(() => {
    saving = saving.then(save).catch((error) => {
      before = "";
      process.stderr.write(`the state was not saved: ${(error as Error).message}\n`);
    });
  }, SAVE_MS);
  return async () => {
    clearInterval(timer);
    await saving;
    before = "";
    await save();
  };
}

async function emulate(options: Options): Promise<void> {
  if (!boards.includes(options.board))
    throw new UsageError(`there is no board ${options.board}: the boards are ${boards.join(", ")}`);
  checkEngineOptions(options);
  const seed = parseSeed(options.seed);
  const httpPort = options.http === undefined ? undefined : parsePort(options.http);
  if (options.serial !== undefined) parseSerial(options.serial);
  const state = await startingState(options);
  const serial = state?.serial ?? options.serial ?? `OC-${String(seed % 1_000_000).padStart(6, "0")}`;

  const complain = (error: unknown) => process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  const install = { serial, ...laboratoryTransportKeys(serial) };
  const booted = await bootEngine(options, {
    ...(await boardBundle(options.board)),
    install,
    seed,
    unixTime: state?.unixTime,
    flash: state?.flash,
    onError: complain,
  });
  if (options.profile) {
    const { printProfile } = await import("./emulator-profile.ts");
    await printProfile(booted as McuEngine, options.json);
    return booted.close();
  }
  const engine = new RecordingEngine(booted);
  const undo: (() => void | Promise<void>)[] = [() => engine.close()];
  const takeDown = async () => {
    let code = 0;
    for (const step of undo.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        code = 1;
        process.stderr.write(`ochre: ${(error as Error).message}\n`);
      }
    }
    return code;
  };
  let http: string | undefined;
  let path: string;
  try {
    if (options.state !== undefined) undo.push(keepState(options.state, engine));
    if (httpPort !== undefined) {
      const server = await serveEmulator(engine, httpPort);
      http = server.url;
      undo.push(server.close);
    }
    const port = await openPort(engineDevice(engine, complain), {
      link: options.ptyLink,
      announce: { serial, ...(http === undefined ? {} : { http }) },
    });
    path = port.path;
    undo.push(port.close);
  } catch (error) {
    await takeDown();
    throw error;
  }
  const stop = async () => process.exit(await takeDown());
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);

  const where = `Token ${serial} (${options.board}) on ${path}${http === undefined ? "" : ` and ${http}`}`;
  if (options.json) process.stdout.write(`${JSON.stringify({ serial, path, pid: process.pid, http })}\n`);
  else if (process.stdout.isTTY && process.stdin.isTTY) {
    undo.push(
      showInTerminal(await shown(engine), {
        input: process.stdin,
        output: process.stdout,
        title: where,
        press: (key) => void engine.press([key]).catch(complain),
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
    .option("--http <port>", "an HTTP API and a page on this port of 127.0.0.1; 0 for any that is free")
    .option(
      "--engine <name>",
      "fast: in virtual time; espruino: on a genuine interpreter, in real time; mcu: genuine Espruino on a simulated RP2040",
      "fast",
    )
    .option("--espruino <path>", "for espruino: the interpreter, Espruino for Linux (default: $ESPRUINO)")
    .option("--image <file>", "for mcu: Espruino for the Pico, .uf2 or .bin")
    .option("--bootrom <file>", "for mcu: the RP2040's boot ROM, 16 KB")
    .option("--profile", "for mcu: print what each screen takes, in milliseconds and cycles, and end")
    .option("--json", "print one line with serial, path and pid, and no display")
    .action(emulate);
}
