/** A board's bundle as its sources are now. A build takes seconds, so what lies in `build/` is taken where it was made of these sources. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { boards, buildBoard, sha256 } from "./build.ts";
import type { Manifest } from "./manifest.ts";
import { outputFolder, sourcesDigest } from "./sources.ts";

/** @throws BuildError as `buildBoard` does */
export async function keptBoard(board: string, outDir = outputFolder): Promise<{ bundle: string; manifest: Manifest }> {
  if (boards.includes(board)) {
    try {
      // First: whoever builds meanwhile writes it last.
      const manifest = JSON.parse(await readFile(join(outDir, `${board}.json`), "utf8")) as Manifest;
      const bundle = await readFile(join(outDir, `${board}.js`), "latin1");
      if (manifest.sources === sourcesDigest() && sha256(bundle) === manifest.sha256) return { bundle, manifest };
    } catch {
      // None yet, or half of one.
    }
  }
  return buildBoard(board, { outDir });
}
