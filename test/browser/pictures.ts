/**
 * `node test/browser/pictures.ts` takes the pictures of the page anew: docs/page-desktop.png and docs/page-phone.png. It needs
 * `pngquant`, which makes them small.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { boardBundle } from "../../host-tools/cli/board-bundle.ts";
import { makePage } from "../../host-tools/cli/emulator-page.ts";
import { launchChromium, serveFolder } from "./browser.ts";
import { visit } from "./visitor.ts";

const PIN = [..."274913"];
const docs = fileURLToPath(new URL("../../docs/", import.meta.url));

const folder = await mkdtemp(join(tmpdir(), "ochre-page-"));
await makePage(folder, await boardBundle("pico-keypad"));
const served = await serveFolder(folder);
const browser = await launchChromium();
try {
  const desk = await visit(browser, served.url, "keyboard", { viewport: { width: 1120, height: 740 } });
  await desk.press("OK", ...PIN, "OK", ...PIN, "OK");
  await desk.hears(/PIN is set/);
  await desk.press("OK", "OFF", "OK", ...PIN, "OK", "1");
  await desk.hears(/^Time code/);
  await desk.page.screenshot({ path: join(docs, "page-desktop.png") });
  await desk.leave();

  const phone = await visit(browser, served.url, "touch", {
    viewport: { width: 360, height: 700 },
    deviceScaleFactor: 2,
    isMobile: true,
    locale: "vi-VN",
    colorScheme: "dark",
  });
  await phone.press("OK", ...PIN, "OK", ...PIN, "OK");
  await phone.hears(/Đã đặt mã PIN/);
  await phone.press("OK", "OFF", "OK", ...PIN, "OK", "2", ..."3456401933", "OK");
  await phone.hears(/3456/);
  await phone.page.evaluate("scrollTo(0, 0)");
  await phone.page.screenshot({ path: join(docs, "page-phone.png") });
  await phone.leave();
  const pictures = ["page-desktop.png", "page-phone.png"].map((name) => join(docs, name));
  execFileSync("pngquant", ["--force", "--ext", ".png", "--strip", "96", ...pictures]);
} finally {
  await browser.close();
  await served.close();
  await rm(folder, { recursive: true, force: true });
}
