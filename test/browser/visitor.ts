/** Somebody who visits the page: looks at it, and uses the token on it in one way or another. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");

/** How keys are pressed. */
export type Hand = "mouse" | "keyboard" | "touch" | "tab";

const TYPED: Record<string, string> = {
  OK: "Enter",
  CLEAR: "Backspace",
  UP: "ArrowUp",
  DOWN: "ArrowDown",
  MENU: "m",
  OFF: "o",
};

export interface Visitor {
  page: Page;
  /** What the browser complained of. */
  complaints: string[];
  press(...keys: string[]): Promise<void>;
  /** Waits until the live region says so. */
  hears(text: RegExp): Promise<string>;
  /** Waits until so many steps of the guide are ticked. @returns what the list reads */
  ticks(steps: number): Promise<string>;
  /** What axe finds, in a line for each. */
  violations(): Promise<string[]>;
  leave(): Promise<void>;
}

export async function visit(
  browser: Browser,
  url: string,
  hand: Hand,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    hasTouch: hand === "touch",
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  const home = new URL(".", url).href;
  page.on("request", (request) => {
    if (!request.url().startsWith(home) && !request.url().startsWith("data:") && !request.url().startsWith("blob:"))
      complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(url);
  await page.locator("#token").waitFor();

  const button = (key: string) => page.locator(`button[data-key="${key}"]`);
  const hands: Record<Hand, (key: string) => Promise<void>> = {
    mouse: (key) => button(key).click(),
    touch: (key) => button(key).tap(),
    keyboard: (key) => page.keyboard.press(TYPED[key] ?? key),
    // With the keypad's own focus: arrows to the key, Enter on it.
    tab: async (key) => {
      await moveFocus(page, key);
      await page.keyboard.press("Enter");
    },
  };
  return {
    page,
    complaints,
    async press(...keys) {
      for (const key of keys) await hands[hand](key);
    },
    async hears(text) {
      return until(async () => (await page.locator("#said").textContent()) ?? "", text);
    },
    async ticks(steps) {
      await until(async () => String(await page.locator("li.done .tick").count()), new RegExp(`^${steps}$`));
      return page.locator("ol", { has: page.locator(".tick") }).innerText();
    },
    async violations() {
      // The page allows no script but its own; the debugger's is none of the page.
      const results = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations"] })`);
      const { violations } = results as { violations: { id: string; nodes: { target: string[] }[] }[] };
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
    },
    leave: () => context.close(),
  };
}

/** Moves the focus from wherever it is on the keypad to a key, by arrow keys alone. */
async function moveFocus(page: Page, key: string): Promise<void> {
  const rows = await page
    .locator(".keypad button")
    .evaluateAll((all) => all.map((one) => one.getAttribute("data-key")));
  const place = (name: string | null) => ({ row: rows.indexOf(name) >> 2, column: rows.indexOf(name) & 3 });
  const focused = await page.evaluate("document.activeElement.getAttribute('data-key')");
  const from = place(focused as string | null);
  const to = place(key);
  for (let row = from.row; row !== to.row; row += Math.sign(to.row - from.row))
    await page.keyboard.press(to.row > from.row ? "ArrowDown" : "ArrowUp");
  for (let column = from.column; column !== to.column; column += Math.sign(to.column - from.column))
    await page.keyboard.press(to.column > from.column ? "ArrowRight" : "ArrowLeft");
}

/** How long a page may take to show something, and how often it is looked at. */
export const PATIENCE_MS = 20_000;
export const LOOK_MS = 50;

/** Reads again and again until it is as it should be. (Vitest's own poll knows no tests that run side by side.) */
export async function until(read: () => Promise<string>, wanted: RegExp): Promise<string> {
  const begun = Date.now();
  for (;;) {
    const found = await read();
    if (wanted.test(found)) return found;
    if (Date.now() - begun > PATIENCE_MS)
      throw new Error(`${wanted} was waited for, and there is ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
