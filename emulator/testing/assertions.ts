/** The same claims for plain Node (`node:test`, a script): each throws an AssertionError that shows the screen. */
import { AssertionError } from "node:assert";
import { fileURLToPath } from "node:url";
import { captureOf, portrait, type Shown } from "./capture.ts";
import type { Masking } from "./golden.ts";
import { compareWithGolden } from "./golden-file.ts";
import { quoted, shows } from "./matchers.ts";

/**
 * The screen's lines, one below the other, contain a text or match a pattern.
 * @throws AssertionError
 */
export function assertShows(shown: Shown, text: string | RegExp): void {
  const capture = captureOf(shown);
  if (shows(capture, text)) return;
  throw new AssertionError({
    message: `The screen was expected to show ${quoted(text)}. It shows:\n${portrait(capture)}`,
    stackStartFn: assertShows,
  });
}

/**
 * The screen is pixel for pixel its golden, `__screens__/NAME.txt` beside the test.
 * @param testFile `import.meta.url` of the test
 * @throws AssertionError
 */
export function assertScreen(shown: Shown, name: string, testFile: string, masking: Masking = {}): void {
  const { pass, message } = compareWithGolden(captureOf(shown), name, masking, { testFile: fileURLToPath(testFile) });
  if (!pass) throw new AssertionError({ message, stackStartFn: assertScreen });
}
