/** One bundle for a board: firmware sources in, one expression in Espruino's dialect out, with its manifest. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { encodeImageHeader, IMAGE_HEADER_LENGTH, versionNumber } from "../../protocol/image/firmware-image.ts";
import { LARGEST_PAGE } from "../boards/chips/storage-flash.ts";
import { VERSION } from "../core/version.ts";
import { nativeImage } from "../native/routine-text.ts";
import { codePage } from "../ui/viscii.ts";
import { bootFile, looseBootFile } from "./boot-file.ts";
import { BuildError, bundleEntry, type Inputs, resources } from "./bundle.ts";
import { type Census, census } from "./census.ts";
import { fontFile } from "./font-file.ts";
import type { Manifest } from "./manifest.ts";
import { packParts } from "./packed-parts.ts";
import type { Footprint } from "./parts.ts";
import { outputFolder, packed, root, sourcesDigest } from "./sources.ts";

const boardsFolder = join(root, "firmware/boards");

/**
 * A bundle's size where the board says nothing, its packed parts as they are stored: what is not a part takes 10 ms a kilobyte to load,
 * and an update needs the room twice.
 */
const BUNDLE_LIMIT = 65_536;

/**
 * JsVars of what is no part, by the census. On an RP2040 a token on its batteries holds some 900 more, for what it has made of it and for
 * the interpreter itself; 2,300 is what it may have in all, which test/genuine/mcu-memory.test.ts measures.
 */
const JSVARS_LIMIT = 1400;

/** The boards that can be built: the folders of boards/ with a `main.ts`. */
export const boards: string[] = readdirSync(boardsFolder)
  .filter((name) => existsSync(join(boardsFolder, name, "main.ts")))
  .sort();

export interface Built {
  /** Text of the bundle: characters U+0000 to U+00FF, one byte each in the file. What stands behind the first NUL is packed. */
  bundle: string;
  /** The same in plain text, its packed parts too. */
  source: string;
  manifest: Manifest;
  census: Census;
  parts: Footprint[];
  paths: { bundle: string; manifest: string };
}

/** What a board's `wiring.ts` says of its Storage. */
type Wiring = Pick<Manifest, "interpreter"> & {
  storage: Omit<Manifest["storage"], "journalFileBytes" | "imagesFileBytes">;
};

/** Of a bundle's text, in hexadecimal. */
export const sha256 = (bundle: string) => createHash("sha256").update(bundle, "latin1").digest("hex");

/**
 * Builds a board's bundle and manifest into `outDir` (default `build/`).
 * @throws BuildError when the board is unknown, when its sources do not build or do not fit, or when the dialect gate refuses the bundle
 */
