import { parse, type Token } from "acorn";
import { expect, test } from "vitest";
import { plainText } from "../../emulator/machine/tokens.ts";
import { tokenise } from "./tokens.ts";

/** What a parser makes of a program: the kinds and texts of its tokens. */
const meaning = (program: string) => {
  const tokens: Token[] = [];
  parse(program, { ecmaVersion: "latest", onToken: tokens });
  return tokens.map(({ type, start, end }) => `${type.label} ${program.slice(start, end)}`);
};

test.each([
  ["words", "for(let i=0;i<3;i++){if(i===1)continue;else break}"],
  ["what follows a word", "function f(a){return typeof a in b?void 0:new C}class C extends f{}"],
  ["signs that must not meet", "a=b+ +c- -d+ ++e"],
  ["words in strings, templates and patterns", `a="if && return";b=\`let \${c&&d} new \`;e=/if|new/.test(a)`],
  ["members and keys with the names of words", "a.of=b.new+c.default;for(let d={if:1,let:2};;)e.return()"],
  ["names that begin like words", "const newest=1,iffy=letter,of=undefined"],
])("a program means the same with tokens: %s", (_, program) => {
  const tokenised = tokenise(program);
  expect(tokenised.length).toBeLessThan(program.length);
  expect(meaning(plainText(tokenised))).toEqual(meaning(program));
});

test("words are the interpreter's bytes, of src/jslex.h", () => {
  expect(tokenise("function f(a){if(a==b)return this}")).toBe("\xaaf(a){\xa3(a\x8ab)\xab\xaf}");
  expect(tokenise("x=a=>a||b&&c")).toBe("x=a\xa2a\xa0b\x9ec");
});
