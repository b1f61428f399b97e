/** `ochre build`: the firmware bundle of each board, and what it will cost there. */
import { relative } from "node:path";
import { Command } from "commander";
import { type Built, boards, buildBoard } from "../../firmware/build/build.ts";
import { print, table } from "./output.ts";
import { UsageError } from "./usage-error.ts";

interface Options {
  board?: string;
  json?: boolean;
}

/** Source files that are told one by one; the others are summed up. */
const LARGEST = 12;

/** A bundle of 41 KB is evaluated in 425 ms on an RP2040. */
const BYTES_PER_MS = 97;

/** The text of 19,072 bytes takes 1,480 JsVars there, by pieces as its functions have it. */
const TEXT_BYTES_PER_JSVAR = 13;

export function buildCommand(): Command {
  return new Command("build")
    .description("build the firmware bundle of each board, with its manifest, into build/")
    .option("--board <name>", `one board alone: ${boards.join(", ")}`)
    .option("--json", "print one JSON object")
    .action(async ({ board, json }: Options) => {
      if (board !== undefined && !boards.includes(board)) {
        throw new UsageError(`there is no board ${board}; the boards are ${boards.join(", ")}`);
      }
      const built: Built[] = [];
      for (const name of board === undefined ? boards : [board]) built.push(await buildBoard(name));
      print(json, built.flatMap(report), {
        boards: built.map(({ manifest, census, parts, paths }) => ({
          board: manifest.board,
          experimental: manifest.experimental ?? false,
          version: manifest.version,
          bytes: manifest.bytes,
          sha256: manifest.sha256,
          ...census,
          modules: manifest.modules,
          parts: parts.map((part) => ({ name: part.name, bytes: part.bytes, ...part.census, ...loaded(part) })),
          paths,
        })),
      });
    });
}

/** Milliseconds that the interpreter takes to go through so many bytes on an RP2040 at 125 MHz: measured on the mcu engine. */
function loadMs({ bytes }: { bytes: number }): number {
  return Math.round(bytes / BYTES_PER_MS);
}

/** What a part takes while it is loaded, and to load it. */
function loaded({ bytes, unpacked, census }: Built["parts"][number]): { jsVars: number; loadMs: number } {
  const text = unpacked === undefined ? 0 : Math.round(unpacked / TEXT_BYTES_PER_JSVAR);
  // To unpack a text and to evaluate it takes as much longer as it has more bytes.
  return { jsVars: census.jsVars + text, loadMs: loadMs({ bytes: unpacked ?? bytes }) };
}

/** How a part is told of. */
function described(part: Built["parts"][number]): string {
  const { jsVars, loadMs } = loaded(part);
  const packed = part.unpacked === undefined ? "" : `, packed: ${part.unpacked} bytes of text in RAM among them`;
  return `${part.census.functions} functions, about ${jsVars} JsVars, ${loadMs} ms${packed}`;
}

/** What is installed beside the bundle, and the sum. */
function besideOf({ bytes, files }: Built["manifest"]): string {
  const sizes = Object.entries(files ?? {}).map(
    ([name, base64]) => [name, Buffer.from(base64, "base64").length] as const,
  );
  const sum = sizes.reduce((total, [, size]) => total + size, bytes);
  return `beside it ${sizes.map(([name, size]) => `${name} with ${size} bytes`).join(", ") || "nothing"}: ${sum} in all`;
}

/** What a bundle weighs, largest sources first. */
export function report({
  manifest,
  census,
  parts,
  paths,
}: Pick<Built, "manifest" | "census" | "parts" | "paths">): string[] {
  const modules = Object.entries(manifest.modules).sort(([, a], [, b]) => b - a);
  const rest = modules.slice(LARGEST);
  const rows = modules.slice(0, LARGEST).map(([file, bytes]) => [String(bytes).padStart(8), file]);
  const restBytes = rest.reduce((sum, [, bytes]) => sum + bytes, 0);
  if (rest.length > 0) rows.push([String(restBytes).padStart(8), `${rest.length} other files`]);
  const { functions, classes, parameters, jsVars } = census;
  // What is packed is not read with the rest.
  const packed = parts.reduce((sum, { bytes, unpacked }) => (unpacked === undefined ? sum : sum + bytes), 0);
  return [
    `${manifest.board} ${manifest.version}: ${manifest.bytes} bytes, SHA-256 ${manifest.sha256}`,
    ...(manifest.experimental
      ? ["experimental: no customer should be given this board (firmware/boards/README.md)"]
      : []),
    ...table(rows),
    besideOf(manifest),
    `${functions} functions, ${classes} classes, ${parameters} parameters: about ${jsVars} JsVars when loaded, in ${loadMs({ bytes: manifest.bytes - packed })} ms`,
    "parts, loaded when they are needed:",
    ...table(parts.map((part) => [String(part.bytes).padStart(8), part.name, described(part)])),
    `${relative(process.cwd(), paths.bundle)}, ${relative(process.cwd(), paths.manifest)}`,
  ];
}
