/**
 * How the text of a bundle becomes a program. A file of its own, because a page whose policy forbids it has the program from its build
 * instead.
 */

import { plainText } from "./tokens.ts";

/** Runs the bundle, with what each name stands for in it. @throws what the bundle throws */
export type Program = (known: Record<string, unknown>) => unknown;

/**
 * @param names that the bundle finds, and no other
 * @throws SyntaxError for a bundle that is no expression
 */
export function compile(bundle: string, names: readonly string[]): Program {
  // `eval` can be shadowed from outside strict code alone, so the bundle stands in a strict function inside a sloppy one.
  const body = `return (function () { "use strict"; return (${plainText(bundle)}\n); })();`;
  const run = new Function("eval", ...names, body);
  return (known) => run(undefined, ...names.map((name) => known[name]));
}
