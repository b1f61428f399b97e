/**
 * How fast a board is, with the machine code and without: genuine Espruino on the cycle-counted RP2040 of the engine mcu. A screen's time
 * is what emulator/mcu/profile.ts says: from the end of the key's debouncing to the last stop on the I2C bus. A command's is the token's
 * own, without its host's pauses; "alone" is a computation through the bundle's exports, called from the console.
 *
 * Image and boot ROM are the user's to supply: OCHRE_RP2040_IMAGE and OCHRE_RP2040_BOOTROM name them.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { bootRom } from "../../emulator/mcu/boot-rom.ts";
import { flashOfImage } from "../../emulator/mcu/flash-image.ts";
import { cyclesOf } from "../../emulator/mcu/stepper.ts";
import type { Built } from "../../firmware/build/build.ts";
import type { Manifest } from "../../firmware/build/manifest.ts";
import { Progress } from "../../host-tools/cli/progress.ts";
import { rp2040Files, rp2040Supplied } from "../genuine/rp2040.ts";
import { consoleFigures, handOver } from "./device-console.ts";
import {
  barOf,
  type DeviceBench,
  type DeviceRun,
  type FigureId,
  type Figures,
  figureIds,
  figures,
  type Provider,
  providers,
} from "./device-figures.ts";
import { memoryFigures } from "./device-memory.ts";
import { devicePicture } from "./device-picture.ts";
import { screenFigures } from "./device-screens.ts";

export interface DeviceOptions {
  /** File for the picture. */
  picture?: string;
  /** Markdown file whose table, between the two marks, is written anew. */
  readme?: string;
}

/** What Espruino calls its build for the simulated chip. */
const RP2040 = "ESPR_RP2040_PICO";
/** The board that picture and table are of. */
const REFERENCE = "pico-keypad";

/** Where the table stands in a Markdown file. */
const TABLE_BEGINS = "<!-- figures of npm run bench -- device -->";
const TABLE_ENDS = "<!-- end of the figures -->";

/** @returns rows as data, and as text */
export async function benchDevice(built: Built[], { picture, readme }: DeviceOptions) {
  if (!rp2040Supplied) {
    const missing =
      "device: set OCHRE_RP2040_IMAGE to Espruino for the RP2040 and OCHRE_RP2040_BOOTROM to the chip's boot ROM to measure it";
    return { rows: [], text: missing };
  }
  const bench = await measureBoards(built.filter(({ manifest }) => simulated(manifest)));
  const shown = bench.runs.filter(({ board }) => board === REFERENCE);
  if (picture !== undefined) await writeFile(picture, devicePicture(bench, shown));
  if (readme !== undefined) await replaceTable(readme, markdownOf(bench, shown));
  return { rows: rowsOf(bench), text: bench.runs.map((run) => tableOf(bench, run)).join("\n\n") };
}

/** Whether a board is one that the image is for. */
const simulated = ({ interpreter }: Manifest) => interpreter.board === RP2040;

/** @param chosen providers to measure with */
export async function measureBoards(built: Built[], chosen = providers): Promise<DeviceBench> {
  const { image, bootrom } = await rp2040Files();
  const bench: DeviceBench = {
    espruino: "",
    image: createHash("sha256").update(image).digest("hex").slice(0, 12),
    date: new Date().toISOString().slice(0, 10),
    runs: [],
  };
  const progress = new Progress();
  try {
    for (const { bundle, manifest: whole } of built) {
      for (const provider of chosen) {
        const onProgress = (doing: string, ms: number) => progress.tell(`${whole.board}, ${provider}: ${doing}`, ms);
        const manifest = provider === "thumb" ? whole : withoutMachineCode(whole);
        const parts = { rom: bootRom(bootrom), image: flashOfImage(image), bundle, manifest, onProgress };
        const { measured, espruino } = await consoleFigures(parts, provider);
        const start = { image, bootrom, bundle, manifest, onProgress };
        const screens = await screenFigures(start);
        const memory = await memoryFigures(start);
        bench.espruino = espruino;
        const run = { ...measured, ...screens, ...memory, ...sizes(manifest) };
        run.bootAfterHandOver = run.boot! - (await handOver(parts));
        bench.runs.push({ board: manifest.board, provider, figures: run as Figures });
      }
    }
  } finally {
    progress.end();
  }
  return bench;
}

