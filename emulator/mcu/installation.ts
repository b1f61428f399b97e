/**
 * Puts a bundle on a board with a fresh Espruino, the way it gets on a real one: typed into the interpreter's console over USB. The
 * flash as it is with the bundle on it, and no token yet, is kept for the next board.
 */
import { createHash } from "node:crypto";
import { lstat, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { crc32 } from "node:zlib";
import type { Installation } from "../machine/machine.ts";
import type { Manifest } from "../machine/manifest.ts";
import { CHIP_SIZE, STORAGE_SIZE, STORAGE_START } from "./flash-chip.ts";
import { Rp2040Board } from "./rp2040-board.ts";

/** Bytes of the bundle in one line: Base64 of them fits the input queue of 4096 characters by far. */
const CHUNK = 1536;
/** Milliseconds of device time that the slowest of the lines may take: 160,000 rounds of PBKDF2, which a published vector asks for. */
const LONGEST_LINE_MS = 30_000;
/** How long the simulator runs before others get their turn, in milliseconds of the wall clock. */
const TURN_MS = 20;

export interface Parts {
  rom: Uint32Array;
  /** The chip with Espruino on it. */
  image: Uint8Array;
  bundle: string;
  manifest: Manifest;
  onProgress?: OnProgress;
}

/** Told often while something takes long: what it is, and how many milliseconds of board time it took so far. */
export type OnProgress = (doing: string, ms: number) => void;

const INSTALLING = "installing the bundle";

const withBundle = new Map<string, Uint8Array>();

/**
 * The chip as it leaves the factory: Espruino, bundle and a token of this serial number and these transport keys.
 * @throws Error with what the interpreter said when it refused something
 */
export async function installedFlash(parts: Parts, install: Installation): Promise<Uint8Array> {
  const flash = await flashWithBundle(parts);
  const { serial, keyVersion, enc, mac, dek } = install;
  const bytes = (key: Uint8Array) => `new Uint8Array([${[...key].join()}])`;
  return onConsole(parts, flash, "installing the token", async (type) => {
    await type(evaluation(parts));
    await type(`ochre.install(${JSON.stringify(serial)},${keyVersion},${bytes(enc)},${bytes(mac)},${bytes(dek)})`);
    await typeBootFile(type, parts);
  });
}

/** A chip with a token's Storage: a bank that another engine dumped holds no image, or an update's alone, and gets one. @param storage 256 KB */
export async function flashWithStorage(parts: Parts, storage: Uint8Array): Promise<Uint8Array> {
  const flash = new Uint8Array(parts.image);
  flash.set(storage, STORAGE_START);
  const { boot } = parts.manifest.storage;
  if (Buffer.from(storage).includes(`${boot}\0`)) return flash;
  return onConsole(parts, flash, INSTALLING, async (type) => {
    await typeImage(type, parts);
    await typeBootFile(type, parts);
  });
}

/** A chip with the bundle and what lies beside it, and nothing that starts it. */
export async function flashWithBundle(parts: Parts): Promise<Uint8Array> {
  const hash = createHash("sha256").update(parts.image);
  hash.update(JSON.stringify(parts.manifest.storage)).update(imageOf(parts));
  const name = hash.digest("hex");
  const kept = withBundle.get(name) ?? (await readKept(name));
  if (kept !== undefined) {
    withBundle.set(name, kept);
    const flash = new Uint8Array(parts.image);
    flash.set(kept, STORAGE_START);
    return flash;
  }
  const flash = await onConsole(parts, parts.image, INSTALLING, (type) => typeImage(type, parts));
  const storage = flash.slice(STORAGE_START, STORAGE_START + STORAGE_SIZE);
  withBundle.set(name, storage);
  await keep(name, storage);
  return flash;
}

/** The bundle, and what stands before it in a slot. */
function imageOf({ bundle, manifest }: Pick<Parts, "bundle" | "manifest">): Buffer {
  const before = [manifest.imageHeader, ...Object.values(manifest.files)].map((base64) =>
    Buffer.from(base64, "base64"),
  );
  return Buffer.concat([...before, Buffer.from(bundle, "latin1")]);
}

/** Where the first slot begins in its file, as an expression: at the first page, as `.boot0` has it. */
const firstSlot = (file: string) => `(-E.getAddressOf(require("Storage").read(${file}),true)&4095)`;

/** An expression for the console of a board with an image in its first slot: evaluates the bundle, and tells it where its image lies. */
export function evaluation({ bundle, manifest }: Pick<Parts, "bundle" | "manifest">): string {
  const file = JSON.stringify(manifest.storage.images);
  const at = imageOf({ bundle: "", manifest }).length;
  const slot = firstSlot(file);
  const read = `require("Storage").read(${file},${slot}+${at},${bundle.length})`;
  return `(ochre=eval(${read})).conformance(${file},${slot})`;
}

/** What boots a token: the console is closed before a byte of the host is read. */
async function typeBootFile(type: (line: string) => Promise<string>, { manifest }: Parts): Promise<void> {
  const { storage, bootFile } = manifest;
  await type(`require("Storage").write(${JSON.stringify(storage.boot)},${JSON.stringify(bootFile)})`);
}

async function typeImage(type: (line: string) => Promise<string>, parts: Parts): Promise<void> {
  const { images, imagesFileBytes } = parts.manifest.storage;
  const file = JSON.stringify(images);
  const image = imageOf(parts);
  const files = JSON.parse(await type('JSON.stringify(require("Storage").list())')) as string[];
  if (!files.includes(images)) await type(`require("Storage").write(${file},"OCHRE images",0,${imagesFileBytes})`);
  const first = Number(await type(firstSlot(file)));
  // Where an update lies, it is the newer one.
  if ((await type(`btoa(require("Storage").read(${file},${first},3))`)) !== "////") return;
  for (let at = 0; at < image.length; at += CHUNK) {
    const chunk = image.subarray(at, at + CHUNK).toString("base64");
    await type(`require("Storage").write(${file},atob("${chunk}"),${first + at})`);
  }
  const sum = await type(`E.CRC32(require("Storage").read(${file},${first},${image.length}))`);
  if (Number(sum) !== crc32(image)) throw new Error(`the image on the board has the checksum ${sum}`);
}

/**
 * Boots Espruino with its console on USB, types, and takes the power away.
 * @param flash one whose boot file, if it has one, leaves the console where it is
 * @param doing what for, in the words of `onProgress`
 * @returns the chip
 * @throws Error with what the interpreter said when it refused something
 */
export async function onConsole(
  { rom, manifest, onProgress }: Parts,
  flash: Uint8Array,
  doing: string,
  work: (type: (line: string) => Promise<string>) => Promise<void>,
): Promise<Uint8Array> {
  const board = new Rp2040Board({ rom, flash, manifest, plugged: true });
  let heard = "";
  board.onLine = (direction, text) => {
    if (direction === "to-host") heard += text;
  };
  board.powerOn();
  const until = async (done: () => boolean, limitMs: number) => {
    for (const end = board.time + limitMs; !done() && board.time < end; ) {
      board.run(1, TURN_MS);
      onProgress?.(doing, board.time);
      await setImmediate();
    }
    return done();
  };
  let lines = 0;
  /** Types an expression and returns what the interpreter prints as its value. */
  const type = async (expression: string) => {
    const mark = `#${++lines}#`;
    heard = "";
    // The first character keeps a line from being echoed. In two pieces, so that no echo could be taken for the answer; on both sides of
    // it, because the prompt after the line before may come now.
    const markIt = `print("#"+"${lines}#")`;
    board.receive(`\x10${markIt};try{print(${expression})}catch(e){print("ERROR "+e.message)};${markIt}\n`);
    const said = () => heard.split(`${mark}\r\n`);
    const answered = await until(() => said().length > 2, LONGEST_LINE_MS);
    if (!answered || heard.includes("ERROR ")) throw new Error(`Espruino refused a line of the installation: ${heard}`);
    return said()[1].trim();
  };
  await type('"ready"');
  await work(type);
  board.powerOff();
  return new Uint8Array(board.flash.bytes.subarray(0, CHIP_SIZE));
}

/** This user's own folder in the temporary one; undefined where it is not safely so. */
async function keptFolder(): Promise<string | undefined> {
  const uid = process.getuid?.();
  const folder = join(tmpdir(), `ochre-mcu-${uid ?? "user"}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const status = await lstat(folder);
  const ours = status.isDirectory() && (uid === undefined || (status.uid === uid && (status.mode & 0o022) === 0));
  return ours ? folder : undefined;
}

async function readKept(name: string): Promise<Uint8Array | undefined> {
  const folder = await keptFolder();
  if (folder === undefined) return undefined;
  const storage = await readFile(join(folder, `${name}.flash`)).catch(() => undefined);
  return storage?.length === STORAGE_SIZE ? storage : undefined;
}

async function keep(name: string, storage: Uint8Array): Promise<void> {
  const folder = await keptFolder();
  if (folder === undefined) return;
  const draft = join(folder, `${name}.${process.pid}.tmp`);
  await writeFile(draft, storage, { mode: 0o600 });
  await rename(draft, join(folder, `${name}.flash`));
}
