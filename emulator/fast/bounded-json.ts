/**
 * JSON is read in one piece, in which nobody else gets a turn. How long that takes is no matter of its length alone: a megabyte of brackets
 * takes as long as many of text. So it is looked at before it is read.
 */
import * as check from "./check.ts";

/** A day of somebody at the keypad, or some tens of thousands of calls; at the worst, some tenths of a second of reading. */
export const MOST_MARKS = 600_000;
const DEEPEST = 32;

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = "\\".charCodeAt(0);
const COMMA = ",".charCodeAt(0);
const COLON = ":".charCodeAt(0);
const OPENING = ["[", "{"].map((bracket) => bracket.charCodeAt(0));
const CLOSING = ["]", "}"].map((bracket) => bracket.charCodeAt(0));

/**
 * Commas, colons and opening brackets outside of text.
 * @throws EngineError invalid where they are too many, or brackets lie too deep in each other
 */
export function marks(json: string): number {
  let marks = 0;
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    const opens = code === OPENING[0] || code === OPENING[1];
    if (code === QUOTE) at = endOfText(json, at);
    else if (opens || code === COMMA || code === COLON) marks++;
    else if (code === CLOSING[0] || code === CLOSING[1]) depth--;
    if (opens && ++depth > DEEPEST) check.refuse(`lists and objects of JSON lie at most ${DEEPEST} deep in each other`);
    if (marks > MOST_MARKS) check.refuse(`JSON has at most ${MOST_MARKS} commas, colons and opening brackets`);
  }
  return marks;
}

/** Where the next quote is that no odd number of backslashes goes before. */
function endOfText(json: string, from: number): number {
  for (let at = from; ; ) {
    at = json.indexOf('"', at + 1);
    if (at < 0) return json.length;
    let before = at - 1;
    while (json.charCodeAt(before) === BACKSLASH) before--;
    if ((at - before) % 2 === 1) return at;
  }
}

/** @throws EngineError invalid for what would take long to read; SyntaxError for what is no JSON */
export function readJson(json: string): unknown {
  marks(json);
  return JSON.parse(json);
}
