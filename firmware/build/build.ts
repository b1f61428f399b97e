/** One bundle for a board: firmware sources in, one expression in Espruino's dialect out, with its manifest. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { basename, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { parse } from "acorn";
import { type BuildOptions, build, type Plugin, transform } from "esbuild";
import { encodeImageHeader, IMAGE_HEADER_LENGTH, versionNumber } from "../../protocol/image/firmware-image.ts";
import { LARGEST_PAGE } from "../boards/chips/storage-flash.ts";
import { VERSION } from "../core/version.ts";
import { nativeImage } from "../native/routine-text.ts";
import { codePage } from "../ui/viscii.ts";
import { bootFile, looseBootFile } from "./boot-file.ts";
import { type Census, census } from "./census.ts";
import { encodeSource } from "./code-page.ts";
import { inlineConstants } from "./constants.ts";
import { checkDialect, type Refusal } from "./dialect.ts";
import { applyEdits, type Edit, type Edited } from "./edits.ts";
import { fontFile } from "./font-file.ts";
import { type BuiltFont, buildFonts } from "./fonts.ts";
import { buildMessages, type Messages, numberMessages, storedMessages, wordsIn } from "./message-file.ts";
import { moveIntoParts } from "./own-functions.ts";
import { packParts } from "./packed-parts.ts";
import { coreModules, type Footprint, type Part, partsPlugin, weighParts } from "./parts.ts";
import { quietErrors } from "./quiet-errors.ts";
import { shortenGlobals } from "./short-globals.ts";
import { shortenMembers } from "./short-members.ts";
import { outputFolder, packed, root, sourcesDigest } from "./sources.ts";
import { tokenise } from "./tokens.ts";
import { blankUnusedMethods } from "./unused-methods.ts";

const boardsFolder = join(root, "firmware/boards");

/** What esbuild may leave as it is. */
const dialect = {
  target: "es2022",
  // The interpreter runs a field's initialiser once for the class, and knows none of the other four.
  supported: {
    "class-field": false,
    "class-private-field": false,
    "optional-chain": false,
    "logical-assignment": false,
    "exponent-operator": false,
  },
  charset: "ascii",
} as const;

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

/** What of Espruino's hardware not every board has: `g` the built-in display, `NRF` Bluetooth, `SHA1` of its `crypto`. */
export type Device = "I2C1" | "USB" | "g" | "NRF" | "SHA1";

/** What a bundle is and what it runs on: plain data for whoever flashes or emulates it. */
export interface Manifest {
  board: string;
  /** True for a board that no customer should be given. */
  experimental?: boolean;
  /** Two bytes that diversify the token's keys. */
  model: number;
  version: string;
  /** Of the bundle file. */
  bytes: number;
  sha256: string;
  /** SHA-256 of the sources and the tools that it was made of. */
  sources: string;
  functions: number;
  /** Bytes of the bundle by source file. */
  modules: Record<string, number>;
  /** What each key joins: a row and a column, or its own pin and ground. */
  keypad: { legend: string[][] } & (
    | { rows: number[]; columns: number[] }
    | { pins: (number | string)[]; down?: "low" | "high" }
  );
  /** Without an address the interpreter draws on it. */
  display: { controller: string; width: number; height: number; address?: number };
  /** Absent where there is no clock chip. */
  clock?: { chip: string; address: number };
  /** Absent where there is no buzzer. */
  sound?: { pin: number };
  interpreter: {
    board: string;
    version: string;
    storage: { address: number; bytes: number };
    /** Absent where the interpreter does not come over USB. */
    drive?: { boardId: string; family: number };
    /** What a bundle finds there, where that is not what a Pico has. */
    devices?: Device[];
  };
  /**
   * Names of the Storage files, and what they have room for. `slotBytes` is the room for one image, `imagesFileBytes` the file that two of
   * them lie in, somewhere; `journalFileBytes` is the same of the journal's banks.
   */
  storage: {
    images: string;
    slotBytes: number;
    imagesFileBytes: number;
    loose: string;
    boot: string;
    fonts: string;
    /** Absent on a board without machine code. */
    native?: string;
    journal: string;
    journalBytes: number;
    journalFileBytes: number;
    /** Image, boot file and journal fill the whole Storage, in this order. */
    full?: boolean;
  };
  /** Text of the file `storage.boot`. */
  bootFile: string;
  /** The image's header, in base64. */
  imageHeader: string;
  /** What stands in the image between its header and the bundle, in this order: contents in base64 by name. */
  files: Record<string, string>;
  codePage: string[];
  fonts: BuiltFont[];
}

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

