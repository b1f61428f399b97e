/**
 * Parts: code that is loaded when it is needed, and dropped after. A module named `NAME.part.ts` exports one function. In a bundle, all
 * that only this module imports stands inside that function: a call makes the part's functions and classes, and they are gone when the
 * last thing that the call gave is dropped. Before and after, the part costs what one function costs, and its text stays in flash.
 *
 * For the sources it is a call like any other; only the bundle knows. Modules that the core imports too are not repeated: the part
 * reaches them where they are. What two parts import and the core does not, stands in both.
 */
import { basename, relative, resolve } from "node:path";
import { type AnyNode, type ExportNamedDeclaration, type ExportSpecifier, type Identifier, parse } from "acorn";
import { type BuildOptions, build, type Metafile, type Plugin, type PluginBuild } from "esbuild";
import { type Census, census } from "./census.ts";
import { children } from "./dialect-syntax.ts";
import { applyEdits, type Edit } from "./edits.ts";
import { root } from "./sources.ts";

export interface Part {
  /** Its file without `.part.ts`. */
  name: string;
  /** The file, as esbuild names it. */
  path: string;
  /** Bytes by source file, before names are shortened. */
  inputs: Record<string, number>;
}

/** What a part of a bundle weighs, and costs while it is loaded. */
export interface Footprint {
  name: string;
  /** As stored. */
  bytes: number;
  /** Of a packed part: the bytes of its text, which is in RAM while the part is loaded. */
  unpacked?: number;
  census: Census;
}

/** A directive at the head of a part's function: it stays through all minifying, until the part has been weighed. */
const MARK = "part ";

/** Before the path of a module that a part reaches outside of itself. */
const CORE = "core:";
const PART = /\.part\.ts$/;

/** The modules of a program that are in none of its parts, by their absolute paths. */
export async function coreModules(options: BuildOptions): Promise<ReadonlySet<string>> {
  const { metafile } = await build({
    ...options,
    write: false,
    metafile: true,
    plugins: [
      {
        name: "parts stay out",
        setup(builder) {
          builder.onResolve({ filter: PART }, () => ({ path: "part", external: true }));
        },
      },
      ...(options.plugins ?? []),
    ],
  });
  return new Set(Object.keys((metafile as Metafile).inputs).map((path) => resolve(root, path)));
}

/** Puts each part's own modules into the body of its function. @param loaded told of each part */
export function partsPlugin(core: ReadonlySet<string>, options: BuildOptions, loaded: (part: Part) => void): Plugin {
  return {
    name: "parts",
    setup(builder) {
      builder.onResolve({ filter: new RegExp(`^${CORE}`) }, ({ path }) => ({
        path: resolve(root, path.slice(CORE.length)),
      }));
      builder.onLoad({ filter: PART }, async ({ path }) => {
        const result = await build({
          ...options,
          entryPoints: [path],
          write: false,
          metafile: true,
          minify: false,
          sourcemap: "inline",
          plugins: [outside(core, path), ...(options.plugins ?? [])],
        });
        const module = result.outputFiles![0].text;
        const name = basename(path).replace(PART, "");
        const contents = asFunction(module, path, name);
        const output = Object.values((result.metafile as Metafile).outputs)[0];
        loaded({
          name,
          path: relative(root, path),
          inputs: Object.fromEntries(
            Object.entries(output.inputs).map(([file, { bytesInOutput }]) => [file, bytesInOutput]),
          ),
        });
        return { contents, loader: "js", resolveDir: root };
      });
    },
  };
}

/** What the core has is reached from the part, and so is the function of another part. */
function outside(core: ReadonlySet<string>, part: string): Plugin {
  return {
    name: "what the core has",
    setup(builder: PluginBuild) {
      builder.onResolve({ filter: /^\./ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
        if (pluginData === part || kind === "entry-point") return;
        const found = await builder.resolve(path, { importer, resolveDir, kind, pluginData: part });
        if (found.errors.length > 0) return found;
        if (!core.has(found.path) && !PART.test(found.path)) return found;
        // Not where it lies on this machine: the bytes of a bundle are the same everywhere.
        return { path: CORE + relative(root, found.path), external: true };
      });
    },
  };
}

/** An ECMAScript module that exports one function as one that does so with all else inside it. Lines stay where they are. */
function asFunction(module: string, path: string, part: string): string {
  const program = parse(module, { ecmaVersion: "latest", sourceType: "module" });
  const imports: string[] = [];
  const edits: Edit[] = [];
  const last = program.body.at(-1) as ExportNamedDeclaration | undefined;
  for (const node of program.body) {
    if (node.type !== "ImportDeclaration") continue;
    imports.push(module.slice(node.start, node.end).replaceAll("\n", " "));
    edits.push({ start: node.start, end: node.end, text: module.slice(node.start, node.end).replace(/[^\n]/g, "") });
  }
  const [exported, ...others]: ExportSpecifier[] = last?.type === "ExportNamedDeclaration" ? last.specifiers : [];
  const local = exported === undefined ? undefined : (exported.local as Identifier).name;
  const made = program.body.find((node) => node.type === "FunctionDeclaration" && node.id.name === local);
  if (made?.type !== "FunctionDeclaration" || others.length > 0)
    throw new Error(`${path}: a part exports one function`);
  const parameters = made.params.map((_, i) => `given${i}`).join();
  const name = (exported.exported as Identifier).name;
  const newlines = module.slice(last!.start, last!.end).replace(/[^\n]/g, "");
  edits.push({ start: last!.start, end: last!.end, text: `return ${local}(${parameters});${newlines}}` });
  return `${imports.join("")}export function ${name}(${parameters}){"${MARK}${part}";${applyEdits(module, edits).text}`;
}

/** Where the mark of a part ends, of the function that is one. */
export function endOfMark(node: AnyNode): number | undefined {
  if (node.type !== "FunctionDeclaration" || node.body.type !== "BlockStatement") return undefined;
  const [first, second] = node.body.body;
  const marked = first?.type === "ExpressionStatement" && first.directive?.startsWith(MARK);
  return marked ? second.start : undefined;
}

/** The name of a part, of the function that is one. */
export function nameOfPart(node: AnyNode): string | undefined {
  if (node.type !== "FunctionDeclaration" || endOfMark(node) === undefined) return undefined;
  const [mark] = node.body.body as { directive?: string }[];
  return mark.directive!.slice(MARK.length);
}

/**
 * Weighs the parts of a finished bundle and takes their marks away.
 * @param bytesOf what a piece of the program takes in Storage
 */
export function weighParts(bundle: string, bytesOf: (program: string) => number) {
  const parts: Footprint[] = [];
  const edits: Edit[] = [];
  const walk = (node: AnyNode) => {
    const behind = endOfMark(node);
    if (node.type === "FunctionDeclaration" && behind !== undefined) {
      const [mark] = node.body.body;
      const rest = bundle.slice(behind, node.end);
      edits.push({ start: mark.start, end: behind, text: "" });
      parts.push({
        name: nameOfPart(node)!,
        bytes: bytesOf(bundle.slice(node.start, mark.start) + rest),
        census: census(`(function(){${rest})()`),
      });
    }
    for (const child of children(node)) walk(child);
  };
  walk(parse(bundle, { ecmaVersion: "latest" }));
  return { bundle: applyEdits(bundle, edits).text, parts };
}
