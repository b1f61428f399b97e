/**
 * Matchers for screens, as `expect.extend` of vitest and of Jest takes them. What they are given is a token, or what any engine's
 * `screen()` gave. A failing one prints the screen.
 */
import { type Capture, captureOf, codeLine, linesOf, portrait, type Shown } from "./capture.ts";
import type { Masking } from "./golden.ts";
import { compareWithGolden, type Update, updateByEnvironment, type Verdict } from "./golden-file.ts";

/** What a test framework lends to a matcher, as far as one is needed. */
export interface MatcherContext {
  isNot?: boolean;
  testPath?: string;
  currentTestName?: string;
  snapshotState?: unknown;
}

export interface CodeOptions {
  /** How many digits; 6 to 10 where nothing is said. */
  digits?: number;
}

/** For `Matchers` of the test framework. */
export interface ScreenMatchers<R = unknown> {
  /** The screen's lines, one below the other, contain a text or match a pattern. The chosen line of a menu begins with "> ". */
  toShow(text: string | RegExp): R;
  /** The screen shows a code of 6 to 10 digits: any, one of so many digits, or this one. */
  toShowCode(code?: string | CodeOptions): R;
  /** The screen is pixel for pixel its golden, `__screens__/NAME.txt` beside the test. */
  toMatchScreen(name: string, masking?: Masking): R;
}

export const screenMatchers = {
  toShow(shown: Shown, text: string | RegExp): MatcherResult {
    const capture = captureOf(shown);
    return result(shows(capture, text), (not) => `The screen was expected ${not}to show ${quoted(text)}.`, capture);
  },

  toShowCode(shown: Shown, code: string | CodeOptions = {}): MatcherResult {
    const capture = captureOf(shown);
    const what =
      typeof code === "string" ? `the code ${code}` : `a code${code.digits ? ` of ${code.digits} digits` : ""}`;
    return result(showsCode(capture, code), (not) => `The screen was expected ${not}to show ${what}.`, capture);
  },

  toMatchScreen(this: MatcherContext, shown: Shown, name: string, masking: Masking = {}): MatcherResult {
    if (this.testPath === undefined)
      throw new Error("toMatchScreen needs the path of the test file, and there is none");
    const verdict = compareWithGolden(captureOf(shown), name, masking, {
      testFile: this.testPath,
      test: this.currentTestName,
      update: updateBy(this),
      dry: this.isNot === true,
    });
    return { pass: verdict.pass, message: () => verdict.message };
  },
};

interface MatcherResult extends Omit<Verdict, "message"> {
  message: () => string;
}

export function shows(capture: Capture, text: string | RegExp): boolean {
  const all = linesOf(capture).join("\n");
  return typeof text === "string" ? all.includes(text) : all.search(text) >= 0;
}

function showsCode(capture: Capture, code: string | CodeOptions): boolean {
  const line = codeLine(capture);
  if (line < 0) return false;
  const digits = capture.lines[line].text.replaceAll(" ", "");
  if (typeof code === "string") return digits === code;
  return code.digits === undefined || digits.length === code.digits;
}

export function quoted(text: string | RegExp): string {
  return typeof text === "string" ? JSON.stringify(text) : String(text);
}

function result(pass: boolean, sentence: (not: string) => string, capture: Capture): MatcherResult {
  return { pass, message: () => `${sentence(pass ? "not " : "")} It shows:\n${portrait(capture)}` };
}

/** `-u` of vitest and Jest writes goldens as it writes snapshots. */
function updateBy({ snapshotState }: MatcherContext): Update {
  const state = Object(snapshotState) as { snapshotUpdateState?: Update; _updateSnapshot?: Update };
  const asked = state.snapshotUpdateState ?? state._updateSnapshot;
  return asked === "all" ? "all" : updateByEnvironment();
}
