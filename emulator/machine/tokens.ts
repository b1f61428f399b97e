/**
 * Espruino's tokens: bytes above ASCII that stand for words and operators in a program. The interpreter's lexer reads them beside plain
 * text (src/jslex.h); JavaScript outside of it does not.
 */
import { bytesOf, latin1 } from "./byte-arguments.ts";
import { crc32 } from "./crc32.ts";
import { decompress } from "./heatshrink.ts";

const FIRST = 138;
const WORDS = 163;
const TEXTS = (
  "== === != !== <= << <<= >= >> >>> >>= >>>= += -= ++ -- *= /= %= &= && |= || ^= => " +
  "if else do while for break continue function return var let const this throw try catch finally true false null undefined new in " +
  "instanceof switch case default delete typeof void debugger class extends super static of"
).split(" ");

/** What ends the program for the interpreter; behind it stand the streams of its packed parts. */
const END = "\0";

/** What of a bundle is its program, as the interpreter reads it. */
export function programOf(bundle: string): string {
  return bundle.split(END, 1)[0];
}

/**
 * A bundle in plain text, each packed part in the place where the interpreter would evaluate it.
 * @param bundle one character a byte, its strings in ASCII
 * @throws Error for a packed part that is damaged
 */
export function plainText(bundle: string): string {
  const program = programOf(bundle);
  const streams = bundle.slice(program.length + END.length);
  if (streams === "") return words(program);
  let first: number | undefined;
  return words(program).replace(/\beval\([\w$]+\((\d+),(\d+),(\d+)\)\)/g, (_, ...numbers: string[]) => {
    const [at, length, sum] = numbers.map(Number);
    first ??= at;
    const stream = bytesOf(streams.slice(at - first, at - first + length));
    if (crc32(stream) !== sum) throw new Error("a part of the firmware is damaged");
    return words(latin1(decompress(stream)));
  });
}

function words(program: string): string {
  return program.replace(/[\u008a-\u00c6]/g, (token) => {
    const code = token.charCodeAt(0);
    const text = TEXTS[code - FIRST];
    return code < WORDS ? text : ` ${text} `;
  });
}
