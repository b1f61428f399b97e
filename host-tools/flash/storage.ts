/** Files in the Storage of an Espruino, through its console. Every byte is read back. */
import type { EspruinoConsole } from "./espruino-console.ts";
import { FlashError } from "./flash-error.ts";

/** Bytes in a line: Base64 of them, and what stands around it, fits the interpreter's input queue of 4096 characters. */
const WRITTEN = 1536;
/** Bytes in an answer: a multiple of three, so that Base64 needs no filling. */
const READ = 3072;
/** The chip's data sheet allows 0.4 s for a sector, and there are 64. */
const ERASE_MS = 60_000;
/** The boot file begins with this comment. Its two last characters are written after all else. */
const COMMENT = "/**/";

const quoted = (name: string) => JSON.stringify(name);

export function fileNames(console: EspruinoConsole): Promise<string[]> {
  return console.ask('JSON.stringify(require("Storage").list())').then((text) => JSON.parse(text));
}

/** Erases all files, and whatever else a file was before. */
export async function eraseStorage(console: EspruinoConsole): Promise<void> {
  await console.ask('require("Storage").eraseAll()', { timeoutMs: ERASE_MS });
}

/** Where the first slot begins in the file of the images: at the first page, as the boot file has it. */
export async function firstSlot(console: EspruinoConsole, name: string): Promise<number> {
  return Number(await console.ask(`-E.getAddressOf(require("Storage").read(${quoted(name)}),true)&4095`));
}

/**
 * Writes an image into a slot that is erased, its header last, and reads it back.
 * @param progress told of the bytes that are written or read, out of twice the body's
 * @throws FlashError `refused` @throws PortError
 */
export async function writeImage(
  console: EspruinoConsole,
  name: string,
  slot: number,
  { header, body }: { header: Uint8Array; body: Uint8Array },
  progress: (done: number) => void = () => {},
): Promise<void> {
  const start = slot + header.length;
  for (let at = 0; at < body.length; at += WRITTEN) {
    const piece = body.subarray(at, at + WRITTEN);
    await writePiece(console, name, piece, start + at);
    progress(at + piece.length);
  }
  await checkPiece(console, name, body, start, (done) => progress(body.length + done));
  await writePiece(console, name, header, slot);
  await checkPiece(console, name, header, slot);
}

/** Makes a file of `bytes` erased bytes, but for the few that Storage wants written. */
export async function reserveFile(console: EspruinoConsole, name: string, text: string, bytes: number): Promise<void> {
  await writePiece(console, name, Buffer.from(text, "latin1"), 0, bytes);
}

/**
 * Writes the boot file so that none of it counts before all of it is there: what follows `/*` is a comment until the last write ends it.
 * A cut before that leaves a board that starts with its console open.
 */
export async function writeBootFile(console: EspruinoConsole, name: string, text: string): Promise<void> {
  if (!text.startsWith(COMMENT)) throw new Error("a boot file begins with an empty comment");
  const whole = Buffer.from(text, "latin1");
  const unarmed = Buffer.from(whole).fill(0xff, 2, 4);
  await writePiece(console, name, whole.subarray(0, 2), 0, whole.length);
  await writePiece(console, name, whole.subarray(4), 4);
  await checkFile(console, name, unarmed);
  await writePiece(console, name, whole.subarray(2, 4), 2);
  await checkFile(console, name, whole);
}

/** @param size of the whole file, where the piece is its first */
async function writePiece(console: EspruinoConsole, name: string, piece: Uint8Array, at: number, size = 0) {
  const data = Buffer.from(piece).toString("base64");
  await console.ask(`require("Storage").write(${quoted(name)},atob("${data}"),${at},${size})`);
}

async function checkPiece(
  console: EspruinoConsole,
  name: string,
  bytes: Uint8Array,
  from: number,
  progress: (done: number) => void = () => {},
): Promise<void> {
  for (let at = 0; at < bytes.length; at += READ) {
    const piece = bytes.subarray(at, at + READ);
    const answer = await console.ask(`btoa(require("Storage").read(${quoted(name)},${from + at},${piece.length}))`);
    if (answer !== Buffer.from(piece).toString("base64"))
      throw new FlashError("refused", `${name} does not read back as it was written, from byte ${from + at}`);
    progress(at + piece.length);
  }
}

async function checkFile(
  console: EspruinoConsole,
  name: string,
  bytes: Uint8Array,
  progress: (done: number) => void = () => {},
): Promise<void> {
  await checkPiece(console, name, bytes, 0, progress);
  const length = await console.ask(`require("Storage").read(${quoted(name)}).length`);
  if (Number(length) !== bytes.length)
    throw new FlashError("refused", `${name} has ${length} bytes on the board, not ${bytes.length}`);
}
