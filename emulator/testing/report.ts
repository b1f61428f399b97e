/**
 * The report on goldens that differ: one HTML file, drawn anew with each failure and taken away with the last one. Test files run in
 * processes of their own, so each failure lies in a file beside the report, and whoever adds or removes one draws the whole.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { reportPage } from "./report-page.ts";

export interface Failure {
  /** The golden's file. */
  file: string;
  test?: string;
  /** Text of the golden; none for one that is missing. */
  before?: string;
  after: string;
}

const FAILURES = "failures";

/** `ochre-screens/index.html`, or in the folder that `OCHRE_SCREENS_REPORT` names. */
export function reportFile(): string {
  return join(resolve(process.env.OCHRE_SCREENS_REPORT || "ochre-screens"), "index.html");
}

export function noteFailure(failure: Failure): void {
  const file = failureFile(failure.file);
  mkdirSync(dirname(file), { recursive: true });
  writeWhole(file, JSON.stringify({ ...failure, file: shortName(failure.file) }));
  draw();
}

/** The golden is right: what was said about it before is no longer true. */
export function notePass(golden: string): void {
  const file = failureFile(golden);
  if (!existsSync(file)) return;
  rmSync(file, { force: true });
  draw();
}

function draw(): void {
  const page = reportFile();
  const folder = join(dirname(page), FAILURES);
  const list = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : []).sort();
  // Another process may have drawn less than there is now, before or after us: once more, until nothing has come in between.
  let drawn: string | undefined;
  for (let names = list(); drawn !== names.join(); names = list()) {
    drawn = names.join();
    if (names.length === 0) tidy(page, folder);
    else writeWhole(page, reportPage(names.flatMap((name) => readFailure(join(folder, name)))));
  }
}

function readFailure(file: string): Failure[] {
  try {
    const failure: Failure = JSON.parse(readFileSync(file, "utf8"));
    if (failure.before === undefined || existsSync(failure.file)) return [failure];
    // Its golden was renamed or taken away, and nobody will find that right any more.
    rmSync(file, { force: true });
    return [];
  } catch (error) {
    // Another process has just found its golden right.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function tidy(page: string, folder: string): void {
  rmSync(page, { force: true });
  for (const empty of [folder, dirname(page)]) {
    try {
      rmdirSync(empty);
    } catch {
      // Not ours alone, or gone already.
    }
  }
}

function failureFile(golden: string): string {
  const name = shortName(golden);
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  const words = name.replaceAll(/[^A-Za-z0-9]+/g, "-").slice(-80);
  return join(dirname(reportFile()), FAILURES, `${words}-${hash}.json`);
}

function shortName(file: string): string {
  return relative(process.cwd(), file).split(sep).join("/");
}

function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}
