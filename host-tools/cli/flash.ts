/** `ochre flash`: makes a token of a board that runs Espruino. */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { boards } from "../../firmware/build/build.ts";
import type { Manifest } from "../../firmware/build/manifest.ts";
import { usbPorts } from "../device/usb-ports.ts";
import { copyToDrive, findDrive } from "../flash/bootsel-drive.ts";
import { type Flashed, type FlashOrder, type FlashStep, flashToken } from "../flash/flash.ts";
import { FlashError } from "../flash/flash-error.ts";
import type { FlashManifest } from "../flash/flash-manifest.ts";
import { imageThatErases } from "../flash/uf2.ts";
import { laboratoryTransportKeys } from "../keys/laboratory.ts";
import { wipeTransportKeys } from "../keys/transport-keys.ts";
import { boardBundle } from "./board-bundle.ts";
import { log, print } from "./output.ts";
import { parseSerial } from "./serial-number.ts";
import { describeToken, jsonOption } from "./token-option.ts";
import { UsageError } from "./usage-error.ts";

interface Options {
  board: string;
  port?: string;
  image?: string;
  drive?: string;
  serial?: string;
  lab?: boolean;
  erase?: boolean;
  json?: boolean;
}

/** From the copied image to the interpreter's serial port, in milliseconds. */
const IMAGE_MS = 30_000;
const LOOK_MS = 250;
/** Percent between two lines about progress. */
const PROGRESS = 10;

export function flashCommand(): Command {
  return new Command("flash")
    .description(
      "make a token of a board that runs Espruino: its files through the interpreter's console, the boot file last, which closes the " +
        "console for good. Broken off before that, the same command begins anew. A board that is a token already, or has no Espruino, " +
        "is held in BOOTSEL mode and gets --image first, which erases all that is on it",
    )
    .requiredOption("--board <name>", `which board: ${boards.join(", ")}`)
    .option("--port <path>", "the board's serial port (default: the only Espruino board found on USB)")
    .option("--serial <serial>", "serial number of the token; without it the token stays blank, for good")
    .option("--lab", "give it the published laboratory keys, which guard nothing; needs --serial")
    .option("--erase", "also erase files that are no token's")
    .option("--image <file>", "put this Espruino on it first: a .uf2 file, for a board in BOOTSEL mode")
    .option(
      "--drive <folder>",
      "with --image: where the drive of the board in BOOTSEL mode is mounted (default: is looked for)",
    )
    .addOption(jsonOption())
    .action(flash);
}

async function flash(options: Options): Promise<void> {
  const { board, json } = options;
  checkOptions(options);
  const start = performance.now();
  const { bundle, manifest } = await boardBundle(board);
  if (!overUsb(manifest))
    throw new UsageError(
      `${board} has no line to a host, neither to be flashed nor to be personalised over: firmware/boards/README.md says how ` +
        `its files and its seeds come onto it through the interpreter's console. "ochre emulator --board ${board}" runs it here`,
    );
  const tell = (line: string) => json || print(false, [line], {});
  const path = options.image === undefined ? await portOf(options) : await putImage(options, manifest, tell);
  const identity = options.serial === undefined ? undefined : laboratoryIdentity(options.serial, manifest.model);
  const { openSerialLine } = await import("../device/serial-port.ts");
  const order: FlashOrder = { path, open: openSerialLine, bundle, manifest, identity, erase: options.erase };
  let told = 0;
  let flashed: Flashed;
  try {
    flashed = await flashToken(order, {
      step: (step) => tell(inWords(step, path)),
      progress: (done, total) => {
        const percent = Math.floor((100 * done) / total);
        if (percent < told + PROGRESS && percent < 100) return;
        told = percent;
        log(`${percent} % of the bytes are written and read back`);
      },
    });
  } finally {
    if (identity !== undefined) wipeTransportKeys(identity.keys);
  }
  const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
  const { interpreter, erasedFiles, image, token } = flashed;
  const done = [`Done, in ${seconds} s. ${next(token.keyVersion > 0, path)}`];
  print(json, done, { port: path, interpreter, erasedFiles, image, token: describeToken(token), seconds });
}

/** Whether the board's interpreter comes over USB, and its token has a line to a host. */
function overUsb(manifest: Manifest): manifest is Manifest & FlashManifest {
  return manifest.interpreter.drive !== undefined;
}

