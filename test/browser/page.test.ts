/** The page without a server, in real Chromium, as its visitors use it. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readBuilt } from "../../emulator/built.ts";
import { slotImage, withImage } from "../../emulator/testing/slot-image.ts";
import { boardBundle } from "../../host-tools/cli/board-bundle.ts";
import { makePage } from "../../host-tools/cli/emulator-page.ts";
import type { IssuedToken } from "../../host-tools/cli/page-tokens.ts";
import { bankCodes } from "./bank-codes.ts";
import { hasChromium, launchChromium, serveFolder } from "./browser.ts";
import { soon } from "./soon.ts";
import { type Hand, type Visitor, visit } from "./visitor.ts";

const PIN = [..."274913"];
const CHALLENGE = [..."3456401933"];

/** What a customer hears on the way, and what the guide ticks a step with. */
const ENGLISH = {
  start: /Press OK/,
  repeatPin: /Repeat the new PIN/,
  pinSet: /PIN is set/,
  dark: /^The display is dark\.$/,
  enterPin: /Enter your PIN/,
  menu: /Choose a code/,
  timeCode: /^Time code\. \d{4} \d{4}$/,
  account: /Account ends in.*3456/,
  done: /^✓ Done\./,
};
type Said = typeof ENGLISH;
const VIETNAMESE: Said = {
  start: /Bấm OK/,
  repeatPin: /Nhập lại mã PIN mới/,
  pinSet: /Đã đặt mã PIN/,
  dark: /^Màn hình đang tắt\.$/,
  enterPin: /Nhập mã PIN/,
  menu: /Chọn loại mã/,
  timeCode: /^Mã theo thời gian\. \d{4} \d{4}$/,
  account: /Số TK kết thúc bằng.*3456/,
  done: /^✓ Đã xong\./,
};

/** What the page says that the token's clock shows, in Unix seconds. */
async function clock(page: Page): Promise<number> {
  return Date.parse((await page.locator(".reading time").getAttribute("datetime")) ?? "") / 1000;
}

