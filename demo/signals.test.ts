import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pty from "@lydell/node-pty";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const program = join(import.meta.dirname, "start.ts");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ochre-signals-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const environment = () => ({ ...process.env, TMPDIR: folder, XDG_RUNTIME_DIR: "" });
const keysLie = () => readdirSync(folder).some((name) => name.startsWith("ochre-story-"));

/** Between one signal and the next: npm passes on what the terminal has sent already. */
const AGAIN_MS = 1;

describe("npm start leaves no keys behind", () => {
  test("when its terminal goes in the middle of the story", async () => {
    const child = spawn(process.execPath, [program], { env: environment(), stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    expect(keysLie()).toBe(true);
    child.kill("SIGHUP");
    expect(await ended).toBe(129);
    expect(keysLie()).toBe(false);
  });

  test.each([
    ["SIGINT", "Press Enter for the token."],
    ["SIGTERM", "Ctrl-C ends"],
  ])("when %s comes, and comes again, at “%s”", async (signal, place) => {
    const terminal = pty.spawn(process.execPath, [program], { cols: 80, rows: 24, env: environment() });
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    let told = "";
    terminal.onData((text) => (told += text));
    await expect.poll(() => told, { timeout: 50_000 }).toContain("Press Enter for the token.");
    const shown = !told.includes(place);
    if (shown) terminal.write("\r");
    await expect.poll(() => told, { timeout: 20_000 }).toContain(place);
    expect(keysLie()).toBe(true);
    terminal.kill(signal);
    const again = setInterval(() => terminal.kill(signal), AGAIN_MS);
    expect(await ended.finally(() => clearInterval(again))).toBe(0);
    expect(keysLie()).toBe(false);
    if (shown) expect(told, "the terminal has its own screen back").toContain("\x1b[?1049l");
  });
});
