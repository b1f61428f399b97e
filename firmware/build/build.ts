/** One bundle for a board: firmware sources in, one expression in Espruino's dialect out, with its manifest. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { VERSION } from "../core/version.ts";
import { codePage } from "../ui/viscii.ts";
import { encodeSource } from "./code-page.ts";
import { type BuiltFont, buildFonts } from "./fonts.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const boardsFolder = join(root, "firmware/boards");

/** The boards that can be built: the folders of boards/ with a `main.ts`. */
export const boards: string[] = readdirSync(boardsFolder)
  .filter((name) => existsSync(join(boardsFolder, name, "main.ts")))
  .sort();

/** What a bundle is and what it runs on: plain data for whoever flashes or emulates it. */
export interface Manifest {
  board: string;
  version: string;
  /** Of the bundle file. */
  bytes: number;
  sha256: string;
  functions: number;
  /** Bytes of the bundle by source file. */
  modules: Record<string, number>;
  keypad: { rows: number[]; columns: number[]; legend: string[][] };
  display: { controller: string; width: number; height: number; address: number };
  clock: { chip: string; address: number };
  storage: { bundle: string; boot: string; journal: string; journalBytes: number };
  codePage: string[];
  fonts: BuiltFont[];
}

export interface Built {
  /** Text of the bundle: characters U+0000 to U+00FF, one byte each in the file. */
  bundle: string;
  manifest: Manifest;
  paths: { bundle: string; manifest: string };
}

/** `import { font } from "./NAME.font"`: a function, so that the glyphs stay in flash until they are asked for. */
function fontPlugin(fonts: readonly BuiltFont[]): Plugin {
  return {
    name: "fonts",
    setup(builder) {
      builder.onResolve({ filter: /\.font$/ }, ({ path }) => ({ path: basename(path, ".font"), namespace: "font" }));
      builder.onLoad({ filter: /.*/, namespace: "font" }, ({ path }) => {
        const font = fonts.find(({ name }) => name === path);
        if (font === undefined) return { errors: [{ text: `there is no font ${path}` }] };
        const { width, height, first, glyphs } = font;
        return { contents: `export function font(){return${JSON.stringify({ width, height, first, glyphs })}}` };
      });
    },
  };
}

/** Characters beyond ASCII in the sources become codes of the token's code page. */
const codePagePlugin: Plugin = {
  name: "code page",
  setup(builder) {
    builder.onLoad({ filter: /firmware[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      try {
        return { contents: encodeSource(source), loader: "ts" };
      } catch (error) {
        return { errors: [{ text: (error as Error).message, location: { file: path } }] };
      }
    });
  },
};

/**
 * Builds a board's bundle and manifest into `outDir` (default `build/`).
 * @throws Error when the board is unknown or its sources do not build
 */
export async function buildBoard(board: string, { outDir = join(root, "build") } = {}): Promise<Built> {
  if (!boards.includes(board)) throw new Error(`there is no board ${board}: ${boards.join(", ")}`);
  const fonts = buildFonts();
  const result = await build({
    entryPoints: [join(boardsFolder, board, "main.ts")],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    // Espruino has no field without a value: fields become assignments in the constructor.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    supported: { "logical-assignment": false, "exponent-operator": false },
    charset: "ascii",
    minify: true,
    inject: [join(root, "firmware/build/device-error.ts")],
    plugins: [fontPlugin(fonts), codePagePlugin],
    logLevel: "silent",
  });
  const bundle = asExpression(result.outputFiles[0].text);
  const wiring = await import(join(boardsFolder, board, "wiring.ts"));
  const modules: Record<string, number> = {};
  for (const [path, { bytesInOutput }] of Object.entries(Object.values(result.metafile.outputs)[0].inputs)) {
    if (bytesInOutput > 0) modules[relative(root, path)] = bytesInOutput;
  }
  const manifest: Manifest = {
    board,
    version: VERSION,
    bytes: bundle.length,
    sha256: createHash("sha256").update(bundle, "latin1").digest("hex"),
    functions: bundle.split(/\bfunction\b|=>/).length - 1,
    modules,
    keypad: wiring.keypad,
    display: wiring.display,
    clock: wiring.clock,
    storage: wiring.storage,
    codePage: [...codePage],
    fonts,
  };
  const paths = { bundle: join(outDir, `${board}.js`), manifest: join(outDir, `${board}.json`) };
  await mkdir(outDir, { recursive: true });
  await writeWhole(paths.bundle, bundle, "latin1");
  await writeWhole(paths.manifest, `${JSON.stringify(manifest, null, 1)}\n`, "utf8");
  return { bundle, manifest, paths };
}

/** Two builds at once must not leave half a file for a third reader. */
async function writeWhole(path: string, text: string, encoding: BufferEncoding): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, text, encoding);
  await rename(draft, path);
}

/** The module's export list turned into the value of one expression. */
function asExpression(module: string): string {
  const match = /export\s*\{([^}]*)\};?\s*$/.exec(module);
  if (match === null) throw new Error("the bundle exports nothing");
  const members = match[1].split(",").map((member) => {
    const [local, name = local] = member.trim().split(/\s+as\s+/);
    return `${name}:${local}`;
  });
  // The interpreter's own `require` has a name of its own in the sources, so that esbuild does not take its modules for files.
  const body = module.slice(0, match.index).replaceAll("espruinoRequire", "require");
  return `(function(){${body}return{${members.join(",")}}})()`;
}
