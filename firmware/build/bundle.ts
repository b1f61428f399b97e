/** The sources of a board, or of a test, as one bundle: what esbuild makes of them, squeezed and held against the dialect. */
import { readFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { basename, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "acorn";
import { type BuildOptions, build, type Plugin, transform } from "esbuild";
import { IMAGE_HEADER_LENGTH } from "../../protocol/image/firmware-image.ts";
import { encodeSource } from "./code-page.ts";
import { inlineConstants } from "./constants.ts";
import { checkDialect, type Refusal } from "./dialect.ts";
import { applyEdits, type Edit, type Edited } from "./edits.ts";
import { fontFile } from "./font-file.ts";
import { type BuiltFont, buildFonts } from "./fonts.ts";
import { buildMessages, type Messages, numberMessages, storedMessages, wordsIn } from "./message-file.ts";
import { moveIntoParts } from "./own-functions.ts";
import { coreModules, type Part, partsPlugin, weighParts } from "./parts.ts";
import { quietErrors } from "./quiet-errors.ts";
import { shortenGlobals } from "./short-globals.ts";
import { shortenMembers } from "./short-members.ts";
import { root } from "./sources.ts";
import { tokenise } from "./tokens.ts";
import { blankUnusedMethods } from "./unused-methods.ts";

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

/** What lies beside a bundle for its screens. */
export interface Resources {
  fonts: BuiltFont[];
  /** Only the sentences that the bundle says: nothing else in the image has a place behind them that the bundle knows. */
  spare: boolean;
}

/** @param names of the fonts that a board has; all where it does not say */
export function resources(names?: readonly string[], spare = false): Resources {
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
export type Inputs = Record<string, Record<string, number>>;

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
