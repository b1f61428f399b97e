/** Where the sources lie: in a checkout around this file, in an installed package beside the JavaScript that was made of it. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { version as acorn } from "acorn";
import { version as esbuild } from "esbuild";

/** This is an installed package, whose JavaScript is in dist/. */
export const packed = import.meta.url.endsWith(".js");

/** The folder that holds firmware/ and protocol/. */
export const root = fileURLToPath(new URL(packed ? "../../.." : "../..", import.meta.url));

/** Where bundles go if nobody says otherwise: an installed package is not for writing. */
export const outputFolder = packed ? resolve("build") : join(root, "build");

/** What is in the folders of the sources and does not go into a bundle. */
const NO_SOURCE = /(\.md|\.test\.ts|\.d\.ts)$|__screens__/;

/** SHA-256 of all that bundles are made of, and with: files by their names and contents, in hexadecimal. */
export function sourcesDigest(): string {
  const digest = createHash("sha256").update(`${esbuild} ${acorn} ${process.version}`);
  for (const folder of ["firmware", "protocol"]) {
    const names = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    for (const path of names.filter((name) => !NO_SOURCE.test(name)).sort()) {
      const contents = readFileSync(path);
      digest.update(`${path.slice(root.length)} ${contents.length}\n`).update(contents);
    }
  }
  return digest.digest("hex");
}
