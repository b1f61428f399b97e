/**
 * Makes a token of a board that runs a fresh Espruino: files through its console, the boot file last, a restart, and a look at whether a
 * token answers and nobody else does.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { TOKEN_STATES, type TokenInformation } from "../../protocol/apdu/get-data.ts";
import { FrameTransport, type Line } from "../device/frame-transport.ts";
import { PortError } from "../device/port-error.ts";
import { tokenInfo } from "../device/token.ts";
import type { TransportKeys } from "../keys/transport-keys.ts";
import { EspruinoConsole } from "./espruino-console.ts";
import { FlashError } from "./flash-error.ts";
import type { FlashManifest } from "./flash-manifest.ts";
import { type FirmwareImage, firmwareImage } from "./image.ts";
import { checkInterpreter, type Interpreter, whichInterpreter } from "./interpreter.ts";
import { eraseStorage, fileNames, firstSlot, reserveFile, writeBootFile, writeImage } from "./storage.ts";

export interface FlashOrder {
  /** Of the port, for messages. */
  path: string;
  /** Opens the port. What is opened is closed, whatever happens. */
  open: (path: string) => Promise<Line>;
  /** Text of the bundle: a character a byte. */
  bundle: string;
  manifest: FlashManifest;
  /** Whose token it becomes; a token without is blank, and has no way to get them later. The keys stay the caller's. */
  identity?: { serial: string; keys: TransportKeys };
  /** Erase files that are no token's. */
  erase?: boolean;
  /** Milliseconds that a board may take for an answer, as often as it is asked: 1000. A simulated one takes longer. */
  answerMs?: number;
  /** Milliseconds from the restart until a token must answer: 20,000. */
  restartMs?: number;
}

/** What happened, as it happens. */
export type FlashStep =
  | { step: "found"; interpreter: Interpreter }
  | { step: "erased"; files: string[] }
  | { step: "written"; image: WrittenImage }
  | { step: "reserved"; name: string; bytes: number }
  | { step: "loaded"; board: string; version: string }
  | { step: "installed"; serial: string; keyVersion: number }
  | { step: "armed"; name: string }
  | { step: "answers"; token: TokenInformation }
  | { step: "closed" };

export interface WrittenImage {
  version: string;
  bytes: number;
  /** SHA-256 of the SHA-256s of its pieces, as protocol/image/firmware-image.ts has it, in hexadecimal. */
  digest: string;
}

export interface Flashed {
  interpreter: Interpreter;
  erasedFiles: string[];
  image: WrittenImage;
  token: TokenInformation;
}

export interface FlashListener {
  step: (step: FlashStep) => void;
  /** Told of bytes written and read back, out of all that there are. */
  progress: (done: number, total: number) => void;
}

/** One look whether a console answers. */
const ONCE = [100];
/** A console that was just starting at the first look is not at the second. */
const TWICE = [100, 400];

const quoted = (text: string) => JSON.stringify(text);

/**
 * Makes a token of the board.
 * @throws FlashError for what the board is, holds or does
 * @throws PortError for what the port does
 */
export async function flashToken(order: FlashOrder, listener: FlashListener): Promise<Flashed> {
  let last: FlashStep["step"] | undefined;
  const listen = {
    ...listener,
    step: (step: FlashStep) => {
      last = step.step;
      listener.step(step);
    },
  };
  try {
    const written = await withLine(order, (line) => write(order, line, listen));
    const token = await verify(order, listen);
    return { ...written, token };
  } catch (error) {
    if (error instanceof PortError && last === "armed")
      error.message += " The token was written; whether it starts was not seen: `ochre info` tells.";
    else if (error instanceof PortError && last !== undefined)
      error.message += " The board is not locked: plug it in and give the same command again. It begins anew.";
    throw error;
  }
}

async function withLine<T>({ open, path }: FlashOrder, use: (line: Line) => Promise<T>): Promise<T> {
  const line = await open(path);
  try {
    return await use(line);
  } finally {
    await line.close();
  }
}

async function write(order: FlashOrder, line: Line, { step, progress }: FlashListener) {
  const { manifest, answerMs = 1000 } = order;
  const console = await wakeConsole(order, line);
  const interpreter = await whichInterpreter(console);
  step({ step: "found", interpreter });
  checkInterpreter(interpreter, manifest.interpreter);
  const erasedFiles = await fileNames(console);
  refuseOtherFiles(order, erasedFiles);

  await eraseStorage(console);
  step({ step: "erased", files: erasedFiles });
  // What ran before has timers and watches, and its functions are gone. The new start finds no file to run.
  console.type("reset();");
  if (!(await console.wake(answerMs))) throw silence(order, console);

  const { images, imagesFileBytes, journal, journalFileBytes, boot } = manifest.storage;
  await reserveFile(console, images, "OCHRE images", imagesFileBytes);
  step({ step: "reserved", name: images, bytes: imagesFileBytes });
  await reserveFile(console, journal, "OCHRE journal", journalFileBytes);
  step({ step: "reserved", name: journal, bytes: journalFileBytes });
  const image = firmwareImage(order.bundle, manifest);
  const slot = await firstSlot(console, images);
  const total = 2 * image.body.length;
  await writeImage(console, images, slot, image, (done) => progress(done, total));
  const written = {
    version: manifest.version,
    bytes: image.header.length + image.body.length,
    digest: Buffer.from(image.digest).toString("hex"),
  };
  step({ step: "written", image: written });
  await load(order, console, image, slot);
  step({ step: "loaded", board: manifest.board, version: manifest.version });
  if (order.identity !== undefined) {
    const { serial, keys } = order.identity;
    await install(console, serial, keys);
    step({ step: "installed", serial, keyVersion: keys.keyVersion });
  }
  await writeBootFile(console, boot, manifest.bootFile);
  step({ step: "armed", name: boot });
  // Not at once: the answer to this line is the last thing that the console says.
  await console.ask("setTimeout(E.reboot,200)");
  return { interpreter, erasedFiles, image: written };
}

