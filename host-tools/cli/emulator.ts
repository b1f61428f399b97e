/** `ochre emulator`: a laboratory token on this machine, behind a serial port, until a signal, Ctrl-C or its terminal's end. */
import { randomInt } from "node:crypto";
import { Command, Option } from "commander";
import type { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { RecordingEngine } from "../../emulator/recording.ts";
import { engineDevice } from "../../emulator/serial/engine-device.ts";
import { LinkError, openPort } from "../../emulator/serial/port.ts";
import { showInTerminal, shown } from "../../emulator/terminal.ts";
import { boards } from "../../firmware/build/build.ts";
import type { Manifest } from "../../firmware/build/manifest.ts";
import { laboratoryTransportKeys } from "../keys/laboratory.ts";
import { boardBundle } from "./board-bundle.ts";
import { bootEngine, checkEngineOptions, type EngineOptions } from "./emulated-engine.ts";
import { serveEmulator } from "./emulator-http.ts";
import { catchUpClock, keepState, openState } from "./emulator-state.ts";
import { laboratoryIssue } from "./laboratory-issue.ts";
import { print } from "./output.ts";
import { parseSerial } from "./serial-number.ts";
import { UsageError } from "./usage-error.ts";

interface Options extends EngineOptions {
  board: string;
  seed?: string;
  ptyLink?: string;
  http?: string;
  serial?: string;
  page?: string;
  json?: boolean;
}

/** What is of a token that runs here. */
const NOT_WITH_PAGE = "state firmware seed speed ptyLink serial http engine espruino image bootrom profile".split(" ");
const SEEDS = 2 ** 32;
/** What ends it in order. */
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

const complain = (error: unknown) => void process.stderr.write(`${error instanceof Error ? error.message : error}\n`);

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

async function emulate(options: Options): Promise<void> {
  if (!boards.includes(options.board))
    throw new UsageError(`there is no board ${options.board}: the boards are ${boards.join(", ")}`);
  if (options.page !== undefined) return writePage(options.page, options);
  checkEngineOptions(options);
  const seed = parseSeed(options.seed);
  const httpPort = options.http === undefined ? undefined : parsePort(options.http);
  if (options.serial !== undefined) parseSerial(options.serial);
  const undo: Undo[] = [];
  try {
    const kept = options.state === undefined ? undefined : await openState(options.state, options);
    if (kept !== undefined) undo.push(kept.release);
    const serial = kept?.state?.serial ?? options.serial ?? `OC-${String(seed % 1_000_000).padStart(6, "0")}`;
    const built = await boardBundle(options.board);
    const line = hasLine(built.manifest);
    if (!line && options.engine !== "fast")
      throw new UsageError(`${options.board} runs on --engine fast alone: the other engines have a Pico's hardware`);
    warnOf(built.manifest);
    if (!line) complain("it listens to no port, and its seeds are the test keys of RFC 4226 and RFC 6287");
    const booted = await bootEngine(options, {
      ...built,
      install: line ? { serial, ...laboratoryTransportKeys(serial, built.manifest.model) } : laboratoryIssue(serial),
      seed,
      unixTime: kept?.unixTime(),
      flash: kept?.state?.flash.subarray(0, built.manifest.interpreter.storage.bytes),
      onError: complain,
      onListenerError: complain,
    });
    if (kept !== undefined) await catchUpClock(kept, booted);
    if (options.profile) {
      const { printProfile } = await import("./emulator-profile.ts");
      await printProfile(booted as McuEngine, options.json);
      return await booted.close();
    }
    const asked = endAsked();
    undo.push(kept === undefined ? () => booted.close() : keepState(kept.name, booted));
    await serve(new RecordingEngine(booted), { ...options, httpPort }, { undo, end: asked.end });
    void asked.ended.then(async () => process.exit(await takeDown(undo)));
  } catch (error) {
    await takeDown(undo);
    if (error instanceof LinkError) throw new UsageError(`--pty-link: ${error.message}`);
    throw error;
  }
}

/** Whether a board has a line to a host, by which it is personalised. */
function hasLine({ interpreter: { devices } }: Manifest): boolean {
  return devices?.includes("USB") ?? true;
}

function warnOf({ board, experimental }: Manifest): void {
  if (experimental) complain(`${board} is experimental: no customer should be given one`);
}

async function writePage(folder: string, { board, json }: Options): Promise<void> {
  const { makePage } = await import("./emulator-page.ts");
  const built = await boardBundle(board);
  warnOf(built.manifest);
  const { path } = await makePage(folder, built, hasLine(built.manifest));
  print(json, [`${path} needs no server and no network. Its tokens' keys are published: they guard nothing.`], {
    board,
    path,
  });
}

/** Opens all that leads to the token, and says where it is. */
async function serve(
  engine: RecordingEngine,
  { httpPort, ptyLink: link, board, json }: Options & { httpPort?: number },
  { undo, end }: { undo: Undo[]; end: () => void },
): Promise<void> {
  const { serial, seed } = engine;
  let http: string | undefined;
  if (httpPort !== undefined) {
    const server = await serveEmulator(engine, httpPort);
    http = server.url;
    undo.push(server.close);
  }
  const announced = { serial, ...(http === undefined ? {} : { http }) };
  const port = await openPort(engineDevice(engine, complain), { link, announce: announced });
  undo.push(port.close);
  const { path } = port;
  const where = `Token ${serial} (${board}) on ${path}${http === undefined ? "" : ` and ${http}`}`;
  if (json) process.stdout.write(`${JSON.stringify({ serial, seed, path, pid: process.pid, http })}\n`);
  else if (process.stdout.isTTY && process.stdin.isTTY) {
    undo.push(
      showInTerminal(await shown(engine), {
        input: process.stdin,
        output: process.stdout,
        title: where,
        press: (key) => void engine.press([key]).catch(complain),
        quit: end,
      }),
    );
  } else process.stdout.write(`${where}\n`);
}

type Undo = () => void | Promise<void>;

/**
 * `ended` is fulfilled once somebody wants it to end: a signal, or a terminal or reader that has gone. From now on none of them ends it
 * otherwise; whoever asks again while it ends changes nothing.
 */
function endAsked(): { ended: Promise<void>; end: () => void } {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  for (const signal of SIGNALS) process.on(signal, () => end());
  process.stdout.removeAllListeners("error").on("error", () => end());
  // Complaints that nobody reads any more.
  process.stderr.on("error", () => {});
  return { ended, end };
}

/** Everything, the last first. @returns the exit code: 1 where one of them failed */
async function takeDown(undo: Undo[]): Promise<number> {
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
}

export function emulatorCommand(): Command {
  return new Command("emulator")
    .description(
      "Runs a laboratory token on this machine, behind a serial port. Its keys are published: it guards nothing.",
    )
    .option("--board <name>", "which board", "pico-keypad")
    .option(
      "--state <file>",
      "keep the token in this file between runs, one emulator at a time; without it, each run is a new token",
    )
    .option(
      "--firmware <digest>",
      "for fast: run this firmware too, where --state holds it: what `ochre update` printed as its digest. May be given again",
      (digest: string, before: string[] = []) => [...before, digest],
    )
    .option("--seed <n>", "of all that is random, for runs that repeat themselves")
    .option(
      "--speed <n>",
      'how much faster than real time, or "frozen": time moves only as keys and hosts need it',
      "1",
    )
    .option("--pty-link <path>", "a symbolic link to the serial port")
    .option("--serial <serial>", "serial number of a new token")
    .option("--http <port>", "an HTTP API and a page on this port of 127.0.0.1; 0 for any that is free")
    .addOption(
      new Option(
        "--page <folder>",
        "write the page into this folder and end: index.html, page.js and page.css, to be opened from the disk or put on any web server. " +
          "The token runs in the browser; a bank has issued it, and its PIN is the visitor's to set",
      ).conflicts(NOT_WITH_PAGE),
    )
    .option(
      "--engine <name>",
      "fast: in virtual time; espruino: on a genuine interpreter, in real time; mcu: genuine Espruino on a simulated RP2040",
      "fast",
    )
    .option("--espruino <path>", "for espruino: the interpreter, Espruino for Linux (default: $ESPRUINO)")
    .option("--image <file>", "for mcu: Espruino for the Pico, .uf2 or .bin")
    .option("--bootrom <file>", "for mcu: the RP2040's boot ROM, 16 KB")
    .option("--profile", "for mcu: print what each screen takes, in milliseconds and cycles, and end")
    .option(
      "--json",
      "print one line with serial, seed, path, pid and http, and no display; a signal to pid ends it, one to npx ends npm alone",
    )
    .action(emulate);
}
