/** The page that needs no server: the page as it was built for that, with a board's bundle and a token in front of its script. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { passGate } from "../fast/gate.ts";
import { plainText } from "../machine/tokens.ts";
import type { Embedded } from "./embedded.ts";

/** In each file of a page: what lacks it is not overwritten. */
const MARK = "Ochre token emulator";

/** The document comes last: no page is there before what it needs. */
const FILES = ["page.js", "page.css", "index.html"] as const;

/** A file has the name of one of the page's, and is none. */
export class ForeignFileError extends Error {
  override name = "ForeignFileError";
}

/**
 * Writes `index.html`, `page.js` and `page.css`, which need no network. What else is in the folder stays as it is.
 * @param outDir a folder, made where there is none
 * @param built the folder of the page `in-page`, as `buildPage` makes it
 * @throws EngineError invalid for a bundle that a genuine interpreter would fail at
 * @throws ForeignFileError before anything is written; what the file system refuses
 */
export async function writeTokenPage(outDir: string, built: string, embedded: Embedded): Promise<void> {
  await passGate(embedded);
  const texts = await Promise.all(FILES.map((name) => readFile(join(built, name), "utf8")));
  await mkdir(outDir, { recursive: true });
  for (const name of FILES) await refuseForeign(join(outDir, name));
  texts[0] = tokenScript(embedded) + texts[0];
  for (const [i, name] of FILES.entries()) await writeFile(join(outDir, name), texts[i]);
}

/** An empty file is what a full disk left of one. */
async function refuseForeign(file: string): Promise<void> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    if (error.code === "EISDIR") return "a folder";
    throw error;
  });
  if (text !== "" && !text.includes(MARK))
    throw new ForeignFileError(`${file} is of no such page, so it is not overwritten: name another folder, or move it`);
}

/**
 * The bundle is a part of the page's script, so that the page need not evaluate text. `with` is what can put known names in front of all
 * those of a browser that is not known yet; sloppy code alone has it, so this stands before the modules.
 */
function tokenScript(embedded: Embedded): string {
  return `/* ${MARK}: ${embedded.manifest.board} ${embedded.manifest.version} */
var ochreBundle=function(){with(arguments[0])return function(){"use strict";return(${plainText(embedded.bundle)}\n)}()};
var ochreEmbedded=${JSON.stringify(embedded)};
`;
}