/** What lies beside a bundle for its screens. */
interface Resources {
  fonts: BuiltFont[];
  /** Only the sentences that the bundle says: nothing else in the image has a place behind them that the bundle knows. */
  spare: boolean;
}

/** @param names of the fonts that a board has; all where it does not say */
function resources(names?: readonly string[], spare = false): Resources {
  const fonts = buildFonts().filter((font) => names === undefined || names.includes(font.name));
  return { fonts, spare };
}

/**
 * `import { font } from "./NAME.font"`: how the font is made, and where its parts are in the file of all fonts. `import { place } from
 * "./NAME.texts"`: where the messages are in it.
 */
function resourcePlugin({ fonts }: Resources): Plugin {
  // Where a message stands is told by the file; where the table stands, by the fonts alone.
  const { parts, texts } = fontFile(fonts, { numbers: new Map(), texts: [] });
  return {
    name: "fonts and messages",
    setup(builder) {
      builder.onResolve({ filter: /\.texts$/ }, ({ path }) => ({ path, namespace: "texts" }));
      builder.onLoad({ filter: /.*/, namespace: "texts" }, () => {
        const place = { table: IMAGE_HEADER_LENGTH + texts.table };
        return { contents: `export const place=${JSON.stringify(place)}` };
      });
      builder.onLoad({ filter: /messages\.ts$/ }, ({ path }) => {
        const contents = storedMessages(basename(path));
        return contents === undefined ? undefined : { contents, loader: "ts" };
      });
      builder.onResolve({ filter: /\.font$/ }, ({ path }) => ({ path: basename(path, ".font"), namespace: "font" }));
      builder.onLoad({ filter: /.*/, namespace: "font" }, ({ path }) => {
        const font = parts.find(({ name }) => name === path);
        if (font === undefined) return { errors: [{ text: `there is no font ${path}` }] };
        const { name: _, ...inFile } = font;
        const placed = ([at, length]: [number, number]) => [IMAGE_HEADER_LENGTH + at, length];
        const { halves, index, glyphs } = inFile;
        const inImage = { ...inFile, halves: placed(halves), index: placed(index), glyphs: placed(glyphs) };
        return { contents: `export const font=${JSON.stringify(inImage)}` };
      });
    },
  };
}

/** Modules that a board has in place of the token's, by their paths from the root: narrower ones, which take less room. */
type Instead = Readonly<Record<string, string>>;

function insteadPlugin(instead: Instead): Plugin {
  return {
    name: "narrower modules",
    setup(builder) {
      builder.onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir }) => {
        const other = instead[relative(root, resolve(resolveDir, path)).split(sep).join("/")];
        return other === undefined ? undefined : { path: join(root, other) };
      });
    },
  };
}

/** What a board's `wiring.ts` says of its Storage. */
type Wiring = Pick<Manifest, "interpreter"> & {
  storage: Omit<Manifest["storage"], "journalFileBytes" | "imagesFileBytes">;
};

/** The sources can't be built for the interpreter. The message has a line for each place. */
export class BuildError extends Error {
  override name = "BuildError";
}

