/** `ochre-token/testing/node`: imported by a test of `node:test`, it shows the tokens of each test in that file that fails. */
import { afterEach, beforeEach } from "node:test";
import { TestScreens } from "./test-screens.ts";

/** What Node tells a hook of its test (documentation of `TestContext`), and its types do not yet. */
interface Ended {
  passed: boolean;
  error?: { cause?: unknown };
}

const screens = new TestScreens();

beforeEach(() => screens.testBegins());
afterEach((context) => {
  const { passed, error } = context as unknown as Ended;
  screens.testEnds(passed ? [] : [String(error?.cause)]);
});