function checkOptions({ board, image, drive, serial, lab }: Options): void {
  if (!boards.includes(board)) throw new UsageError(`there is no board ${board}; the boards are ${boards.join(", ")}`);
  if (drive !== undefined && image === undefined) throw new UsageError("--drive is for --image");
  if (serial !== undefined) parseSerial(serial);
  if (serial !== undefined && !lab)
    throw new UsageError("A token with a serial number needs keys: --lab gives it the published ones of a laboratory.");
  if (lab && serial === undefined)
    throw new UsageError("--lab needs --serial: a token's keys go by its serial number.");
}

function laboratoryIdentity(serial: string, model: number) {
  return { serial, keys: laboratoryTransportKeys(serial, model) };
}

/** @throws FlashError @throws UsageError */
async function portOf({ port }: Options): Promise<string> {
  if (port !== undefined) return port;
  const ports = await usbPorts({ warn: log });
  if (ports.length === 1) return ports[0];
  const found =
    ports.length === 0 ? "No Espruino board was found on USB" : `More than one was found: ${ports.join(", ")}`;
  throw new UsageError(`${found}. Name the board's serial port with --port.`);
}

/** Copies the image to the drive of the board, and waits for the board. @returns its serial port */
async function putImage(options: Options, manifest: FlashManifest, tell: (line: string) => unknown): Promise<string> {
  const { storage, drive } = manifest.interpreter;
  const file = options.image as string;
  const image = imageThatErases(await readImage(file), drive.family, storage);
  const before = await usbPorts({ warn: log });
  const folder = await findDrive(drive.boardId, options.drive);
  const gone = await copyToDrive(folder, image);
  tell(`${file} is copied to ${folder}, with an empty Storage: what was on the board is erased.`);
  log("waiting for the board to restart");
  const { openSerialLine } = await import("../device/serial-port.ts");
  for (const end = performance.now() + IMAGE_MS; performance.now() < end; await sleep(LOOK_MS)) {
    const come = (await usbPorts()).filter((path) => !before.includes(path));
    const path = options.port ?? (come.length === 1 ? come[0] : undefined);
    if (path === undefined) continue;
    const line = await openSerialLine(path).catch(() => undefined);
    await line?.close();
    if (line !== undefined) return path;
  }
  const where = options.port === undefined ? "no new serial port" : `${options.port} can't be opened`;
  const said = gone === undefined ? "" : ` The system said of the drive: ${gone}.`;
  throw new FlashError(
    "drive",
    `The image was copied, and ${IMAGE_MS / 1000} s later there is ${where}.${said} Has the board restarted? Then give the command with --port PATH in place of --image.`,
  );
}

async function readImage(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`${file} can't be read: ${(error as Error).message}`);
  }
}

function inWords(step: FlashStep, path: string): string {
  switch (step.step) {
    case "found":
      return `Espruino ${step.interpreter.version} for ${step.interpreter.board} answers on ${path}.`;
    case "erased":
      return `Its Storage is erased${step.files.length > 0 ? `; it held ${step.files.join(", ")}` : "; it was empty"}.`;
    case "reserved":
      return `Reserved: ${step.name}, ${step.bytes} bytes, whose pages ${step.name === "ochre" ? "are the two slots for firmware" : "are the journal's"}.`;
    case "written":
      return `Written and read back: firmware ${step.image.version}, ${step.image.bytes} bytes, digest ${step.image.digest}.`;
    case "loaded":
      return `The bundle loads on the board: ${step.board} ${step.version}.`;
    case "installed":
      return `Installed: serial number ${step.serial}, laboratory keys, version ${step.keyVersion}.`;
    case "armed":
      return `${step.name} is written, the last of all files. From the next start the console is closed for good.`;
    case "answers":
      return `The board has restarted. A token answers: ${step.token.serial}, ${step.token.boardName} ${step.token.firmwareVersion}.`;
    case "closed":
      return "The console answers no more.";
  }
}

function next(installed: boolean, path: string): string {
  return installed
    ? `Personalise it with: ochre provision --lab --port ${path}`
    : "The token is blank: without a serial number and keys it can't be personalised. --image makes the board a fresh one.";
}