// Reason to skip: a machine without Debian's chromium; under CI its absence is a failure.
describe.skipIf(!hasChromium())("the page", () => {
  let folder: string;
  let browser: Browser;
  let served: Awaited<ReturnType<typeof serveFolder>>;
  let issued: Record<"en" | "vi", IssuedToken>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "ochre-page-"));
    issued = (await makePage(folder, await boardBundle("pico-keypad"))).issued!;
    served = await serveFolder(folder);
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Reads a code as it comes up: it is the one that the bank computes for the token's time then. */
  async function readsCode(visitor: Visitor, says: RegExp, token: IssuedToken, challenge?: string): Promise<void> {
    const from = await clock(visitor.page);
    await visitor.press(challenge === undefined ? "1" : "OK");
    const said = await visitor.hears(says);
    // The page looks at the clock twice a second.
    const to = (await clock(visitor.page)) + 2;
    expect(bankCodes(token, from, to, challenge)).toContain(said.slice(-9));
  }

  /** A customer's first day: chooses a PIN, reads a time code, answers the bank's challenge; the guide ticks what was done. */
  async function story(visitor: Visitor, says: Said = ENGLISH, token = issued.en): Promise<void> {
    await visitor.hears(says.start);
    await visitor.press("OK", ...PIN, "OK");
    await visitor.hears(says.repeatPin);
    await visitor.press(...PIN, "OK");
    await visitor.hears(says.pinSet);
    expect((await visitor.ticks(1)).split("\n")[0]).toMatch(says.done);
    await visitor.press("OK", "OFF");
    await visitor.hears(says.dark);
    await visitor.press("OK");
    await visitor.hears(says.enterPin);
    await visitor.press(...PIN, "OK");
    await visitor.hears(says.menu);
    await visitor.ticks(2);
    await readsCode(visitor, says.timeCode, token);
    await visitor.ticks(3);
    await visitor.press("OFF");
    await visitor.hears(says.dark);
    await visitor.press("OK");
    await visitor.hears(says.enterPin);
    await visitor.press(...PIN, "OK");
    await visitor.hears(says.menu);
    await visitor.press("2", ...CHALLENGE, "OK");
    await visitor.hears(says.account);
    await visitor.ticks(3);
    await readsCode(visitor, /\d{4} \d{4}$/, token, CHALLENGE.join(""));
    await visitor.ticks(4);
    expect(visitor.complaints).toEqual([]);
  }

  // A customer types as fast as the token takes it, so most of a story is waiting: the stories wait together.
  test.concurrent.each<Hand>(["mouse", "keyboard"])("a customer's whole story by %s", async (hand) => {
    const visitor = await visit(browser, served.url, hand);
    await story(visitor);
    await visitor.leave();
  });

  test.concurrent("a customer's whole story in Vietnamese by touch, on a phone 360 pixels wide, where nothing leaves the screen", async () => {
    const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, locale: "vi-VN" };
    const visitor = await visit(browser, served.url, "touch", phone);
    await story(visitor, VIETNAMESE, issued.vi);
    expect(await visitor.page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    const sizes = await visitor.page
      .locator(".key")
      .evaluateAll((keys) => keys.map((key) => Math.min(key.clientWidth, key.clientHeight)));
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(44);
    await visitor.page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true");
    expect(await visitor.page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    const low = await visitor.page
      .locator("button, summary, select, .button, .field input")
      .evaluateAll((parts) =>
        parts.filter((part) => part.getBoundingClientRect().height < 44).map((part) => part.outerHTML),
      );
    expect(low).toEqual([]);
    await visitor.leave();
  });

  test("the keypad itself is one stop of the tab key, and its arrows and Enter press its keys", async () => {
    const visitor = await visit(browser, served.url, "tab");
    const { page } = visitor;
    const focused = () =>
      page.evaluate(
        "document.activeElement.id || document.activeElement.dataset.key || document.activeElement.textContent",
      );
    // Whoever comes with a keyboard begins at the token.
    await soon(focused).toBe("token");
    for (const stop of ["Tiếng Việt", "English", "Sound", "Skip to the token"]) {
      await page.keyboard.press("Shift+Tab");
      await soon(focused).toBe(stop);
    }
    await page.keyboard.press("Enter");
    await soon(focused).toBe("token");
    for (const stop of ["1", "Try it"]) {
      await page.keyboard.press("Tab");
      await soon(focused).toBe(stop);
    }
    await page.keyboard.press("Shift+Tab");
    await soon(focused).toBe("1");
    await visitor.press("OK", "1");
    await visitor.hears(/Choose a new PIN/);
    await visitor.press("CLEAR", ...PIN, "OK");
    await visitor.hears(/Repeat the new PIN/);
    await visitor.leave();
  });

  test("characters and arrows are the token's only while it has the focus, and a click on it gives it that", async () => {
    const visitor = await visit(browser, served.url, "keyboard", { viewport: { width: 1280, height: 500 } });
    const { page } = visitor;
    await visitor.hears(/Press OK/);
    await page.getByRole("heading", { name: "Ochre token emulator" }).click();
    await soon(() => page.evaluate("document.activeElement === document.body")).toBe(true);
    for (const key of ["m", "o", "1", "Enter"]) await page.keyboard.press(key);
    await page.keyboard.press("ArrowDown");
    await soon(() => page.evaluate("scrollY")).toBeGreaterThan(0);
    await page.locator(".glass").click();
    await soon(() => page.evaluate("document.activeElement.id")).toBe("token");
    // Had one of them come through, this OK would find another screen.
    await visitor.press("OK");
    await visitor.hears(/Choose a new PIN/);
    await page.getByRole("button", { name: "Ask who it is" }).focus();
    await page.keyboard.press("o");
    await page.locator('button[data-key="7"]').click();
    await soon(() => page.evaluate("document.activeElement.id")).toBe("token");
    await page.keyboard.press("8");
    await visitor.hears(/Choose a new PIN\. \*\*_/);
    await visitor.leave();
  });

  test("what was refused stays in its field, and why it was stays below it, until the field is edited or something was done", async () => {
    const visitor = await visit(browser, served.url, "mouse");
    const { page } = visitor;
    const battery = page.getByLabel("Battery in volts");
    const drift = page.getByLabel("Clock drift, ppm");
    const why = page.getByText("Volts were expected, from 0 to 5.5.");
    await battery.fill("99");
    await battery.press("Enter");
    await why.waitFor();
    // It is read out with the field, and what is refused elsewhere on the page leaves it alone.
    await soon(() =>
      battery.evaluate((field) => document.getElementById(field.getAttribute("aria-describedby") ?? "")?.textContent),
    ).toMatch(/Volts were expected/);
    await drift.fill("1e9");
    await drift.press("Enter");
    await page.getByText("Parts per million were expected").waitFor();
    await why.waitFor();
    expect(await battery.inputValue()).toBe("99");
    expect(await drift.inputValue()).toBe("1e9");
    await battery.fill("3");
    await why.waitFor({ state: "detached" });
    await page.getByText("Parts per million were expected").waitFor();
    // What was done makes an end of what was not: the field shows again what the token has.
    await battery.press("Enter");
    await soon(() => page.locator(".remark").count()).toBe(0);
    await soon(() => drift.inputValue()).toBe("0");
    expect(await battery.inputValue()).toBe("3");
    await drift.fill("1e9");
    await drift.press("Enter");
    await page.getByText("Parts per million were expected").waitFor();
    await visitor.press("MENU");
    await soon(() => page.locator(".remark").count()).toBe(0);
    await visitor.leave();
  });

  test("axe finds nothing, in light and dark, in either language, on a wide screen and a phone's", async () => {
    const visitor = await visit(browser, served.url, "keyboard");
    const { page } = visitor;
    await page.locator(".line .button").first().click();
    await page.locator(".entry").nth(3).waitFor();
    // Everything that can be opened, and a refusal on top of it.
    await page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true");
    await page.locator("input[name=bits]").fill("none");
    await page.locator("input[name=bits]").press("Enter");
    await page.locator(".remark").waitFor();
    for (const language of ["Tiếng Việt", "English"]) {
      await page.getByRole("button", { name: language, pressed: false }).click();
      await page.getByRole("button", { name: language, pressed: true }).waitFor();
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        for (const width of [1280, 360]) {
          await page.setViewportSize({ width, height: 800 });
          expect(await visitor.violations(), `${language} ${colorScheme} ${width}`).toEqual([]);
        }
      }
    }
    await visitor.leave();
  });

  test("the page speaks the visitor's language, the other one when asked, and remembers it", async () => {
    const visitor = await visit(browser, served.url, "keyboard", { locale: "vi-VN" });
    const { page } = visitor;
    await visitor.hears(/[ạ-ỹđ]/);
    await soon(() => page.locator("html").getAttribute("lang")).toBe("vi");
    await soon(() => page.title()).toBe("OC-DEMO-0002 · Trình mô phỏng thiết bị Ochre");
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("heading", { name: "Ochre token emulator" }).waitFor();
    await soon(() => page.locator("html").getAttribute("lang")).toBe("en");
    await page.reload();
    await page.getByRole("heading", { name: "Ochre token emulator" }).waitFor();
    await visitor.leave();
  });

  test("what to try is told at first, and not again to those who closed it", async () => {
    const visitor = await visit(browser, served.url, "mouse");
    const { page } = visitor;
    const step = page.getByText("Press OK and choose a PIN of 6 to 8 digits");
    const kept = () => page.evaluate("localStorage.getItem('ochre-guide')");
    await step.waitFor();
    await page.locator("summary", { hasText: "Try it" }).click();
    await soon(kept).toBe("closed");
    await page.reload();
    await page.locator("summary", { hasText: "Try it" }).waitFor();
    await step.waitFor({ state: "hidden" });
    await page.locator("summary", { hasText: "Try it" }).click();
    await soon(kept).toBe("");
    await page.reload();
    await step.waitFor();
    await visitor.leave();
  });

  test("a key that nothing came of for want of power says so at the token, which gets its power there; nothing moves", async () => {
    const visitor = await visit(browser, served.url, "keyboard");
    const { page } = visitor;
    await visitor.hears(/Press OK/);
    const places = () =>
      page
        .locator(".body, .panel, .line")
        .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().top + scrollY));
    const before = await places();
    await page.getByRole("button", { name: "Cut the power" }).click();
    await page.getByRole("status").getByText("The token has no power.").waitFor();
    await page.locator("#token").focus();
    await visitor.press("OK");
    await page.getByRole("status").getByText("The token has no power, so nothing reaches it.").waitFor();
    await soon(places).toEqual(before);
    await page.getByRole("button", { name: "Power on" }).click();
    await visitor.hears(/Press OK/);
    // What was said before the power was cut may still stand there: the focus comes when the power has.
    await soon(() => page.evaluate("document.activeElement.id")).toBe("token");
    await visitor.press("OK");
    await visitor.hears(/Choose a new PIN/);
    await visitor.press("OFF");
    await page.getByText("Any key wakes the token.").waitFor();
    await soon(places).toEqual(before);
    expect(await visitor.violations()).toEqual([]);
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });

  test("a battery that is too low to start is what keeps the power off, in the visitor's language", async () => {
    const visitor = await visit(browser, served.url, "mouse", { locale: "vi-VN" });
    const { page } = visitor;
    await page.getByLabel("Pin (vôn)").fill("1");
    await page.getByLabel("Pin (vôn)").press("Enter");
    // At once, beside the token and in its panel, and not only when somebody tries to give it its power.
    await page.getByRole("status").getByText("Pin quá yếu: còn 1 V, cần từ 1.8 V.").waitFor();
    await page.getByText("Không có nguồn: pin quá yếu.").waitFor();
    await page.getByRole("button", { name: "Cấp nguồn lại" }).click();
    await page.getByText("Pin còn 1 V, mà thiết bị cần từ 1.8 V để khởi động.").waitFor();
    expect(await page.locator("[lang=en]:not(button)").count()).toBe(0);
    await page.getByRole("button", { name: "Thay pin mới" }).click();
    await visitor.hears(/Bấm OK/);
    await soon(() => page.getByLabel("Pin (vôn)").inputValue()).toBe("4.5");
    expect(await page.locator(".remark").count()).toBe(0);
    await visitor.leave();
  });

  test("time is frozen, leaps and is set", async () => {
    const visitor = await visit(browser, served.url, "keyboard");
    const { page } = visitor;
    await page.getByLabel("How time passes").selectOption("0");
    await page.locator("input[type=datetime-local]").fill("2030-01-02T03:04:05");
    await page.locator("input[type=datetime-local]").press("Enter");
    await soon(() => clock(page)).toBe(Date.UTC(2030, 0, 2, 3, 4, 5) / 1000);
    await page.getByLabel("Leap ahead by").fill("3");
    await page.getByLabel("Unit").selectOption({ label: "days" });
    await page.getByRole("button", { name: "Advance" }).click();
    await soon(() => clock(page)).toBe(Date.UTC(2030, 0, 5, 3, 4, 5) / 1000);
    await visitor.hears(/^The display is dark\.$/);
    await page.getByLabel("Temperatures over a day").fill("warm");
    await page.getByLabel("Temperatures over a day").press("Enter");
    await page.getByText("Temperatures from −40 to 85 were expected").waitFor();
    // Keys take their own time, and no more.
    await page.locator("#token").focus();
    await visitor.press("OK");
    await visitor.hears(/Press OK/);
    await visitor.press("OK");
    await visitor.hears(/Choose a new PIN/);
    await page.getByLabel("Leap ahead by").fill("-1");
    await page.getByRole("button", { name: "Advance" }).click();
    await page.getByText("A span of time was expected").waitFor();
    await visitor.leave();
  });

  test("power is cut in the middle of writing, and the token comes back as it was before", async () => {
    const visitor = await visit(browser, served.url, "keyboard");
    const { page } = visitor;
    await page.getByLabel("Cut at flash write").fill("1");
    await page.getByRole("button", { name: "Arm" }).click();
    await page.getByText(/Power will be lost/).waitFor();
    await page.locator("#token").focus();
    await visitor.press("OK", ...PIN, "OK", ...PIN, "OK");
    await page.getByText("The token has no power.").waitFor();
    await visitor.hears(/^The display is dark\.$/);
    await page.getByRole("button", { name: "Restore the power" }).click();
    await page.locator("#token").focus();
    await visitor.hears(/Press OK/);
    await visitor.press("OK");
    await visitor.hears(/Choose a new PIN/);
    await visitor.leave();
  });

  test("the screen is saved as PNG, four pixels for each of the display", async () => {
    const visitor = await visit(browser, served.url, "keyboard");
    const { page } = visitor;
    await visitor.hears(/Press OK/);
    await page.locator("summary", { hasText: "State" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save the screen as PNG" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("OC-DEMO-0001.png");
    const file = await readFile(await download.path());
    expect(file.toString("latin1", 1, 4)).toBe("PNG");
    expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([512, 256]);
    // The browser's own reading of it, and what is on the glass.
    const same = await page.evaluate(`(async () => {
      const bytes = Uint8Array.from(atob(${JSON.stringify(file.toString("base64"))}), (c) => c.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const copy = document.createElement("canvas");
      [copy.width, copy.height] = [bitmap.width, bitmap.height];
      copy.getContext("2d").drawImage(bitmap, 0, 0);
      const lit = (canvas) => {
        const side = canvas.width / 128;
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const found = [];
        for (let y = 0; y < 64; y++)
          for (let x = 0; x < 128; x++) if (data[(y * side * canvas.width + x * side) * 4] > 128) found.push(y * 128 + x);
        return found;
      };
      return [lit(copy), lit(document.querySelector(".pixels canvas"))];
    })()`);
    const [saved, shown] = same as number[][];
    expect(saved.length).toBeGreaterThan(100);
    expect(saved).toEqual(shown);
    await visitor.leave();
  });

  test("by the keyboard alone one gets to everything on the page, opens each panel and uses it", async () => {
    const visitor = await visit(browser, served.url, "keyboard");
    const { page } = visitor;
    await visitor.hears(/Press OK/);
    // The focus is on the token at first: from the beginning of the page on.
    await page.locator("a.skip").focus();
    const reached: string[] = [];
    const focused = () =>
      page.evaluate(`(() => {
        const at = document.activeElement;
        if (at === document.body) return "";
        at.dataset.reached = "yes";
        return at.tagName === "SUMMARY" ? (at.parentElement.open ? "open" : "closed") : at.textContent || at.name || at.tagName;
      })()`) as Promise<string>;
    for (let name = await focused(); name !== "" && reached.length < 150; name = await focused()) {
      reached.push(name);
      if (name === "closed") await page.keyboard.press("Enter");
      if (name === "Cut the power") {
        await page.keyboard.press("Enter");
        await page.getByText("The power is cut.", { exact: true }).waitFor();
        await page.keyboard.press("Space");
        await page.getByText("The power is on.").waitFor();
      }
      await page.keyboard.press("Tab");
    }
    expect(reached.filter((name) => name === "closed").length).toBeGreaterThan(1);
    expect(reached).toContain("Cut the power");
    const missed = await page.evaluate(`[...document.querySelectorAll("a, button, input, select, summary")]
      .filter((one) => !one.disabled && one.tabIndex >= 0 && one.checkVisibility() && !one.dataset.reached)
      .map((one) => one.outerHTML)`);
    expect(missed).toEqual([]);
    // A panel that was open is closed and opened as well.
    await page.locator("summary", { hasText: "Time" }).focus();
    await page.keyboard.press("Enter");
    await page.getByLabel("Leap ahead by").waitFor({ state: "hidden" });
    await page.keyboard.press("Space");
    await page.getByLabel("Leap ahead by").waitFor();
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });

  test("a snapshot is saved to a file, and a damaged one is refused", async () => {
    const visitor = await visit(browser, served.url, "keyboard");
    const { page } = visitor;
    await visitor.press("OK");
    await visitor.hears(/Choose a new PIN/);
    await page.locator("summary", { hasText: "State" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save snapshot" }).click(),
    ]);
    const file = join(folder, "snapshot.json");
    await download.saveAs(file);
    await page.locator("#token").focus();
    await visitor.press(...PIN, "OK");
    await visitor.hears(/Repeat the new PIN/);
    const damaged = { ...JSON.parse(await readFile(file, "utf8")), sha256: "0".repeat(64) };
    const restore = page.getByLabel("Restore snapshot");
    await restore.setInputFiles({
      name: "damaged.json",
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify(damaged)),
    });
    await page.getByText("The snapshot was not restored. This file is damaged.").waitFor();
    await visitor.hears(/Repeat the new PIN/);
    await restore.setInputFiles(file);
    await page.getByText("The token is as it was then.").waitFor();
    await visitor.hears(/Choose a new PIN/);
    await visitor.leave();
  });

  test("a flash that was updated elsewhere is not loaded, and its snapshot not restored: the page says that it has one firmware", async () => {
    const visitor = await visit(browser, served.url, "keyboard");
    const { page } = visitor;
    await visitor.hears(/Press OK/);
    await page.locator("summary", { hasText: "State" }).click();
    const save = async (button: string) => {
      const saved = page.waitForEvent("download");
      await page.getByRole("button", { name: button }).click();
      return readFile(await (await saved).path());
    };
    const [flash, snapshot] = [await save("Save flash"), await save("Save snapshot")];
    const { bundle, manifest } = await readBuilt("pico-keypad");
    const newer = slotImage(bundle.replaceAll(`"${manifest.version}"`, '"9.8.7"'), 0x090807, manifest);
    const updated = Buffer.from(withImage(new Uint8Array(flash), manifest, newer));
    const story = JSON.parse(Buffer.from(JSON.parse(snapshot.toString()).data, "base64").toString());
    const pages = Array.from({ length: 64 }, (_, i) => [
      i,
      updated.subarray(i * 4096, i * 4096 + 4096).toString("base64"),
    ]);
    const data = Buffer.from(JSON.stringify({ ...story, start: { ...story.start, pages } })).toString("base64");
    const sha256 = createHash("sha256").update(`1 pico-keypad ${data}`).digest("hex");
    const restored = Buffer.from(JSON.stringify({ version: 1, board: "pico-keypad", data, sha256 }));
    const load = async (label: string, buffer: Buffer) =>
      page.getByLabel(label).setInputFiles({ name: "a.json", mimeType: "application/octet-stream", buffer });
    await load("Restore snapshot", restored);
    await page.getByText(/was not given.*A page without a server runs only the firmware.*firmware 9\.8\.7/).waitFor();
    await visitor.hears(/Press OK/);
    await page.getByRole("button", { name: "Cut the power" }).click();
    await page.getByRole("button", { name: "Tiếng Việt" }).click();
    await load("Nạp bộ nhớ flash", updated);
    await page.getByText(/Trang không có máy chủ chỉ chạy phần mềm đi kèm.*firmware 9\.8\.7/).waitFor();
    await page.getByRole("button", { name: "English" }).click();
    await load("Load flash", flash);
    await page.getByRole("button", { name: "Power on" }).click();
    await visitor.hears(/Press OK/);
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });

  test("on a web server without TLS a snapshot is saved and restored, too", async () => {
    const plain = await launchChromium(undefined, ["--host-resolver-rules=MAP demo.test 127.0.0.1"]);
    try {
      const url = served.url.replace("127.0.0.1", "demo.test");
      const visitor = await visit(plain, url, "keyboard");
      const { page } = visitor;
      expect(await page.evaluate("isSecureContext")).toBe(false);
      await visitor.press("OK");
      await visitor.hears(/Choose a new PIN/);
      await page.locator("summary", { hasText: "State" }).click();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Save snapshot" }).click(),
      ]);
      await page.locator("#token").focus();
      await visitor.press(...PIN, "OK");
      await visitor.hears(/Repeat the new PIN/);
      await page.getByLabel("Restore snapshot").setInputFiles(await download.path());
      await page.getByText("The token is as it was then.").waitFor();
      await visitor.hears(/Choose a new PIN/);
      expect(visitor.complaints).toEqual([]);
    } finally {
      await plain.close();
    }
  });

  test("frames are shown with the names of their commands and what they mean", async () => {
    const visitor = await visit(browser, served.url, "mouse");
    const { page } = visitor;
    await page.getByRole("button", { name: "Ask who it is" }).click();
    await soon(() => page.locator(".command").allTextContents()).toEqual([
      "GET DATA",
      "GET DATA",
      "RESET ACK",
      "RESET",
    ]);
    const answer = page.locator(".entry").first();
    await soon(() => answer.locator(".badge").textContent()).toBe("done (9000)");
    await answer.locator("summary").click();
    await answer.getByText("OC-DEMO-0001").waitFor();
    await answer.getByText("issued").waitFor();
    await answer.getByText("no PIN yet").waitFor();
    await visitor.leave();
  });

  test("a fault on the line is seen on the line", async () => {
    const visitor = await visit(browser, served.url, "mouse");
    const { page } = visitor;
    await page.locator("summary", { hasText: "Faults" }).click();
    await page.getByLabel("What happens").selectOption("corrupt");
    // The sixth byte is within the frame's CRC, whatever its sequence number is, and never what ends the frame.
    await page.getByLabel("One byte in").fill("6");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByText("corrupt bytes, to the token, one in 6").waitFor();
    await page.getByRole("button", { name: "Ask who it is" }).click();
    await page.getByText("bytes that are no frame").first().waitFor();
    await page.getByRole("button", { name: "Remove all" }).click();
    await page.getByText("The line is clean.").waitFor();
    expect(await page.getByRole("button", { name: "Remove all" }).isDisabled()).toBe(true);
    await visitor.leave();
  });

  test("what is done is recorded, saved, and replayed screen for screen; a recording of another token is refused", async () => {
    const visitor = await visit(browser, served.url, "keyboard");
    const { page } = visitor;
    await page.locator("summary", { hasText: "State" }).click();
    expect(await page.getByRole("button", { name: "End and save" }).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Record", exact: true }).click();
    await page.getByText("What is done from now on is recorded.").waitFor();
    await page.getByText("a recording is being made").waitFor();
    expect(await page.getByRole("button", { name: "Record", exact: true }).isDisabled()).toBe(true);
    expect(await page.getByLabel("Restore snapshot").isDisabled()).toBe(true);
    await page.locator("#token").focus();
    await visitor.press("MENU");
    await visitor.hears(/pico-keypad/);
    // The screen is drawn when the key goes down, and it comes up by the token's own time.
    const shown = await clock(page);
    await soon(() => clock(page)).toBeGreaterThan(shown + 1);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "End and save" }).click(),
    ]);
    const recording = JSON.parse(await readFile(await download.path(), "utf8"));
    await soon(() => page.getByRole("button", { name: "End and save" }).isDisabled()).toBe(true);
    expect(recording.steps.map((step: { call: string }) => step.call)).toEqual(["keyDown", "keyUp"]);
    await page.locator("#token").focus();
    await visitor.press("OFF");
    const play = (what: object) =>
      page.getByLabel("Replay a recording").setInputFiles({
        name: "recording.json",
        mimeType: "application/json",
        buffer: Buffer.from(JSON.stringify(what)),
      });
    await play({ ...recording, serial: "OC-OTHER" });
    await page.getByText("The recording does not play here. It is of the token OC-OTHER").waitFor();
    await play({ ...recording, screen: ["something", "else"] });
    await page.getByText("The first screen is another.").waitFor();
    await page.getByRole("figure", { name: "Recorded screen" }).getByText("something").waitFor();
    await page.getByRole("figure", { name: "Screen now" }).getByText("Press OK").waitFor();
    await play(recording);
    await page.getByText("Replayed: every screen was as recorded.").waitFor();
    await visitor.hears(/pico-keypad/);
    await visitor.leave();
  });

  test("a key with worn contacts, held for as long as one likes, is pressed once", async () => {
    const visitor = await visit(browser, served.url, "mouse");
    const { page } = visitor;
    await page.locator("summary", { hasText: "Faults" }).click();
    await page.getByLabel("Press a key").selectOption("MENU");
    await page.getByLabel("Hold for (ms)").fill("400");
    await page.getByLabel("Contacts bounce for (ms)").fill("2000");
    await page.getByRole("button", { name: "Press", exact: true }).click();
    await page.getByText("of bouncing at most 1,000").waitFor();
    await page.getByLabel("Contacts bounce for (ms)").fill("20");
    await page.getByRole("button", { name: "Press", exact: true }).click();
    await page.getByText("The key was pressed.").waitFor();
    await visitor.hears(/pico-keypad/);
    await visitor.leave();
  });

  test("the page asks for nothing but itself, evaluates no text, and works from the disk", async () => {
    const html = await readFile(join(folder, "index.html"), "utf8");
    expect(html).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(html).not.toMatch(/unsafe|<style|<script>|style=/);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(pathToFileURL(join(folder, "index.html")).href);
    await page.locator("#token").waitFor();
    await page.locator("#said").getByText("Press OK to start").waitFor({ state: "attached" });
    await context.close();
  });
});
