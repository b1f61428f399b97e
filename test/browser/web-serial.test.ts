/** Tokens that are plugged in, and what is none, in real Chromium: the bytes go through real serial ports. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { SerialPort } from "serialport";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPseudoTerminal } from "../../emulator/serial/pseudo-terminal.ts";
import { bootToken, fixtureInstallation } from "../../emulator/testing/token.ts";
import { hasChromium, launchChromium, serveFolder } from "./browser.ts";
import { factoryPage } from "./factory-page.ts";
import { launchWithPort, whyNoOwnSerial } from "./own-serial.ts";
import { bridgeSerial, type SerialBridge } from "./serial-bridge.ts";
import { soon } from "./soon.ts";

const ochre = fileURLToPath(new URL("../../bin/ochre.js", import.meta.url));

// Reason to skip: a machine without Debian's chromium; under CI its absence is a failure.
describe.skipIf(!hasChromium())("a token that is plugged in", () => {
  let folder: string;
  let served: Awaited<ReturnType<typeof serveFolder>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "ochre-serial-page-"));
    await factoryPage(folder);
    served = await serveFolder(folder);
  });

  afterAll(async () => {
    await served?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function openPanel(page: Page): Promise<void> {
    await page.goto(served.url);
    await page.locator("summary", { hasText: "A physical token" }).click();
  }
  const connect = (page: Page) => page.getByRole("button", { name: "Connect a physical token" }).click();
  const says = (page: Page, text: string) => page.getByRole("status").getByText(text).waitFor();

  describe("through ports that a bridge opens", () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser?.close();
    });

    async function visit(): Promise<{ page: Page; bridge: SerialBridge; errors: string[] }> {
      const page = await (await browser.newContext({ locale: "en-GB" })).newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      const bridge = await bridgeSerial(page);
      await openPanel(page);
      return { page, bridge, errors };
    }

    test("says who it is, is pulled out in the middle, and comes back", async () => {
      await using token = await bootToken();
      const { page, bridge, errors } = await visit();
      bridge.choice = { path: token.path };
      await connect(page);
      await page.locator(".information").getByText(fixtureInstallation.serial).waitFor();
      await soon(() => page.locator(".entry .badge", { hasText: "plugged in" }).count()).toBe(4);
      await bridge.unplug();
      await says(page, "The token was unplugged.");
      await soon(() => page.locator(".information").count()).toBe(0);
      await connect(page);
      await page.locator(".information").getByText(fixtureInstallation.serial).waitFor();
      await page.getByRole("button", { name: "Disconnect" }).click();
      await says(page, "Disconnected.");
      expect(errors).toEqual([]);
      await page.context().close();
    });

    test("is told from nothing chosen, a browser that forbids, and a port that another program has", async () => {
      await using token = await bootToken();
      const { page, bridge, errors } = await visit();
      await connect(page);
      await says(page, "No port was chosen.");
      bridge.choice = { refusal: "SecurityError" };
      await connect(page);
      await says(page, "The browser does not let this page use serial ports.");
      bridge.choice = { path: token.path };
      const other = new SerialPort({ path: token.path, baudRate: 115_200, autoOpen: false });
      await new Promise<void>((resolve, reject) => other.open((error) => (error ? reject(error) : resolve())));
      await connect(page);
      await says(page, "The port could not be opened. Another program may have it");
      await new Promise<void>((resolve) => other.close(() => resolve()));
      await connect(page);
      await page.locator(".information").getByText(fixtureInstallation.serial).waitFor();
      expect(errors).toEqual([]);
      await page.context().close();
    });

    test("is told from a device that is silent, and from one that talks of something else", async () => {
      const device = await openPseudoTerminal();
      try {
        const { page, bridge, errors } = await visit();
        bridge.choice = { path: device.path };
        await connect(page);
        await says(page, "Asking it who it is…");
        await says(page, "No answer came.");
        device.onData(() => device.write("ERROR\r\n\xc0\x07\x81junk\xc0"));
        await connect(page);
        await says(page, "Bytes came, but not as a token answers.");
        await page.getByText("bytes that are no frame").first().waitFor();
        await connect(page);
        await says(page, "Asking it who it is…");
        await bridge.unplug();
        await says(page, "The token was unplugged.");
        expect(errors).toEqual([]);
        await page.context().close();
      } finally {
        device.close();
      }
    });
  });

  const why = whyNoOwnSerial();
  if (why !== undefined) console.warn(`Chromium's own Web Serial is not tested: ${why}`);

  // Reason to skip: a machine without a serial port of its own, or where nobody may mount anything.
  test.skipIf(why !== undefined)(
    "says who it is through Chromium's own Web Serial, and is missed when it is gone",
    async () => {
      const link = join(folder, "port");
      const emulator = spawn(process.execPath, [ochre, "emulator", "--pty-link", link], {
        stdio: ["ignore", "pipe", "inherit"],
        // Where it announces itself, for it is killed.
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
      });
      await once(emulator.stdout, "data");
      const browser = await launchWithPort(link, new URL(served.url).origin, folder);
      try {
        const page = await (await browser.newContext({ locale: "en-GB" })).newPage();
        // The dialogue alone is left out.
        await page.addInitScript("navigator.serial.requestPort = async () => (await navigator.serial.getPorts())[0]");
        await openPanel(page);
        await connect(page);
        await page.locator(".information").getByText("factory").waitFor();
        await page.getByRole("button", { name: "Disconnect" }).click();
        await says(page, "Disconnected.");
        await connect(page);
        await page.locator(".information").getByText("factory").waitFor();
        emulator.kill("SIGKILL");
        await says(page, "The token was unplugged.");
        await connect(page);
        await says(page, "The port could not be opened.");
      } finally {
        await browser.close();
        emulator.kill("SIGKILL");
      }
    },
  );
});
