/**
 * `ochre-token/testing/vitest`: imported once, by a test or as a setup file, it gives vitest's `expect` the matchers for screens and
 * shows the tokens of a test that failed.
 */
import { afterEach, beforeEach, expect } from "vitest";
import { type ScreenMatchers, screenMatchers } from "./matchers.ts";
import { TestScreens } from "./test-screens.ts";

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: merged declarations must have the same type parameters.
  interface Matchers<T = any> extends ScreenMatchers<T> {}
}

const screens = new TestScreens();

expect.extend(screenMatchers);
beforeEach(() => screens.testBegins());
afterEach(({ task }) => screens.testEnds((task.result?.errors ?? []).map(({ message }) => message)));
