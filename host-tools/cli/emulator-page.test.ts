import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PAGE_SIZE, PAGES } from "../../emulator/machine/flash.ts";
import { bootToken } from "../../emulator/testing/token.ts";
import { keysFor } from "../../emulator/testing/typed-keys.ts";
import { writeTokenPage } from "../../emulator/web/token-page.ts";
import { hotp } from "../../protocol/otp/hotp.ts";
import { hashes } from "../crypto/node.ts";
import { enrolmentAad, openSeed } from "../keys/seal.ts";
import { boardBundle } from "./board-bundle.ts";
import { main } from "./main.ts";
import { issueTokens, tokenWithoutLine } from "./page-tokens.ts";

const FILES = ["index.html", "page.css", "page.js"];
/** Quick to make: it needs no host. */
const BOARD = "pixljs";
const PIN = [..."274913"];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ochre-cli-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** In this process. */
async function emulator(...args: string[]) {
  const said = { out: "", complaint: "" };
  vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((said.out += text)));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => Boolean((said.complaint += text)));
  const code = await main(["emulator", "--board", BOARD, ...args]);
  vi.restoreAllMocks();
  return { code, ...said };
}

test("a page is three files, told by one object; made again it replaces itself, whatever board it was of, and nothing else", async () => {
  const page = join(folder, "new", "page");
  expect(await emulator("--page", page)).toMatchObject({ code: 0, out: expect.stringContaining("needs no server") });
  expect(readdirSync(page).sort()).toEqual(FILES);
  const script = readFileSync(join(page, "page.js"), "utf8");
  writeFileSync(join(page, "page.js"), script.replace("pixljs", "another"));
  writeFileSync(join(page, "page.css"), "");
  writeFileSync(join(page, "notes.txt"), "mine");
  const { out } = await emulator("--page", page, "--json");
  expect(JSON.parse(out)).toEqual({ board: BOARD, path: join(page, "index.html") });
  expect(readFileSync(join(page, "page.js"), "utf8")).toBe(script);
  expect(readFileSync(join(page, "page.css"), "utf8")).not.toBe("");
  expect(readFileSync(join(page, "notes.txt"), "utf8")).toBe("mine");
});

test.each(FILES)("a %s of somebody else is named and stays, and nothing is written beside it", async (name) => {
  writeFileSync(join(folder, name), "mine");
  const { code, complaint } = await emulator("--page", folder);
  expect(code).toBe(2);
  expect(complaint).toContain(`${join(folder, name)} is of no such page, so it is not overwritten`);
  expect(readdirSync(folder)).toEqual([name]);
  expect(readFileSync(join(folder, name), "utf8")).toBe("mine");
});

test("a folder of the name of a file stays, too", async () => {
  mkdirSync(join(folder, "page.js"));
  expect(await emulator("--page", folder)).toMatchObject({
    code: 2,
    complaint: expect.stringContaining("page.js is of"),
  });
});

test.each([
  ["a folder that can't be", ["--page", "/dev/null/page"], /nothing can be written into \/dev\/null\/page: ENOTDIR/],
  ["no folder", ["--page", ""], /--page names a folder/],
  ["a board that there is not", ["--page", "x", "--board", "none"], /no board none: the boards are .*pico-keypad/],
  [
    "an engine, which a page does not choose",
    ["--page", "x", "--engine", "mcu"],
    /--page.*cannot be used with.*--engine/,
  ],
  ["a state: it holds secrets", ["--page", "x", "--state", "x.json"], /--page.*cannot be used with.*--state/],
])("%s is wrong usage, and is said so", async (_, args, reason) => {
  expect(await emulator(...args)).toMatchObject({ code: 2, complaint: expect.stringMatching(reason) });
});

test("a bundle that a genuine interpreter would fail at gets into no page", async () => {
  const { bundle, manifest } = await boardBundle(BOARD);
  const broken = { bundle: `(async()=>{},${bundle})`, manifest, tokens: tokenWithoutLine() };
  await expect(writeTokenPage(join(folder, "page"), folder, broken)).rejects.toThrow(/genuine interpreter would fail/);
  expect(readdirSync(folder)).toEqual([]);
});

test("a token without a clock chip gives the code that its bank computes, though no host is there to set its time", async () => {
  const built = await boardBundle("pico-buttons");
  const { en } = await issueTokens(built);
  await using token = await bootToken({ ...built, flash: flashOf(en.token.pages), port: false });
  const type = (...keys: string[]) => token.press(...keys.flatMap((key) => keysFor(built.manifest, key)));
  type("OK", ...PIN, "OK", ...PIN, "OK");
  type("OK", ...PIN, "OK");
  const [{ slot, suite, sealedSeed }] = en.enrolment.credentials;
  const seed = openSeed(en.enrolmentKey, enrolmentAad(en.enrolment.serial, slot, suite), sealedSeed);
  const code = hotp(hashes.sha256, seed, new Uint8Array(8), 8);
  type("OK");
  expect(token.screen().join(" ")).toContain(`${code.slice(0, 4)} ${code.slice(4)}`);
});

function flashOf(pages: Record<string, string> = {}): Uint8Array {
  const flash = new Uint8Array(PAGES * PAGE_SIZE).fill(0xff);
  for (const [page, contents] of Object.entries(pages))
    flash.set(Buffer.from(contents, "base64"), Number(page) * PAGE_SIZE);
  return flash;
}
