import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, test } from "vitest";
import { plainText, programOf } from "../../emulator/machine/tokens.ts";
import { VERSION } from "../core/version.ts";
import { codePage } from "../ui/viscii.ts";
import { boards, buildBoard } from "./build.ts";
import { bundleEntry } from "./bundle.ts";
import { checkDialect } from "./dialect.ts";

const E = { toUint8Array: (text: string) => new Uint8Array(Buffer.from(text, "latin1")) };

const outDir = mkdtempSync(join(tmpdir(), "ochre-build-"));
afterAll(() => rmSync(outDir, { recursive: true }));

test("every folder of boards/ with a main.ts is a board", () => {
  expect(boards).toContain("pico-keypad");
  expect(boards).not.toContain("chips");
});

describe.each(boards)("the bundle of %s", async (board) => {
  const { bundle, source, manifest, paths } = await buildBoard(board, { outDir });

  test("evaluates to an object of named exports without touching anything", () => {
    // No global of the interpreter exists here: any use of one while the bundle is evaluated would throw.
    const exports = runInNewContext(source, Object.create(null));
    expect(exports).toMatchObject({ version: VERSION, board });
    for (const name of ["install", "start"]) expect(typeof exports[name]).toBe("function");
    expect(manifest.experimental ?? false).toBe(board === "pixljs");
  });

  test("is ASCII and tokens, one expression, in the interpreter's dialect, and with what is packed behind a NUL within its limit", () => {
    expect(/[^\n\x20-\x7e]/.exec(source)).toBeNull();
    expect(/[^\n\x20-\x7e\x8a-\xc6]/.exec(programOf(bundle))).toBeNull();
    expect(bundle.length).toBeLessThanOrEqual(board === "pixljs" ? 22_528 : 65_536);
    expect(checkDialect(source)).toEqual([]);
  });

  // Reason to skip: it has no part that a packed one would pay for.
  test.skipIf(board === "pixljs")("has parts packed, and their text, where it is evaluated, is in the dialect", () => {
    expect(programOf(bundle).length).toBeLessThan(bundle.length - 10_000);
    expect(checkDialect(plainText(bundle))).toEqual([]);
  });

  // Reason to skip: without a host's line there is no room for what only tests call.
  test.skipIf(board === "pixljs")("has its own Error, without a class of the language behind it", () => {
    const { crypto, otp } = runInNewContext(source, { Uint8Array, Uint32Array, parseInt, E, atob }).conformance();
    const thrown = (action: () => void): unknown => {
      try {
        action();
      } catch (error) {
        return error;
      }
    };
    expect(thrown(() => crypto.typescript().loadAes128()(new Uint8Array(3)))).toBeDefined();
    expect(thrown(() => otp.parseSuite("nonsense"))).toBeDefined();
    expect(thrown(() => otp.parseSuite("OCRA-1:HOTP-SHA256-8:QN10-T30S"))).toBeUndefined();
    expect(/extends (Range|Type)?Error/.exec(source)).toBeNull();
  });

  test("lies in its file as its manifest says", () => {
    const file = readFileSync(paths.bundle);
    expect(file.toString("latin1") === bundle).toBe(true);
    expect(manifest).toMatchObject({
      board,
      version: VERSION,
      bytes: file.length,
      sha256: createHash("sha256").update(file).digest("hex"),
      codePage: [...codePage],
    });
    expect(JSON.parse(readFileSync(paths.manifest, "utf8"))).toEqual(manifest);
    const tall = board === "pixljs" ? [] : ["6x13-tall", "digits-tall"];
    expect(manifest.fonts.map(({ name }) => name)).toEqual(["6x13", "digits", ...tall]);
    expect(manifest.keypad.legend.flat()).toContain("OK");
  });

  test("is accounted for by source file, to within the wrapping", () => {
    const sum = Object.values(manifest.modules).reduce((total, bytes) => total + bytes, 0);
    expect(manifest.modules["firmware/core/token.ts"]).toBeGreaterThan(100);
    // Each file's share is rounded.
    expect(Math.abs(sum - bundle.length)).toBeLessThan(200);
  });

  test("is the same for the same sources, and leaves no drafts behind", async () => {
    expect((await buildBoard(board, { outDir })).manifest.sha256).toBe(manifest.sha256);
    expect(readdirSync(outDir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

test("the files of pixljs fill its nine pages, and the journal's banks are the last two", async () => {
  const { bundle, manifest } = await buildBoard("pixljs", { outDir });
  const { interpreter, storage, files, bootFile } = manifest;
  const image = Object.values(files).reduce(
    (sum, text) => sum + Buffer.from(text, "base64").length,
    24 + bundle.length,
  );
  const used = [image, bootFile.length].reduce((sum, size) => sum + 32 + ((size + 3) & ~3), 0);
  expect(used + 32 + storage.journalFileBytes).toBe(interpreter.storage.bytes);
  expect(used + 32).toBeLessThanOrEqual(7 * 4096);
  expect(storage.journalBytes).toBe(2 * 4096);
});

test("what pixljs holds from boot on leaves half of its 2,950 JsVars to work with", async () => {
  const { census, parts } = await buildBoard("pixljs", { outDir });
  const largest = Math.max(...parts.map((part) => part.census.jsVars));
  expect(census.jsVars + largest).toBeLessThan(1475);
});

test("a board that does not exist is refused with the list of those that do", async () => {
  await expect(buildBoard("toaster", { outDir })).rejects.toThrow(`there is no board toaster: ${boards.join(", ")}`);
});

describe("sources that are not for the interpreter", () => {
  const entry = join(outDir, "main.ts");
  const bundleOf = (...lines: string[]) => {
    writeFileSync(entry, `${lines.join("\n")}\n`);
    return bundleEntry(entry);
  };

  test("are refused with file, line and column of every place", async () => {
    const refused = bundleOf(
      "declare const D1: number;",
      "export const pin: number = D1;",
      "export function f(n: number): number {",
      "  const seen = new Map<number, number>();",
      "  return Math.trunc(n) + seen.size;",
      "}",
    );
    await expect(refused).rejects.toThrow(/main\.ts:4:20: Map is no global that a bundle may use/);
    await expect(refused).rejects.toThrow(/main\.ts:5:10: Math\.trunc is missing/);
  });

  test("are refused for a character that the token cannot show", async () => {
    await expect(bundleOf('export const a = "ok";', 'export const b = "ß";')).rejects.toThrow(
      /main\.ts.*line 2, column 19: ß \(U\+00DF\) is not in the code page/s,
    );
  });

  test("are built whole where they do nothing but export", async () => {
    const { bundle } = await bundleOf("class Box { full = true; }", "export const open = () => new Box().full;");
    expect(runInNewContext(bundle, {}).open()).toBe(true);
  });

  test("are refused for a syntax error, by esbuild's words", async () => {
    await expect(bundleOf("export const = 1;")).rejects.toThrow(/main\.ts:1:13/);
  });

  test("are lowered where that is enough: fields, `?.`, `??=`, `**`, typed errors", async () => {
    const { bundle } = await bundleOf(
      "class Fault extends Error { readonly code: number; constructor(code: number) { super('it is ' + code); this.code = code; } }",
      "class List { items: number[] = []; }",
      "export const own = new List().items !== new List().items;",
      "export function square(o?: { n?: number | null }): number { let n = o?.n; n ??= 3; return n ** 2; }",
      "export const fault = new Fault(7);",
      "export const isFault = fault instanceof Fault && fault.code === 7 && fault.message === undefined;",
      'export const text = "Mã …";',
    );
    // Lowered to Math.pow, a power is the interpreter's.
    const exports = runInNewContext(bundle, {});
    expect(exports.square({})).toBe(9);
    expect(exports).toMatchObject({ own: true, isFault: true, text: "M\xe3 \x15" });
  });
});
