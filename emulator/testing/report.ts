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
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { reportPage } from "./report-page.ts";

export interface Failure {
  /** The golden's file. */
  file: string;
  test?: string;
  testFile: string;
  /** Text of the golden; none for one that is missing. */
  before?: string;
  after: string;
}

interface Noted extends Failure {
  /** Process identifiers: of a test file's process, and of the test run that began it. */
  process: number;
  run: number;
}

const FAILURES = "failures";

/** `ochre-screens/index.html`, or in the folder that `OCHRE_SCREENS_REPORT` names. */
export function reportFile(): string {
  return join(resolve(process.env.OCHRE_SCREENS_REPORT || "ochre-screens"), "index.html");
}

export function noteFailure(failure: Failure): void {
  const folder = failuresFolder();
  const noted: Noted = {
    ...failure,
    file: shortName(failure.file),
    testFile: shortName(failure.testFile),
    process: process.pid,
    run: process.ppid,
  };
  mkdirSync(folder, { recursive: true });
  const name = `${prefixOf(failure.file)}${hashOf(`${noted.testFile}\n${noted.test}`)}.json`;
  writeWhole(join(folder, name), JSON.stringify(noted));
  draw();
}

/** A test found the golden right: what it, or whoever in an earlier run, said about it before is no longer true. */
export function notePass(golden: string, test: Pick<Failure, "test" | "testFile">): void {
  const testFile = shortName(test.testFile);
  withdraw(golden, (failure) => {
    if (failure.run !== process.ppid) return true;
    // Without a name, another test of this very run may be meant.
    const same = failure.testFile === testFile && failure.test === test.test;
    return same && (test.test !== undefined || failure.process !== process.pid);
  });
}

/** The golden is another now. */
export function noteUpdate(golden: string): void {
  withdraw(golden, () => true);
}

function withdraw(golden: string, over: (failure: Noted) => boolean): void {
  const prefix = prefixOf(golden);
  const files = failureFiles(failuresFolder()).filter((file) => basename(file).startsWith(prefix));
  const gone = files.filter((file) => readFailure(file).some(over));
  for (const file of gone) rmSync(file, { force: true });
  if (gone.length > 0) draw();
}

function draw(): void {
  const page = reportFile();
  const folder = failuresFolder();
  const list = () => failureFiles(folder);
  // Another process may have drawn less than there is now, before or after us: once more, until nothing has come in between.
  let drawn: string | undefined;
  for (let files = list(); drawn !== files.join(); files = list()) {
    drawn = files.join();
    if (files.length === 0) tidy(page, folder);
    else writeWhole(page, reportPage(files.flatMap(readFailure)));
  }
}

function readFailure(file: string): Noted[] {
  try {
    const failure: Noted = JSON.parse(readFileSync(file, "utf8"));
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

function failuresFolder(): string {
  return join(dirname(reportFile()), FAILURES);
}

function failureFiles(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  return names.sort().map((name) => join(folder, name));
}

/** What the names of all failures of a golden begin with. */
function prefixOf(golden: string): string {
  const name = shortName(golden);
  const words = name.replaceAll(/[^A-Za-z0-9]+/g, "-").slice(-80);
  return `${words}-${hashOf(name)}-`;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

function shortName(file: string): string {
  return relative(process.cwd(), file).split(sep).join("/");
}

function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}
