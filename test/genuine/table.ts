/**
 * A vitest reporter: what ran on which genuine interpreter, and what its screens took on the simulated chip, as one table; below it, what
 * an engine could not do.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Reporter, TestModule } from "vitest/node";
import type { ProfileRow } from "../../emulator/mcu/profile.ts";

/** Engines, the variables that name their images, and the files of their tests. The last takes all that is left. */
const engines = [
  {
    engine: "mcu",
    image: process.env.OCHRE_RP2040_IMAGE,
    files: /^(mcu|bars|boot-file-cuts|broken-routine|dialect|flash)/,
  },
  { engine: "espruino", image: process.env.ESPRUINO, files: /^/ },
];

/** What the user supplies, by the variable that names it. */
const SUPPLIED = {
  ESPRUINO: "Espruino for Linux",
  OCHRE_RP2040_IMAGE: "Espruino for the RP2040",
  OCHRE_RP2040_BOOTROM: "that chip's boot ROM",
};

export default class GenuineTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped: string[] = [];
    const rows = [["image", "engine", "passed", "failed", "skipped", "screen", "ms", "cycles"]];
    for (const { engine, image } of engines) {
      const count = { passed: 0, failed: 0, skipped: 0 };
      const measured: ProfileRow[] = [];
      for (const module of modules) {
        if (module.project.name !== "genuine" || engineOf(module) !== engine) continue;
        for (const test of module.children.allTests()) {
          const result = test.result();
          if (result.state !== "pending") count[result.state]++;
          if (result.state === "skipped" && result.note) skipped.push(`Skipped: ${test.name}: ${result.note}.`);
          measured.push(...(test.meta().measured ?? []));
        }
      }
      const counts = [count.passed, count.failed, count.skipped].map(String);
      const screens = measured.map(({ name, ms, cycles }) => [name, ms.toFixed(1), String(cycles)]);
      const [first = ["", "", ""], ...others] = screens;
      rows.push([hashOf(image), engine, ...counts, ...first]);
      for (const screen of others) rows.push(["", "", "", "", "", ...screen]);
    }
    const unnamed = missing();
    console.log(["", tableOf(rows), ...below(skipped), ...below(unnamed)].join("\n"));
  }
}

const below = (lines: string[]) => (lines.length > 0 ? ["", ...lines] : []);

/** A line where not every interpreter is named: without it its tests run nothing, and prove nothing. */
function missing(): string[] {
  const wanted = Object.entries(SUPPLIED).filter(([variable]) => process.env[variable] === undefined);
  if (wanted.length === 0) return [];
  return [`Not all was tried: set ${wanted.map(([variable, what]) => `${variable} to ${what}`).join(", ")}.`];
}

function engineOf(module: TestModule): string {
  const file = basename(module.moduleId);
  return engines.find(({ files }) => files.test(file))!.engine;
}

/** The first twelve digits of an image's SHA-256. */
function hashOf(image: string | undefined): string {
  if (image === undefined) return "not supplied";
  if (!existsSync(image)) return "not found";
  return createHash("sha256").update(readFileSync(image)).digest("hex").slice(0, 12);
}

/** Columns as wide as they need to be; numbers to the right. */
function tableOf(rows: string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const cell = (text: string, column: number) =>
    column > 1 && column !== 5 ? text.padStart(widths[column]) : text.padEnd(widths[column]);
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
