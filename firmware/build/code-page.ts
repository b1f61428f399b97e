/**
 * The sources' text, encoded for the token. Espruino on microcontrollers has Latin-1 strings only, so what stands as a character beyond
 * ASCII in a string literal goes into the bundle as its code in the token's code page. Escapes (`"\xC0"`) are bytes and stay.
 */
import { codeOf } from "../ui/viscii.ts";

/** A `/` after one of these, or after a word like `return`, opens a regular expression; after anything else it divides. */
const BEFORE_EXPRESSION = "(,=:[!&|?{};+-*%^~<>";

/**
 * The source text with each character beyond ASCII replaced: in string and template literals by the escape of its code, in comments by a
 * question mark. Lines keep their numbers.
 * @throws Error with line, column and character for one that the code page lacks, or that stands outside literals and comments
 */
export function encodeSource(source: string): string {
  let out = "";
  let at = 0;
  let line = 1;
  let lineStart = 0;
  /** The last token: a punctuator, "x" for an operand, "" for a word that an expression follows. */
  let code = "";
  /** For each template that is open around here, the depth of braces inside its `${`. */
  const templates: number[] = [];

  const fail = (character: string, why: string): never => {
    const point = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    throw new Error(`line ${line}, column ${at - lineStart + 1}: ${character} (U+${point}) ${why}`);
  };
  /** Copies one character as `convert` has it; nothing at the end of a source that esbuild will refuse. */
  const step = (convert: (character: string) => string) => {
    if (at >= source.length) return;
    const character = String.fromCodePoint(source.codePointAt(at)!);
    out += character <= "\x7f" ? character : convert(character);
    at += character.length;
    if (character === "\n") {
      line++;
      lineStart = at;
    }
  };
  const asComment = () => "?";
  const asCode = (character: string) => fail(character, "stands outside a string");
  const asText = (character: string) => {
    const value = codeOf(character);
    if (value < 0) fail(character, "is not in the code page");
    return `\\x${value.toString(16).padStart(2, "0")}`;
  };
  /** Copies up to and with `end`, a backslash and what follows it together. */
  const literal = (end: string) => {
    step(asText);
    while (at < source.length && !source.startsWith(end, at)) {
      if (source[at] === "\\") step(asText);
      if (end === "`" && source.startsWith("${", at)) {
        out += "${";
        at += 2;
        templates.push(0);
        code = "{";
        return;
      }
      step(asText);
    }
    step(asText);
    code = "x";
  };

  while (at < source.length) {
    const character = source[at];
    const open = templates.length - 1;
    if (source.startsWith("//", at)) {
      while (at < source.length && source[at] !== "\n") step(asComment);
    } else if (source.startsWith("/*", at)) {
      const end = source.indexOf("*/", at + 2);
      while (at < (end < 0 ? source.length : end + 2)) step(asComment);
    } else if (character === '"' || character === "'" || character === "`") {
      literal(character);
    } else if (character === "}" && open >= 0 && templates[open] === 0) {
      templates.pop();
      literal("`");
    } else if (character === "/" && (code === "" || BEFORE_EXPRESSION.includes(code))) {
      step(asCode);
      for (let inClass = false; at < source.length && (inClass || source[at] !== "/"); ) {
        if (source[at] === "[") inClass = true;
        else if (source[at] === "]") inClass = false;
        else if (source[at] === "\\") step(asCode);
        step(asCode);
      }
      step(asCode);
      code = "x";
    } else if (/[A-Za-z_$]/.test(character)) {
      const word = /^[\w$]+/.exec(source.slice(at, at + 100))![0];
      for (let i = 0; i < word.length; i++) step(asCode);
      code = /^(return|typeof|case|in|of|do|else|void|delete|instanceof|new|throw)$/.test(word) ? "" : "x";
    } else {
      if (open >= 0 && character === "{") templates[open]++;
      if (open >= 0 && character === "}") templates[open]--;
      if (/\S/.test(character)) code = character;
      step(asCode);
    }
  }
  return out;
}
