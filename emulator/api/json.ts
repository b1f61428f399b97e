/** JSON of a request, and what is wrong with it: where, but not what stands there, for it may be a secret. */
import { marks } from "../fast/bounded-json.ts";
import { Problem } from "./problem.ts";

/** Characters in which a place is looked for: that takes some readings of them. */
const SEARCHED = 1024 * 1024;

/** @param read gives what it says, or throws @throws Problem that says what is wrong */
export function readBody(text: string, read: (text: string) => unknown): unknown {
  try {
    marks(text);
  } catch (error) {
    throw new Problem("too-large", (error as Error).message);
  }
  try {
    return read(text);
  } catch {
    const fails = failure(text);
    // It is JSON, and was refused for what all objects have.
    if (fails === undefined)
      throw new Problem("invalid-request", 'body has a property "__proto__" or "constructor", and nothing here has');
    throw new Problem("malformed-json", place(text, fails));
  }
}

function failure(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const unexpected = (fails: string | undefined) => fails?.startsWith("Unexpected token") === true;

function place(text: string, fails: string): string {
  const told = /at position (\d+)/.exec(fails)?.[1];
  if (told === undefined && !unexpected(fails)) return "it ends before it is complete";
  if (told === undefined && text.length > SEARCHED) return "something stands in it that JSON has not";
  let at = Number(told ?? 0);
  if (told === undefined) {
    // Of a token the reader says no place: it is the last of the shortest beginning that has it.
    let [without, having] = [0, text.length];
    while (having - without > 1) {
      const half = (without + having) >> 1;
      if (unexpected(failure(text.slice(0, half)))) having = half;
      else without = half;
    }
    at = without;
  }
  if (at === text.length) return "it ends before it is complete";
  const before = text.slice(0, at).split("\n");
  return `it is none from line ${before.length}, column ${before[before.length - 1].length + 1} on`;
}
