/** The page of a token without a key for each digit and without a clock chip. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasChromium, launchChromium } from "./browser.ts";
import { factoryPage } from "./factory-page.ts";
import { visit } from "./visitor.ts";

// Reason to skip: a machine without Debian's chromium; under CI its absence is a failure.
describe.skipIf(!hasChromium())("the page with four buttons", () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "ochre-buttons-page-"));
    await factoryPage(folder, "pico-buttons");
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("has these keys alone and no steps for others, opens the settings with OK held down, and no clock to be set", async () => {
    const visitor = await visit(browser, pathToFileURL(join(folder, "index.html")).href, "mouse");
    const { page } = visitor;
    await visitor.hears(/Not personalised/);
    const keys = page.locator("#token").getByRole("group").getByRole("button");
    expect(await keys.evaluateAll((all) => all.map((key) => key.dataset.key))).toEqual(["UP", "DOWN", "OK", "CLEAR"]);
    expect(await page.getByText("type the PIN").count()).toBe(0);
    await page.locator("#token").focus();
    await page.keyboard.down("Enter");
    await visitor.hears(/pico-buttons/);
    await page.keyboard.up("Enter");
    await page.getByText("This token has no clock chip.").waitFor();
    expect(await page.getByRole("button", { name: "Set to now" }).count()).toBe(0);
  });
});
