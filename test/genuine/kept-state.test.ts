/** `ochre emulator --state` on genuine interpreters: one token in one file, handed from engine to engine. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { saveState } from "../../emulator/state.ts";
import { issuedFlash, PIN } from "../end-to-end/bank.ts";
import { interpreter } from "./interpreter.ts";
import { rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-KEPT-1";
const program = fileURLToPath(new URL("../../bin/ochre.js", import.meta.url));
const { OCHRE_RP2040_IMAGE: image, OCHRE_RP2040_BOOTROM: bootrom } = process.env;
const patient = { timeout: 60_000, interval: 300 };

// Reason to skip: interpreter, image and boot ROM are the user's to supply; other tests say so in a line.
describe.skipIf(interpreter === undefined || !rp2040Supplied)("a token in a file", { timeout: 400_000 }, () => {
  let folder: string;
  let file: string;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ochre-kept-"));
    file = join(folder, "token.json");
    const now = Date.now() / 1000;
    const flash = await issuedFlash(SERIAL, { pin: false });
    await saveState(file, { board: "pico-keypad", serial: SERIAL, flash, unixTime: now }, now);
  });
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  async function start(...args: string[]) {
    const child = spawn(process.execPath, [program, "emulator", "--json", "--http", "0", "--state", file, ...args], {
      env: { ...process.env, XDG_RUNTIME_DIR: folder },
      stdio: ["ignore", "pipe", "ignore"],
    });
    children.push(child);
    const [line] = await once(createInterface(child.stdout!), "line");
    const { http, pid } = JSON.parse(line);
    expect(http, line).toBeDefined();
    return {
      pid,
      text: async () => (await fetch(`${http}/v1/screen.txt`)).text(),
      press: async (...keys: string[]) => {
        const body = JSON.stringify({ press: keys });
        const sent = await fetch(`${http}/v1/keys`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        });
        expect(sent.status).toBe(200);
      },
      end: async (signal: NodeJS.Signals) => {
        child.kill(signal);
        return (await once(child, "exit"))[0];
      },
    };
  }

  test("gets its PIN on espruino, whose process is killed, and is asked for it on mcu, on fast and on espruino again", async () => {
    const before = readFileSync(file, "utf8");
    const espruino = await start("--engine", "espruino");
    expect(await espruino.text()).toContain(SERIAL);
    await espruino.press("OK", ...PIN, "OK");
    await expect.poll(espruino.text, patient).toContain("Repeat the new PIN");
    await espruino.press(...PIN, "OK");
    await expect.poll(espruino.text, patient).toContain("PIN is set");
    const { ino } = statSync(file);
    // Not at once: it is written every two seconds, each time as another file.
    await expect.poll(() => statSync(file).ino, patient).not.toBe(ino);
    process.kill(espruino.pid, "SIGKILL");
    expect(readFileSync(file, "utf8")).not.toBe(before);

    const mcu = await start("--engine", "mcu", "--image", image!, "--bootrom", bootrom!);
    await mcu.press("OK");
    expect(await mcu.text()).toContain("Enter your PIN");
    await mcu.press(..."918273", "OK");
    const afterwards = await mcu.text();
    expect(await mcu.end("SIGTERM")).toBe(0);

    const fast = await start("--engine", "fast", "--speed", "frozen");
    await fast.press("OK", ...PIN, "OK");
    expect(await fast.text()).toContain("Choose a code");
    expect(await fast.end("SIGINT")).toBe(0);

    const again = await start("--engine", "espruino");
    await again.press("OK", ...PIN, "OK");
    await expect.poll(again.text, patient).toContain("Choose a code");
    expect(await again.end("SIGTERM")).toBe(0);
    // One in sixteen wrong PINs opens a token of this class.
    expect(afterwards).toMatch(/Tries left: 4|Choose a code/);
  });
});
