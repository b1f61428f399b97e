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
        boards: built.map(({ manifest, census, paths }) => ({
          board: manifest.board,
          version: manifest.version,
          bytes: manifest.bytes,
          sha256: manifest.sha256,
          ...census,
          modules: manifest.modules,
          paths,
        })),
      });
    });
}

/** What a bundle weighs, largest sources first. */
export function report({ manifest, census, paths }: Pick<Built, "manifest" | "census" | "paths">): string[] {
  const modules = Object.entries(manifest.modules).sort(([, a], [, b]) => b - a);
  const rest = modules.slice(LARGEST);
  const rows = modules.slice(0, LARGEST).map(([file, bytes]) => [String(bytes).padStart(8), file]);
  const restBytes = rest.reduce((sum, [, bytes]) => sum + bytes, 0);
  if (rest.length > 0) rows.push([String(restBytes).padStart(8), `${rest.length} other files`]);
  const { functions, classes, parameters, jsVars } = census;
  return [
    `${manifest.board} ${manifest.version}: ${manifest.bytes} bytes, SHA-256 ${manifest.sha256}`,
    ...table(rows),
    `${functions} functions, ${classes} classes, ${parameters} parameters: about ${jsVars} JsVars when loaded`,
    `${relative(process.cwd(), paths.bundle)}, ${relative(process.cwd(), paths.manifest)}`,
  ];
}