function withoutMachineCode(manifest: Manifest): Manifest {
  const { native = "" } = manifest.storage;
  // Its place stays erased.
  const erased = Buffer.alloc(Buffer.from(manifest.files[native] ?? "", "base64").length, 0xff).toString("base64");
  return { ...manifest, files: { ...manifest.files, [native]: erased } };
}

function sizes({ bytes, files, storage, bootFile }: Manifest): Partial<Figures> {
  const size = (name: string) => Buffer.from(files[name] ?? "", "base64").length;
  return {
    bundleBytes: bytes,
    fontBytes: size(storage.fonts),
    nativeBytes: size(storage.native ?? ""),
    journalBytes: storage.journalBytes,
    bootBytes: bootFile.length,
  };
}

const holds = (value: number, bar: number | undefined) => bar === undefined || value <= bar;

export function rowsOf({ espruino, image, date, runs }: DeviceBench) {
  return runs.flatMap(({ board, provider, figures: measured }) =>
    figureIds.map((id) => {
      const { name, unit } = figures[id];
      const value = measured[id];
      const bar = barOf(id, provider);
      return {
        board,
        provider,
        espruino,
        image,
        date,
        id,
        name,
        unit,
        value,
        ...(unit === "ms" ? { cycles: cyclesOf(value) } : {}),
        ...(bar === undefined ? {} : { bar, holds: holds(value, bar) }),
      };
    }),
  );
}

/** Milliseconds, and the rounds of a slow board, with one decimal; all else whole. */
const shownValue = (id: FigureId, value: number) =>
  value.toFixed(figures[id].unit === "ms" || (figures[id].unit === "rounds" && value < 10) ? 1 : 0);

function verdict(id: FigureId, value: number, provider: Provider): string {
  const bar = barOf(id, provider);
  if (bar === undefined) return "";
  return holds(value, bar) ? `at most ${bar}: pass` : `at most ${bar}: OVER by ${(value - bar).toFixed(1)}`;
}

function tableOf({ espruino, image, date }: DeviceBench, { board, provider, figures: measured }: DeviceRun): string {
  const lines = figureIds.map((id) => {
    const { name, unit } = figures[id];
    const value = measured[id];
    const cycles = unit === "ms" ? String(cyclesOf(value)) : "";
    const columns = [name.padEnd(44), shownValue(id, value).padStart(9), unit.padEnd(7), cycles.padStart(11)];
    return `${columns.join(" ")}  ${verdict(id, value, provider)}`.trimEnd();
  });
  return [`${board}, ${provider}: Espruino ${espruino} (image ${image}), ${date}`, ...lines].join("\n");
}

/** One table for the providers of a board. */
function markdownOf({ espruino, image, date }: DeviceBench, runs: DeviceRun[]): string {
  const column: Record<Provider, string> = { thumb: "machine code", typescript: "TypeScript" };
  const head = runs.flatMap(({ provider }) => [column[provider], "cycles", "at most"]);
  const rows = figureIds.map((id) => {
    const { name, unit } = figures[id];
    const cells = runs.flatMap(({ provider, figures: measured }) => [
      shownValue(id, measured[id]),
      unit === "ms" ? cyclesOf(measured[id]).toLocaleString("en") : "",
      String(barOf(id, provider) ?? ""),
    ]);
    return [unit === "ms" || unit === "JsVars" ? name : `${name}, ${unit}`, ...cells];
  });
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [
    `${date}, Espruino ${espruino} (SHA-256 of the image: ${image}…), board ${REFERENCE}. Milliseconds where nothing else is said.`,
    "",
    line(["what", ...head]),
    line(["---", ...head.map(() => "--:")]),
    ...rows.map(line),
  ].join("\n");
}

async function replaceTable(file: string, table: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const [begin, end] = [text.indexOf(TABLE_BEGINS), text.indexOf(TABLE_ENDS)];
  if (begin < 0 || end < begin) throw new Error(`${file} has no ${TABLE_BEGINS} and ${TABLE_ENDS}`);
  const before = text.slice(0, begin + TABLE_BEGINS.length);
  await writeFile(file, `${before}\n\n${table}\n\n${text.slice(end)}`);
}
