/** The page in front of a genuine interpreter: it has all that this engine can do, and nothing that it can't. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi } from "../../emulator/api/server.ts";
import type { Engine } from "../../emulator/engine.ts";
import { EspruinoEngine } from "../../emulator/espruino/espruino-engine.ts";
import { McuEngine } from "../../emulator/mcu/mcu-engine.ts";
import { RecordingEngine } from "../../emulator/recording.ts";
import { buildPage } from "../../emulator/web/build.ts";
import { laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { hasChromium, launchChromium } from "../browser/browser.ts";
import { soon } from "../browser/soon.ts";
import { type Visitor, visit } from "../browser/visitor.ts";
import { builtBundle } from "../end-to-end/bank.ts";
import { interpreter } from "./interpreter.ts";
import { rp2040Files, rp2040Supplied } from "./rp2040.ts";

const SERIAL = "OC-PAGE-1";
/** The simulated chip is slow, and so is a busy computer. */
const PATIENT = { timeout: 120_000 };

const start = async () => ({
  ...(await builtBundle()),
  install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) },
  seed: 77,
  unixTime: Date.now() / 1000,
});

const ENGINES: { name: string; supplied: boolean; leaps: boolean; boot: () => Promise<Engine> }[] = [
  {
    name: "espruino",
    supplied: interpreter !== undefined,
    leaps: false,
    boot: async () => EspruinoEngine.boot({ ...(await start()), espruino: interpreter as string }),
  },
  {
    name: "mcu",
    supplied: rp2040Supplied,
    leaps: true,
    boot: async () => McuEngine.boot({ ...(await start()), ...(await rp2040Files()) }),
  },
];

describe.each(ENGINES)("the page in front of the engine $name", ({ supplied, leaps, boot }) => {
  // Reason to skip: Chromium, interpreter, image and boot ROM are the user's to supply; other tests say so in a line.
  describe.skipIf(!(supplied && hasChromium()))("where it is supplied", { timeout: 300_000 }, () => {
    let folder: string;
    let browser: Browser;
    let engine: Engine;
    let api: Awaited<ReturnType<typeof startApi>>;
    let visitor: Visitor;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "ochre-engine-page-"));
      await buildPage("on-server", folder);
      browser = await launchChromium();
      engine = await boot();
      api = await startApi(new RecordingEngine(engine), 0, { folder });
      visitor = await visit(browser, `${api.url}/`, "keyboard");
      await visitor.page.locator("summary", { hasText: "State" }).click();
    }, 300_000);
    afterAll(async () => {
      await browser?.close();
      await api?.close();
      await engine?.close();
      await rm(folder, { recursive: true, force: true });
    });

    test("the clock drifts, by parts per million and by temperatures", async () => {
      const { page } = visitor;
      await page.getByLabel("Clock drift, ppm").fill("-12");
      await page.getByLabel("Clock drift, ppm").press("Enter");
      await soon(async () => (await engine.clock()).driftPpm).toBe(-12);
      await page.getByLabel("Temperatures over a day").fill("5 30");
      await page.getByLabel("Temperatures over a day").press("Enter");
      await soon(async () => (await engine.clock()).temperatures).toEqual([5, 30]);
    });

    test.runIf(leaps)("time is stopped, and leaps by what one can wait for", async () => {
      const { page } = visitor;
      await page.getByLabel("How time passes").selectOption("0");
      await soon(async () => (await engine.clock()).speed).toBe(0);
      const before = (await engine.clock()).timeMs;
      expect(await page.getByLabel("Unit").locator("option").allTextContents()).toEqual(["seconds", "minutes"]);
      await page.getByLabel("Leap ahead by").fill("2");
      await page.getByRole("button", { name: "Advance" }).click();
      await soon(async () => Math.round(((await engine.clock()).timeMs - before) / 1000)).toBe(2);
      const { cycles } = (await (await fetch(`${api.url}/v1/clock`)).json()) as { cycles: number };
      expect(cycles / 125_000).toBeCloseTo((await engine.clock()).timeMs, 3);
      await page.getByLabel("How time passes").selectOption("1");
      await soon(async () => (await engine.clock()).speed).toBe(1);
    });

    test("what is done is recorded and saved; nothing is offered that the engine refuses", async () => {
      const { page } = visitor;
      await page.getByText("77", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Record", exact: true }).click();
      await page.getByText("What is done from now on is recorded.").waitFor(PATIENT);
      await page.locator("#token").focus();
      await visitor.press("MENU");
      await visitor.hears(/pico-keypad/);
      const [download] = await Promise.all([
        page.waitForEvent("download", PATIENT),
        page.getByRole("button", { name: "End and save" }).click(),
      ]);
      const { steps } = JSON.parse(await readFile(await download.path(), "utf8"));
      expect(steps.map(({ call }: { call: string }) => call)).toEqual(["keyDown", "keyUp"]);
      expect(await page.getByLabel("Replay a recording").count()).toBe(0);
      expect(await page.getByRole("button", { name: "Save snapshot" }).count()).toBe(0);
      expect(await page.getByRole("button", { name: "Advance" }).count()).toBe(leaps ? 1 : 0);
      expect(await page.getByLabel("How time passes").count()).toBe(leaps ? 1 : 0);
      expect(await visitor.violations()).toEqual([]);
      expect(visitor.complaints).toEqual([]);
    });
  });
});