/** Characters beyond ASCII in the sources become codes of the token's code page. */
const codePagePlugin: Plugin = {
  name: "code page",
  setup(builder) {
    builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      try {
        return { contents: encodeSource(source), loader: "ts" };
      } catch (error) {
        return { errors: [{ text: (error as Error).message, location: { file: path, lineText: "" } }] };
      }
    });
  },
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

/** The bundle without what it can do without: functions where they are used, constants too, and the shortest names for the rest. */
async function squeeze(bundle: string): Promise<string> {
  const minified = async (text: string) => {
    // A value that nobody takes would be left out.
    const { code } = await transform(`bundle=${text}`, { ...dialect, minify: true });
    return escapeControls(code.trim().replace(/^bundle=|;$/g, ""));
  };
  for (let text = await minified(moveIntoParts(bundle)); ; ) {
    const next = inlineConstants(text);
    if (next === text) return text;
    text = await minified(next);
  }
}

/** A legend by rows and columns; buttons without columns are one row. */
function inRows({ legend, columns }: { legend: string; columns?: number[] }): string[][] {
  const keys = legend.split(" ");
  const width = columns?.length ?? keys.length;
  return Array.from({ length: keys.length / width }, (_, row) => keys.slice(row * width, (row + 1) * width));
}

/**
 * The bundle whose exports are those of the module `entry`.
 * @returns its text, the same with the marks of its parts, what these weigh, and the bytes of its sources
 * @throws BuildError that names the places in the sources which do not build, or which the interpreter would fail at
 */
export async function bundleEntry(entry: string, beside = resources(), instead: Instead = {}) {
  const { module, map, inputs } = await bundleModule(entry, beside, instead);
  const { text, origin, messages } = asExpression(module, beside.spare);
  refuse(checkDialect(text), (at) => sourceOf(module, map, origin(at)));
  const squeezed = await squeeze(shortenGlobals(text));
  // Where the places in the sources can't be told any more, nothing new is expected.
  refuse(checkDialect(squeezed), (at) => `the finished bundle, at ${squeezed.slice(at, at + 40)}`);
  return { ...weighParts(squeezed, (program) => tokenise(program).length), messages, marked: squeezed, inputs };
}

/** Bytes of sources, before the bundle was made of them: those of each part, and under the name "" those of no part. */
type Inputs = Record<string, Record<string, number>>;

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

/** @param place where in the sources a place of the text comes from @throws BuildError with a line for each */
function refuse(refusals: Refusal[], place: (at: number) => string): void {
  if (refusals.length === 0) return;
  const lines = refusals.map(({ at, reason }) => `${place(at)}: ${reason}`);
  throw new BuildError(`the interpreter would fail at\n${lines.join("\n")}`);
}

/** The sources as one ECMAScript module, minified. */
async function bundleModule(entry: string, beside: Resources, instead: Instead) {
  const options: BuildOptions = {
    entryPoints: [entry],
    bundle: true,
    outfile: join(root, "bundle.js"),
    format: "esm",
    platform: "neutral",
    ...dialect,
    // Fields become assignments in the constructor, not calls of Object.defineProperty.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    define: {
      NATIVE_AT: beside.spare ? "0" : String(IMAGE_HEADER_LENGTH + fontFile(beside.fonts, buildMessages()).file.length),
    },
    plugins: [insteadPlugin(instead), resourcePlugin(beside), codePagePlugin],
    logLevel: "silent",
    absWorkingDir: root,
  };
  const parts: Part[] = [];
  const result = await coreModules(options)
    .then((core) =>
      build({
        ...options,
        write: false,
        metafile: true,
        sourcemap: "external",
        sourcesContent: false,
        minify: true,
        inject: [join(root, "firmware/build/device-error.ts")],
        plugins: [partsPlugin(core, options, (part) => parts.push(part)), ...options.plugins!],
      }),
    )
    .catch((error: Error) => {
      throw new BuildError(error.message);
    });
  const [map, code] = [".js.map", ".js"].map((end) => result.outputFiles.find(({ path }) => path.endsWith(end))!.text);
  const output = Object.entries(result.metafile.outputs).find(([path]) => path.endsWith(".js"))![1];
  const inputs: Inputs = { "": {} };
  for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
    const part = parts.find((one) => one.path === path);
    if (part === undefined) inputs[""][path] = bytesInOutput;
    else inputs[part.name] = part.inputs;
  }
  return { ...(await withoutUnused(code, map)), inputs };
}

