import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The package's version. Its package.json is above this file, in a checkout as in an installed package. */
export function version(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (!existsSync(file)) continue;
    const { name, version } = JSON.parse(readFileSync(file, "utf8"));
    if (name === "ochre-token") return version;
  }
  return "unknown";
}
