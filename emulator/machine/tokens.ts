/**
 * Espruino's tokens: bytes above ASCII that stand for words and operators in a program. The interpreter's lexer reads them beside plain
 * text (src/jslex.h); JavaScript outside of it does not.
 */

const FIRST = 138;
const WORDS = 163;
const TEXTS = (
  "== === != !== <= << <<= >= >> >>> >>= >>>= += -= ++ -- *= /= %= &= && |= || ^= => " +
  "if else do while for break continue function return var let const this throw try catch finally true false null undefined new in " +
  "instanceof switch case default delete typeof void debugger class extends super static of"
).split(" ");

/** A program in plain text. @param program one character a byte, its strings in ASCII */
export function plainText(program: string): string {
  return program.replace(/[\u008a-\u00c6]/g, (token) => {
    const code = token.charCodeAt(0);
    const text = TEXTS[code - FIRST];
    return code < WORDS ? text : ` ${text} `;
  });
}
