/**
 * What the packed tarball has and a checkout has not: Node strips no types under node_modules, so dist/ gets JavaScript and declarations
 * of everything that the package's entries reach, each board's bundle with its manifest, and the emulator's
 * page, on a server and without one.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPage } from "../emulator/web/build.ts";
import { boards, buildBoard } from "../firmware/build/build.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Fills a folder as dist/ is to be. */
async function fill(folder: string): Promise<void> {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", join(root, "pack/tsconfig.json"), "--outDir", folder], {
    stdio: ["ignore", 2, 2],
  });
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".d.ts")) nameJavaScript(join(folder, name));
  }
  for (const board of boards) await buildBoard(board, { outDir: join(folder, "build") });
  for (const kind of ["on-server", "in-page"] as const) await buildPage(kind, join(folder, "emulator/web/page", kind));
}

/** The compiler leaves `.ts` in the imports of a declaration, where no file of that name will be. */
function nameJavaScript(file: string): void {
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/((?:\bfrom|\bimport)\s*\(?\s*"\.{1,2}\/[^"]*)\.ts"/g, '$1.js"'));
}

const dist = join(root, "dist");
const draft = join(root, `node_modules/.cache/ochre-pack-${process.pid}`);
try {
  mkdirSync(draft, { recursive: true });
  await fill(draft);
  rmSync(dist, { recursive: true, force: true });
  renameSync(draft, dist);
} finally {
  rmSync(draft, { recursive: true, force: true });
}
