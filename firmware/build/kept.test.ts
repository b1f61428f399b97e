import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildBoard } from "./build.ts";
import { keptBoard } from "./kept.ts";

const BOARD = "pixljs";
const outDir = mkdtempSync(join(tmpdir(), "ochre-kept-"));
afterAll(() => rmSync(outDir, { recursive: true }));

const file = (end: string) => join(outDir, `${BOARD}.${end}`);
const writtenAt = () => statSync(file("js")).mtimeMs;
let built: Awaited<ReturnType<typeof buildBoard>>;
beforeAll(async () => {
  built = await buildBoard(BOARD, { outDir });
});

test("a bundle of these very sources is not built again, and is the same", async () => {
  const before = writtenAt();
  const { bundle, manifest } = await keptBoard(BOARD, outDir);
  expect(bundle).toBe(built.bundle);
  expect(manifest).toEqual(JSON.parse(JSON.stringify(built.manifest)));
  expect(writtenAt()).toBe(before);
});

test.each([
  ["is of other sources", "json", (text: string) => text.replace(/"sources": "./, '"sources": "x')],
  ["has no whole manifest", "json", (text: string) => text.slice(0, -9)],
  ["has another byte", "js", (text: string) => text.replace("Uint8Array", "Uint8Arraz")],
] as const)("one that %s is built again", async (_, end, change) => {
  const changed = change(readFileSync(file(end), "latin1"));
  writeFileSync(file(end), changed, "latin1");
  expect((await keptBoard(BOARD, outDir)).bundle).toBe(built.bundle);
  expect(readFileSync(file(end), "latin1")).not.toBe(changed);
});

test("a board that is not there is refused, whatever lies in the folder", async () => {
  writeFileSync(join(outDir, "toaster.json"), "{}");
  await expect(keptBoard("toaster", outDir)).rejects.toThrow("there is no board toaster");
});
