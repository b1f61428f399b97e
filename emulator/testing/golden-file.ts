/** Goldens in files, `__screens__/NAME.txt` beside the test: compared, and written only when that is meant. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Capture, portrait } from "./capture.ts";
import { goldenText, type Masking, parseGolden, pixelsApart } from "./golden.ts";
import { noteFailure, notePass, noteUpdate, reportFile } from "./report.ts";

/** Which goldens may be written: all, those that are missing, or none. */
export type Update = "all" | "new" | "none";

export interface GoldenTest {
  /** Path of the test's file. */
  testFile: string;
  /** Name of the test, for the report. */
  test?: string;
  /** Without it, `updateByEnvironment()`. */
  update?: Update;
  /** Compares, and neither writes a golden nor reports: for a test that wants a difference. */
  dry?: boolean;
}

export interface Verdict {
  pass: boolean;
  message: string;
}

const NAME = /^[\p{L}\p{N}_][\p{L}\p{N} ._-]*(\/[\p{L}\p{N}_][\p{L}\p{N} ._-]*)*$/u;

/**
 * `OCHRE_UPDATE_SCREENS=1` writes all goldens. Otherwise missing ones are written, and under `CI` none: a golden that nobody has looked at
 * must not make a test pass.
 */
export function updateByEnvironment(environment: NodeJS.ProcessEnv = process.env): Update {
  if (environment.OCHRE_UPDATE_SCREENS === "1") return "all";
  return inCi(environment) ? "none" : "new";
}

const inCi = ({ CI } = process.env) => CI !== undefined && !["", "0", "false"].includes(CI);

/**
 * Compares a display with its golden.
 * @throws RangeError for a name that is no path below `__screens__`
 */
export function compareWithGolden(capture: Capture, name: string, masking: Masking, test: GoldenTest): Verdict {
  if (!NAME.test(name))
    throw new RangeError(
      `the name of a golden is letters, digits, spaces, ".", "_", "-", with "/" between folders, not ${JSON.stringify(name)}`,
    );
  const file = join(dirname(test.testFile), "__screens__", `${name}.txt`);
  const shortFile = relative(process.cwd(), file);
  const after = goldenText(capture, masking);
  const before = contents(file);
  const update = test.dry ? "none" : (test.update ?? updateByEnvironment());
  if (before === after) {
    if (!test.dry) notePass(file, test);
    return {
      pass: true,
      message: `The screen was expected to differ from ${shortFile}. It shows:\n${portrait(capture)}`,
    };
  }
  if (update === "all" || (update === "new" && before === undefined)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, after);
    process.stderr.write(`golden ${before === undefined ? "written" : "updated"}: ${shortFile}\n`);
    noteUpdate(file);
    return { pass: true, message: "" };
  }
  if (!test.dry) noteFailure({ file, test: test.test, testFile: test.testFile, before, after });
  const what = difference(before, after, shortFile);
  return {
    pass: false,
    message: [
      `${what} The screen shows:`,
      portrait(capture),
      `Before, after and difference: ${relative(process.cwd(), reportFile())}`,
      "If the screen is right: -u (vitest) or OCHRE_UPDATE_SCREENS=1 writes the golden.",
    ].join("\n"),
  };
}

function difference(before: string | undefined, after: string, file: string): string {
  if (before === undefined)
    return `There is no golden ${file}, and none is written ${inCi() ? "where CI is set" : "here"}.`;
  const golden = parseGolden(before);
  if (golden === undefined) return `${file} holds no golden.`;
  const { wentDark, litUp, area } = pixelsApart(golden, parseGolden(after)!);
  const apart = wentDark + litUp;
  if (area === undefined) return `The screen reads otherwise than ${file}, or is masked otherwise; no pixel differs.`;
  const { x, y, width, height } = area;
  const where =
    apart === 1 ? `at { x: ${x}, y: ${y} }` : `within { x: ${x}, y: ${y}, width: ${width}, height: ${height} }`;
  return `${apart} ${apart === 1 ? "pixel differs" : "pixels differ"} from ${file}, ${where}.`;
}

/** @returns undefined where there is no such file. Line ends are what a checkout makes of them. */
function contents(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
