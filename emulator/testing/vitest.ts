/**
 * `ochre-token/testing/vitest`: imported once, by a test or as a setup file, it gives vitest's `expect` the matchers for screens and
 * shows the tokens of a test that failed.
 */
import { afterEach, beforeEach, expect } from "vitest";
import { portrait } from "./capture.ts";
import { type ScreenMatchers, screenMatchers } from "./matchers.ts";
import { onBoot, type Token } from "./token.ts";

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: merged declarations must have the same type parameters.
  interface Matchers<T = any> extends ScreenMatchers<T> {}
}

/** More pictures than this explain nothing. */
const MOST = 4;

let tokens: Token[] = [];

expect.extend(screenMatchers);
onBoot((token) => {
  if (tokens.length < MOST) tokens.push(token);
});
beforeEach(() => {
  tokens = [];
});
afterEach(({ task }) => {
  const errors = task.result?.errors ?? [];
  // A matcher's own message has the picture already.
  if (errors.length === 0 || errors.some(({ message }) => message.includes("┌"))) return;
  for (const token of tokens) console.error(`The screen when the test failed:\n${portrait(token.capture())}`);
});
