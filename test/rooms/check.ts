/**
 * Holds the line between the rooms: firmware -> protocol <- host-tools; emulator -> the built bundle; only tests, the demo and the
 * command line see all. Prints each import that crosses a line and exits 1.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

interface Rule {
  /** Files under this folder ... */
  readonly room: string;
  /** ... may import from these folders of the project ... */
  readonly from: readonly string[];
  /** ... and, where true, from Node and from packages; or from these packages alone. */
  readonly packages: boolean | readonly string[];
}

/** No firmware, but what says of a bundle's text whether the interpreter would fail at it. */
const dialectGate = "firmware/build/dialect.ts";

/** The first rule whose room holds the file decides. Rooms that are not listed (test, demo) may import anything. */
const rules: readonly Rule[] = [
  { room: "protocol", from: ["protocol"], packages: false },
  { room: "firmware/build", from: ["firmware", "protocol"], packages: true },
  { room: "firmware/native", from: ["firmware/native", "firmware/build"], packages: true },
  { room: "firmware/hal", from: ["firmware/hal", "protocol"], packages: false },
  { room: "firmware/crypto", from: ["firmware/crypto", "firmware/hal", "protocol"], packages: false },
  { room: "firmware/core", from: ["firmware/core", "firmware/crypto", "firmware/hal", "protocol"], packages: false },
  { room: "firmware/ui", from: ["firmware/ui", "firmware/core", "firmware/hal", "protocol"], packages: false },
  {
    room: "firmware/boards",
    from: ["firmware/boards", "firmware/ui", "firmware/core", "firmware/crypto", "firmware/hal", "protocol"],
    packages: false,
  },
  { room: "emulator/machine", from: ["emulator/machine"], packages: false },
  {
    room: "emulator/fast",
    from: [
      dialectGate,
      "emulator/fast",
      "emulator/machine",
      "emulator/booted.ts",
      "emulator/engine.ts",
      "emulator/listeners.ts",
      "emulator/screen-reader.ts",
      "emulator/picture.ts",
    ],
    // Runs in a page like all of it.
    packages: ["@noble/hashes"],
  },
  // The page shows what passes on the line in a host's words; what it runs is the built bundle like everything else here.
  { room: "emulator/web", from: ["emulator", "protocol"], packages: true },
  { room: "emulator", from: ["emulator"], packages: true },
  { room: "host-tools/cli", from: [""], packages: true },
  { room: "host-tools", from: ["host-tools", "protocol"], packages: true },
];

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const inside = (file: string, folder: string) => folder === "" || file === folder || file.startsWith(folder + "/");

/** The lines that an import of `specifier` by `file` (both relative to the project, with slashes) would cross; empty when allowed. */
export function crossing(file: string, specifier: string): string {
  const rule = rules.find((candidate) => inside(file, candidate.room));
  if (rule === undefined || file.endsWith(".test.ts")) return "";
  if (!specifier.startsWith(".")) return refusedPackage(rule, specifier);
  const target = relative(root, resolve(root, dirname(file), specifier))
    .split(sep)
    .join("/");
  if (rule.from.some((folder) => inside(target, folder))) return "";
  return `${rule.room} may import from ${rule.from.join(", ")}`;
}

function refusedPackage({ room, packages }: Rule, specifier: string): string {
  if (packages === true) return "";
  if (packages === false) return `${room} uses no package and nothing of Node`;
  return packages.some((name) => inside(specifier, name)) ? "" : `${room} uses of all packages ${packages.join(", ")}`;
}

/** Every static or dynamic import and re-export in a source text. */
export function imports(source: string): string[] {
  const found: string[] = [];
  for (const match of source.matchAll(/(?:\bfrom\s+|^\s*import\s+|\bimport\s*\(\s*)["']([^"']+)["']/gm))
    found.push(match[1]);
  return found;
}

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!["node_modules", "build", "dist"].includes(entry.name) || path === "firmware/build") {
        if (!entry.name.startsWith(".")) yield* sources(path);
      }
    } else if (/\.(ts|tsx|js|mjs)$/.test(entry.name)) yield path;
  }
}

/** All crossings in the tree, one line each. */
export function crossings(): string[] {
  const lines: string[] = [];
  for (const file of sources("")) {
    for (const specifier of imports(readFileSync(join(root, file), "utf8"))) {
      const why = crossing(file, specifier);
      if (why !== "") lines.push(`${file} imports ${specifier}: ${why}`);
    }
  }
  return lines;
}

/** Files that may name a board: its own folder, what builds, tests or documents it, and hosts, which are told a board's name. */
const BOARDLESS = ["firmware/core", "firmware/ui", "firmware/hal", "firmware/crypto", "firmware/native", "protocol"];

/** What a source text of the token says about a board: by its name, by a field that tells boards apart. Empty when nothing. */
export function boardNamed(file: string, source: string, boards: readonly string[]): string {
  if (!BOARDLESS.some((folder) => inside(file, folder)) || file.endsWith(".test.ts")) return "";
  // Comments explain; code decides.
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const name = boards.find((board) => code.includes(board));
  if (name !== undefined) return `names the board ${name}`;
  return /\bboard\.(?:name|model)\s*[!=]==?|[!=]==?\s*(?:\w+\.)*board\.(?:name|model)\b|switch \((?:\w+\.)*board\.(?:name|model)\)/.test(
    code,
  )
    ? "asks which board it is"
    : "";
}

/** All places outside firmware/boards in the token's code that know a board, one line each. */
export function boardsNamed(): string[] {
  const boards = readdirSync(join(root, "firmware/boards"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "chips")
    .map((entry) => entry.name);
  const lines: string[] = [];
  for (const file of sources("")) {
    const why = boardNamed(file, readFileSync(join(root, file), "utf8"), boards);
    if (why !== "") lines.push(`${file} ${why}: what boards differ in is in hal/board.ts`);
  }
  return lines;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const lines = [...crossings(), ...boardsNamed()];
  for (const line of lines) console.error(line);
  if (lines.length > 0) process.exit(1);
}
