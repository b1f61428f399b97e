import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, test } from "vitest";
import { bundleEntry } from "./bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "ochre-parts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, ...lines: string[]) => writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
const bundle = (...lines: string[]) => {
  write("main.ts", ...lines);
  return bundleEntry(join(folder, "main.ts"));
};

describe("a part of a bundle", () => {
  write(
    "shared.ts",
    "export class Fault extends Error {}",
    "export function twice(n: number): number { return 2 * n; }",
  );
  write("own.ts", 'import { twice } from "./shared.ts";', "export const four = { value: twice(2) };");
  write(
    "counter.part.ts",
    'import { four } from "./own.ts";',
    'import { Fault } from "./shared.ts";',
    "export function counter(step: number, name: string) {",
    "  let count = four.value;",
    "  return [name, four, function () { count += step; return count; }, function () { throw new Fault(); }] as const;",
    "}",
  );
  const main = [
    'import { counter } from "./counter.part.ts";',
    'import { Fault, twice } from "./shared.ts";',
    "export { counter, twice };",
    "export function isFault(action: () => void): boolean { try { action(); } catch (e) { return e instanceof Fault; } return false; }",
  ];

  test("is made anew by each call, works as its sources do, and shares what the core has", async () => {
    const exports = runInNewContext((await bundle(...main)).bundle, {});
    const [name, own, next, fail] = exports.counter(1, "one");
    const [, othersOwn, othersNext] = exports.counter(10, "other");
    expect([name, next(), next(), othersNext()]).toEqual(["one", 5, 6, 14]);
    expect(own).not.toBe(othersOwn);
    expect(exports.isFault(fail)).toBe(true);
  });

  test("is nothing but one function until then", async () => {
    const { bundle: text, parts } = await bundle(...main);
    // What the part has of its own stands between the head of its function and its end.
    expect(text).toMatch(/function \w+\(\w,\w\)\{(var|let|const) \w=\{\w+:\w\(2\)\};function /);
    expect(parts.map(({ name }) => name)).toEqual(["counter"]);
    // The function, and its two closures once it is called.
    expect(parts[0].census).toMatchObject({ functions: 3, jsVars: 5 + 2 + 2 });
    expect(parts[0].bytes).toBeGreaterThan(60);
    expect(parts[0].bytes).toBeLessThan(text.length);
  });

  test("is known by its sources where the interpreter would fail", async () => {
    write("broken.part.ts", "export function broken(list: number[]): number {", "  return Math.trunc(list[0]);", "}");
    const refused = bundle('import { broken } from "./broken.part.ts";', "export { broken };");
    await expect(refused).rejects.toThrow(/broken\.part\.ts:2:10: Math\.trunc is missing/);
  });

  test("exports one function, or the build says so", async () => {
    write("two.part.ts", "export function one(): number { return 1; }", "export const two = 2;");
    await expect(bundle('export { one, two } from "./two.part.ts";')).rejects.toThrow(
      /two\.part\.ts.*exports one function/s,
    );
  });

  test("may load another part", async () => {
    write(
      "outer.part.ts",
      'import { counter } from "./counter.part.ts";',
      "export function outer() { return counter(2, 'in')[2](); }",
    );
    const exports = runInNewContext((await bundle('export { outer } from "./outer.part.ts";')).bundle, {});
    expect(exports.outer()).toBe(6);
  });
});