/** The module without the methods that nothing calls, and without what only they used; its source map. */
async function withoutUnused(code: string, map: string): Promise<{ module: string; map: SourceMap }> {
  const unused = blankUnusedMethods(parse(code, { ecmaVersion: "latest", sourceType: "module" }), code);
  if (unused.length === 0) return { module: code, map: new SourceMap(JSON.parse(map)) };
  const inline = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString("base64")}`;
  const smaller = await transform(`${applyEdits(code, unused).text}\n${inline}`, {
    ...dialect,
    format: "esm",
    minify: true,
    treeShaking: true,
    sourcemap: "external",
    sourcesContent: false,
    sourcefile: join(root, "bundle.js"),
  });
  return withoutUnused(smaller.code, smaller.map);
}

/** Where in the sources a place of the module comes from, as `file:line:column`. */
function sourceOf(module: string, map: SourceMap, offset: number): string {
  const lines = module.slice(0, offset).split("\n");
  const entry = map.findEntry(lines.length - 1, lines[lines.length - 1].length);
  if (!("originalSource" in entry)) return `bundle offset ${offset}`;
  const file = relative(root, fileURLToPath(new URL(entry.originalSource, `file://${root}/`)));
  return `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

/** Two builds at once must not leave half a file for a third reader. */
async function writeWhole(path: string, text: string, encoding: BufferEncoding): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, text, encoding);
  await rename(draft, path);
}

/** The module as one expression whose value is the object of its exports. */
function asExpression(module: string, spare: boolean): Edited & { messages: Messages } {
  const parsed = (text: string) => parse(text, { ecmaVersion: "latest", sourceType: "module" });
  const quieter = applyEdits(module, quietErrors(parsed(module)));
  const messages = buildMessages(spare ? wordsIn(parsed(quieter.text)) : undefined);
  const numbered = applyEdits(quieter.text, numberMessages(parsed(quieter.text), messages.numbers));
  const quiet = { text: numbered.text, origin: (offset: number) => quieter.origin(numbered.origin(offset)) };
  const program = parsed(quiet.text);
  const edits: Edit[] = [{ start: 0, end: 0, text: "(function(){" }, ...shortenMembers(program)];
  // The interpreter's own `require` has a name of its own in the sources, so that esbuild does not take its modules for files.
  for (const { index } of quiet.text.matchAll(/\bespruinoRequire\b/g)) {
    edits.push({ start: index, end: index + "espruinoRequire".length, text: "require" });
  }
  const last = program.body[program.body.length - 1];
  if (last?.type !== "ExportNamedDeclaration") throw new BuildError("the bundle exports nothing");
  const exported = last.specifiers.map((specifier) => `${nameOf(specifier.exported)}:${nameOf(specifier.local)}`);
  edits.push({ start: last.start, end: quiet.text.length, text: `return{${exported.join(",")}}})()` });
  const { text, origin } = applyEdits(quiet.text, edits);
  return { text, origin: (offset) => quiet.origin(origin(offset)), messages };
}

/** Codes of the code page below 32 are text like any other, and esbuild writes them raw: a terminal or an uploader could act on them. */
function escapeControls(program: string): string {
  return program.replace(/(?!\n)[\p{Cc}]/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** The name in an export specifier. */
function nameOf(node: { type: string; name?: string; value?: unknown }): string {
  return node.type === "Identifier" ? node.name! : String(node.value);
}
