import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codePage } from "../ui/viscii.ts";
import { encodeSource } from "./code-page.ts";

/** What a program that consists of one literal evaluates to, in the code page. */
const evaluated = (source: string): string => runInNewContext(encodeSource(source));

describe("encodeSource", () => {
  test("puts the letters of a message into the token's code page", () => {
    expect(evaluated('"Mã PIN"')).toBe("M\xe3 PIN");
    expect(evaluated('"ấ…"')).toBe("\xa4\x15");
    expect(evaluated("'Đ'")).toBe("\xd0");
  });

  test("leaves escapes alone: they are bytes", () => {
    expect(encodeSource('"\\xC0" + "\\u00DB" + "\\\\"')).toBe('"\\xC0" + "\\u00DB" + "\\\\"');
  });

  test("every character of the code page survives in each kind of literal", () => {
    for (const [code, character] of codePage.entries()) {
      if (character.length === 0 || character <= "\x7f") continue;
      for (const quote of ['"', "'", "`"]) expect(evaluated(quote + character + quote)).toBe(String.fromCharCode(code));
    }
  });

  test("finds the literals inside a template's expressions, and the template's text after them", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source text that is under test
    expect(evaluated('`ấ${"é" + (() => { return `ê${1}ế` })()}ứ`')).toBe("\xa4\xe9\xea1\xaa\xd1");
  });

  test("lets comments say anything", () => {
    const source = '// → ß\n/* ≥\n * ∀ */ var x = "é"; // ≠ "ß"\n';
    expect(encodeSource(source)).toBe('// ? ?\n/* ?\n * ? */ var x = "\\xe9"; // ? "?"\n');
  });

  test("is not led astray by quotes in regular expressions, nor by divisions", () => {
    expect(encodeSource('a = b / c; d = "é" / e')).toBe('a = b / c; d = "\\xe9" / e');
    expect(encodeSource('if (/["/]/.test(s)) return /\'/; t = "é"')).toBe(
      'if (/["/]/.test(s)) return /\'/; t = "\\xe9"',
    );
    expect(encodeSource('(a) / 2 + "é" / 3')).toBe('(a) / 2 + "\\xe9" / 3');
  });

  test("names line, column and character that the code page lacks", () => {
    expect(() => encodeSource('a;\n  x = "ok ß";\n')).toThrow("line 2, column 11: ß (U+00DF) is not in the code page");
    expect(() => encodeSource('"🎉"')).toThrow("line 1, column 2: 🎉 (U+1F389)");
    expect(() => encodeSource('"e\u0301"')).toThrow("U+0301");
  });

  test("refuses characters beyond ASCII outside literals", () => {
    expect(() => encodeSource("const é = 1")).toThrow("line 1, column 7: é (U+00E9) stands outside a string");
    expect(() => encodeSource("x = /é/")).toThrow("stands outside a string");
  });

  test("changes no source that is ASCII", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            "a",
            " ",
            "\n",
            '"',
            "'",
            "`",
            "/",
            "*",
            "\\",
            "${",
            "}",
            "{",
            "(",
            ")",
            "[",
            "]",
            "=",
            "return",
          ),
        ),
        (pieces) => {
          const source = pieces.join("");
          expect(encodeSource(source)).toBe(source);
        },
      ),
    );
  });
});