/**
 * The console of the interpreter on the line.
 * @throws FlashError `locked` when a token answers in its place, `interpreter` when nobody does
 */
async function wakeConsole(order: FlashOrder, line: Line): Promise<EspruinoConsole> {
  const { answerMs = 1000, path } = order;
  // To a token this is noise between two frames.
  const first = new EspruinoConsole(line);
  if (await first.wake(answerMs, ONCE)) return first;
  const token = await askToken(line, answerMs).catch((error: unknown) => {
    if (error instanceof PortError && error.fault !== "no-answer") throw error;
    return undefined;
  });
  if (token !== undefined)
    throw new FlashError(
      "locked",
      `A token runs on ${path}: ${inWords(token)}. Its console is closed, and nothing was changed. ` +
        "`ochre update` gives it a newer firmware, and leaves all that it remembers. To erase it, its keys and its credentials, and begin again: hold BOOTSEL " +
        "while you plug it in, and give the command with --image FILE.uf2 (Espruino's).",
    );
  const console = new EspruinoConsole(line);
  if (!(await console.wake(answerMs))) throw silence(order, console);
  return console;
}

function silence({ path, manifest }: FlashOrder, { heard }: EspruinoConsole): FlashError {
  const { board, version } = manifest.interpreter;
  const why = heard.includes("password>")
    ? "Its console is protected by a password."
    : "Does it run a program that never pauses, or is its console somewhere else? Unplug it, plug it in and try again.";
  return new FlashError(
    "interpreter",
    `Neither Espruino's console nor a token answers on ${path}. ${why} ` +
      `Or hold BOOTSEL while you plug it in, and give the command with --image FILE.uf2 (Espruino ${version} for ${board}).`,
  );
}

function refuseOtherFiles({ manifest, path, erase }: FlashOrder, present: string[]): void {
  const { images, boot, journal } = manifest.storage;
  const own = [images, boot, journal];
  const others = present.filter((name) => !own.includes(name));
  if (others.length > 0 && erase !== true)
    throw new FlashError(
      "other-files",
      `The board on ${path} holds files that are no token's: ${others.map(quoted).join(", ")}. Nothing was changed. ` +
        "With --erase they are erased: a token shares its board with nothing else.",
    );
}

/** The bundle is evaluated once with the console still open: what can't run here must not be started in its place. */
async function load(
  { manifest }: FlashOrder,
  console: EspruinoConsole,
  { bundleAt, bundleLength }: FirmwareImage,
  slot: number,
): Promise<void> {
  const { storage, board, version } = manifest;
  const said = await console.ask(
    `(ochre=eval(require("Storage").read(${quoted(storage.images)},${slot + bundleAt},${bundleLength}))).board+" "+ochre.version`,
  );
  if (said !== `${board} ${version}`)
    throw new FlashError("refused", `The bundle on the board calls itself ${quoted(said)}, not ${board} ${version}`);
}

async function install(console: EspruinoConsole, serial: string, keys: TransportKeys): Promise<void> {
  const bytes = [keys.enc, keys.mac, keys.dek].map((key) => `new Uint8Array([${key.join()}])`);
  await console.ask(`ochre.install(${[quoted(serial), keys.keyVersion, ...bytes].join()})`, { secret: true });
}

/**
 * The board has restarted: a token must answer, and no console.
 * @throws FlashError `not-a-token`
 */
async function verify(order: FlashOrder, { step }: FlashListener): Promise<TokenInformation> {
  const { answerMs = 1000, restartMs = 20_000, path } = order;
  const end = performance.now() + restartMs;
  for (;;) {
    // The port of a board goes away while it restarts, and whoever watches for ports may take it first when it comes back.
    await sleep(Math.min(500, answerMs));
    try {
      return await withLine(order, async (line) => {
        const token = await askToken(line, answerMs);
        checkToken(order, token);
        step({ step: "answers", token });
        if (await new EspruinoConsole(line).wake(answerMs, TWICE))
          throw new FlashError(
            "not-a-token",
            `Espruino's console on ${path} still answers: this token guards nothing.`,
          );
        // It was the console that was silent, not the line.
        await askToken(line, answerMs);
        step({ step: "closed" });
        return token;
      });
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      if (performance.now() < end) continue;
      throw new FlashError(
        "not-a-token",
        `The board was written and restarted, and no token answers on ${path}: ${error.message} ` +
          "Are display and clock connected as the board's wiring has them? Its console is closed: hold BOOTSEL while you plug it in, " +
          "and give the command with --image FILE.uf2 to begin again.",
      );
    }
  }
}

async function askToken(line: Line, timeoutMs: number): Promise<TokenInformation> {
  const transport = new FrameTransport(line, { timeoutMs, retries: 2 });
  await transport.reset();
  return tokenInfo(transport);
}

function checkToken({ manifest, identity }: FlashOrder, token: TokenInformation): void {
  const expected = [manifest.board, manifest.version, identity?.serial ?? "BLANK", identity ? "factory" : "blank"];
  const found = [token.boardName, token.firmwareVersion, token.serial, TOKEN_STATES[token.state]];
  if (found.join(" ") !== expected.join(" "))
    throw new FlashError("not-a-token", `The token that answers is ${found.join(" ")}, not ${expected.join(" ")}.`);
}

function inWords({ serial, boardName, firmwareVersion, state }: TokenInformation): string {
  return `serial number ${serial}, ${boardName}, firmware ${firmwareVersion}, state ${TOKEN_STATES[state]}`;
}