export async function buildBoard(board: string, { outDir = outputFolder } = {}): Promise<Built> {
  if (!boards.includes(board)) throw new BuildError(`there is no board ${board}: ${boards.join(", ")}`);
  if (versionNumber(VERSION) === 0) throw new BuildError(`a version has three numbers below 256, not ${VERSION}`);
  // Before anything is read: what changes meanwhile is another bundle's.
  const sources = sourcesDigest();
  const wiring = await import(new URL(`../boards/${board}/wiring${packed ? ".js" : ".ts"}`, import.meta.url).href);
  const beside = resources(wiring.fonts, wiring.storage.native === undefined);
  const entry = join(boardsFolder, board, "main.ts");
  const built = await bundleEntry(entry, beside, wiring.instead);
  const files: Record<string, Uint8Array> = { [wiring.storage.fonts]: fontFile(beside.fonts, built.messages).file };
  if (wiring.storage.native !== undefined) files[wiring.storage.native] = nativeImage();
  const bundleAt = Object.values(files).reduce((sum, { length }) => sum + length, IMAGE_HEADER_LENGTH);
  const stored = packParts(built.marked, bundleAt);
  const { text: bundle, source } = stored;
  const parts = built.parts.map((part): Footprint => {
    const bytes = stored.bytes.get(part.name);
    return bytes === undefined ? part : { ...part, bytes, unpacked: part.bytes };
  });
  const limit = wiring.bundleLimit ?? BUNDLE_LIMIT;
  if (bundle.length > limit)
    throw new BuildError(`the bundle of ${board} has ${bundle.length} bytes, and ${limit} is the limit`);
  const { loose, images, slotBytes } = wiring.storage;
  const boot = slotBytes === 0 ? looseBootFile(loose, bundleAt, bundle.length) : bootFile(images, slotBytes);
  const counted = census(source);
  if (counted.jsVars > JSVARS_LIMIT) {
    throw new BuildError(
      `what is no part of ${board} takes ${counted.jsVars} JsVars, and ${JSVARS_LIMIT} is the limit`,
    );
  }
  const manifest: Manifest = {
    board,
    experimental: wiring.experimental,
    model: wiring.model,
    version: VERSION,
    bytes: bundle.length,
    sha256: sha256(bundle),
    sources,
    functions: counted.functions,
    modules: bytesByFile(built.inputs, parts, bundle.length),
    keypad: { ...wiring.keypad, legend: inRows(wiring.keypad) },
    display: wiring.display,
    clock: wiring.clock,
    sound: wiring.sound,
    interpreter: wiring.interpreter,
    storage: {
      ...wiring.storage,
      imagesFileBytes: slotBytes === 0 ? 0 : 2 * slotBytes + LARGEST_PAGE,
      journalFileBytes: journalFile(wiring, [bundleAt + bundle.length, boot.length]),
    },
    bootFile: boot,
    imageHeader: Buffer.from(
      encodeImageHeader(
        { version: versionNumber(VERSION), bundleAt, bundleLength: bundle.length, model: wiring.model },
        crc32,
      ),
    ).toString("base64"),
    files: Object.fromEntries(
      Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]),
    ),
    codePage: [...codePage],
    fonts: beside.fonts,
  };
  const paths = { bundle: join(outDir, `${board}.js`), manifest: join(outDir, `${board}.json`) };
  await mkdir(outDir, { recursive: true });
  await writeWhole(paths.bundle, bundle, "latin1");
  await writeWhole(paths.manifest, `${JSON.stringify(manifest, null, 1)}\n`, "utf8");
  return { bundle, source, manifest, census: counted, parts, paths };
}

/** Of each file in Storage. */
const FILE_HEADER = 32;

/**
 * Bytes of the journal's file. In a Storage that is full it has what the other files leave, to the end: then its banks are the last
 * pages, and nothing else is in a page that is erased.
 * @param files bytes of each, in their order
 * @throws BuildError where they leave too little
 */
function journalFile({ storage, interpreter }: Wiring, files: readonly number[]): number {
  if (!storage.full) return storage.journalBytes + LARGEST_PAGE;
  const before = files.reduce((sum, bytes) => sum + FILE_HEADER + ((bytes + 3) & ~3), 0);
  const bytes = interpreter.storage.bytes - before - FILE_HEADER;
  if (bytes < storage.journalBytes)
    throw new BuildError(`the files leave ${bytes} bytes of Storage for a journal of ${storage.journalBytes}`);
  return bytes;
}

/** A legend by rows and columns; buttons without columns are one row. */
function inRows({ legend, columns }: { legend: string; columns?: number[] }): string[][] {
  const keys = legend.split(" ");
  const width = columns?.length ?? keys.length;
  return Array.from({ length: keys.length / width }, (_, row) => keys.slice(row * width, (row + 1) * width));
}

/** What stands in a part shrank with it, and what does not with the rest of the bundle. */
function bytesByFile(inputs: Inputs, parts: readonly Footprint[], bytes: number): Record<string, number> {
  const modules: Record<string, number> = {};
  const rest = bytes - parts.reduce((sum, part) => sum + part.bytes, 0);
  for (const [name, files] of Object.entries(inputs)) {
    const stored = name === "" ? rest : (parts.find((part) => part.name === name)?.bytes ?? 0);
    const before = Object.values(files).reduce((sum, size) => sum + size, 0);
    for (const [file, size] of Object.entries(files)) {
      const share = Math.round((size * stored) / before);
      if (share > 0) modules[file] = (modules[file] ?? 0) + share;
    }
  }
  return modules;
}

/** Two builds at once must not leave half a file for a third reader. */
async function writeWhole(path: string, text: string, encoding: BufferEncoding): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, text, encoding);
  await rename(draft, path);
}
