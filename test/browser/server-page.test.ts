/** The page as a running emulator gives it: the token is in another process's hands, and the page is one of those who hold it. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectRemoteEngine } from "../../emulator/api/remote-engine.ts";
import { type ApiServer, startApi } from "../../emulator/api/server.ts";
import { readBuilt } from "../../emulator/built.ts";
import type { Capabilities } from "../../emulator/engine.ts";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { RecordingEngine } from "../../emulator/recording.ts";
import { buildPage } from "../../emulator/web/build.ts";
import { LABORATORY_KEY_VERSION, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { hasChromium, launchChromium } from "./browser.ts";
import { heard, listen } from "./ear.ts";
import { seen, watch } from "./eye.ts";
import { soon } from "./soon.ts";
import { type Visitor, visit } from "./visitor.ts";

const SERIAL = "OC-BROWSER-1";

// Reason to skip: a machine without Debian's chromium; under CI its absence is a failure.
describe.skipIf(!hasChromium())("the page of a running emulator", () => {
  let folder: string;
  let browser: Browser;
  let engine: FastEngine;
  let api: ApiServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "ochre-server-page-"));
    await buildPage("on-server", folder);
    browser = await launchChromium();
  });

  beforeEach(async () => {
    engine = await FastEngine.boot({
      ...(await readBuilt("pico-keypad")),
      install: { ...laboratoryTransportKeys(SERIAL), serial: SERIAL, keyVersion: LABORATORY_KEY_VERSION },
      unixTime: Date.now() / 1000,
      speed: 1,
    });
    api = await startApi(new RecordingEngine(engine), 0, { folder });
  });

  afterEach(async () => {
    await api.close();
    await engine.close();
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("shows the emulator's token, and what others do to it", async () => {
    const visitor = await visit(browser, `${api.url}/`, "mouse");
    const { page } = visitor;
    await visitor.hears(new RegExp(SERIAL));
    await engine.powerOff();
    await page.getByText("The token has no power.").waitFor();
    await visitor.hears(/^The display is dark\.$/);
    await page.getByRole("button", { name: "Restore the power" }).click();
    await visitor.hears(new RegExp(SERIAL));
    await soon(async () => (await engine.power()).on).toBe(true);
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });

  test("shows what others set, and leaves alone what its visitor is typing", async () => {
    const visitor = await visit(browser, `${api.url}/`, "keyboard");
    const { page } = visitor;
    const battery = page.getByLabel("Battery in volts");
    await engine.setBattery(3.3);
    await engine.setClock({ driftPpm: -12, temperatures: [5, 30] });
    await engine.cutAtFlashOperation(7);
    await soon(() => battery.inputValue()).toBe("3.3");
    await soon(() => page.getByLabel("Clock drift").inputValue()).toBe("-12");
    await soon(() => page.getByLabel("Temperatures over a day").inputValue()).toBe("5 30");
    await page.getByText(/Power will be lost at flash operation \d+/).waitFor();
    await engine.setSerialFaults([{ direction: "to-host", kind: "drop", every: 5 }]);
    await page.getByText("The line is clean.").waitFor({ state: "detached" });
    await engine.setSerialFaults([]);
    await page.getByText("The line is clean.").waitFor({ state: "attached" });
    await battery.fill("2");
    await engine.setBattery(4);
    await page.getByRole("button", { name: "Disarm" }).waitFor();
    await engine.cutAtFlashOperation(0);
    await page.getByRole("button", { name: "Disarm" }).waitFor({ state: "detached" });
    expect(await battery.inputValue()).toBe("2");
    await battery.press("Enter");
    await soon(async () => (await engine.power()).batteryVolts).toBe(2);
    // What was refused is left alone, too, although nobody is at it any more: until something was done.
    await battery.fill("99");
    await battery.press("Enter");
    await page.getByText("Volts were expected").waitFor();
    await page.getByLabel("Clock drift").focus();
    await engine.setBattery(4);
    await engine.cutAtFlashOperation(7);
    await page.getByRole("button", { name: "Disarm" }).waitFor();
    expect(await battery.inputValue()).toBe("99");
    await page.getByText("Volts were expected").waitFor();
    // It and why it was refused go in one picture: what the field holds at the very change that takes the reason away.
    const heldThen = battery.evaluate(
      (field: HTMLInputElement) =>
        new Promise<string>((resolve) => {
          const reason = document.getElementById(field.getAttribute("aria-describedby") as string) as HTMLElement;
          new MutationObserver(() => reason.textContent === "" && resolve(field.value)).observe(reason, {
            childList: true,
            subtree: true,
          });
        }),
    );
    await page.getByLabel("Temperatures over a day").fill("-5 10; 35");
    await page.getByLabel("Temperatures over a day").press("Enter");
    await soon(async () => (await engine.clock()).temperatures).toEqual([-5, 10, 35]);
    expect(await heldThen).toBe("4");
    await page.getByText("Volts were expected").waitFor({ state: "detached" });
    await visitor.leave();
  });

  test("shows the token that somebody else put back, also where its picture has the number of the one before", async () => {
    await engine.setClock({ speed: 0 });
    const begun = await engine.snapshot();
    await engine.press(["MENU", "OK"]);
    const settings = await engine.snapshot();
    const { frame } = await engine.screen();
    await engine.restore(begun);
    await engine.press(["MENU", "CLEAR"]);
    expect((await engine.screen()).frame).toBe(frame);
    const visitor = await visit(browser, `${api.url}/`, "mouse");
    const { page } = visitor;
    await visitor.hears(new RegExp(SERIAL));
    await engine.restore(settings);
    await visitor.hears(/^Settings/);
    // By the page itself, too.
    await engine.restore(begun);
    await engine.press(["MENU", "CLEAR"]);
    await visitor.hears(new RegExp(SERIAL));
    await page.locator("summary", { hasText: "State" }).click();
    await page.getByLabel("Restore snapshot").setInputFiles({
      name: "snapshot.json",
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify(settings)),
    });
    await visitor.hears(/^Settings/);
    await visitor.leave();
  });

  test("tells how a token from the factory is personalised, and says when the emulator is gone, until it is back", async () => {
    const visitor = await visit(browser, `${api.url}/`, "keyboard");
    const { page } = visitor;
    await page.getByText("npx ochre provision --lab").waitFor();
    const { port } = new URL(api.url);
    await api.close();
    await page.getByRole("status").getByText("The emulator does not answer.").waitFor();
    api = await startApi(new RecordingEngine(engine), Number(port), { folder });
    await page.getByText("The emulator does not answer.").waitFor({ state: "detached" });
    await page.locator("#token").focus();
    await visitor.press("MENU");
    await visitor.hears(/pico-keypad/);
    await soon(() => page.locator(".remark").count()).toBe(0);
    await visitor.leave();
  });

  test("a recording that somebody else has begun is ended and saved here", async () => {
    const visitor = await visit(browser, `${api.url}/`, "mouse");
    const { page } = visitor;
    await page.locator("summary", { hasText: "State" }).click();
    const end = page.getByRole("button", { name: "End and save" });
    expect(await end.isDisabled()).toBe(true);
    const other = await connectRemoteEngine(api.url);
    await other.startRecording();
    expect(await other.isRecording()).toBe(true);
    await other.press(["MENU"]);
    const [download] = await Promise.all([page.waitForEvent("download"), end.click()]);
    const { steps } = JSON.parse(await readFile(await download.path(), "utf8"));
    expect(steps.map((step: { call: string }) => step.call)).toEqual(["press"]);
    expect(await other.isRecording()).toBe(false);
    await soon(() => end.isDisabled()).toBe(true);
    await other.close();
    await visitor.leave();
  });

  test("its buzzer is heard and seen, and where it is muted, also on the next visit, it is seen", async () => {
    const visitor = await visit(browser, `${api.url}/`, "mouse");
    const { page } = visitor;
    await listen(page);
    await watch(page, ".sound-sign");
    const sounds = page.getByRole("switch", { name: "Sound" });
    const sign = page.locator(".sound-sign.sounding");
    await visitor.press("MENU", "OK", "3");
    await visitor.hears(/Large digits: on/);
    await visitor.press("DOWN");
    await soon(() => seen(page)).toContain("buzzer, 2000 Hz");
    await soon(async () => (await heard(page)).map((hertz) => Math.round(hertz / 100))).toContain(20);
    await sign.waitFor({ state: "detached" });
    expect(await sounds.getAttribute("aria-checked")).toBe("true");
    await sounds.focus();
    await page.keyboard.press("Space");
    await soon(() => sounds.getAttribute("aria-checked")).toBe("false");
    // What sounded before it was muted has been heard by then.
    await soon(() => heard(page)).toEqual([]);
    await seen(page);
    await visitor.press("DOWN");
    await soon(() => seen(page)).toContain("buzzer, 2000 Hz");
    await sign.waitFor({ state: "detached" });
    expect(await heard(page)).toEqual([]);
    expect(await visitor.violations()).toEqual([]);
    await page.reload();
    await soon(() => sounds.getAttribute("aria-checked")).toBe("false");
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });

  test("offers what its engine can do, capability by capability", async () => {
    const mended: Partial<Capabilities> = {};
    const all = engine.capabilities;
    Object.defineProperty(engine, "capabilities", { get: () => ({ ...all, ...mended }) });
    const offered = async (visitor: Visitor) => {
      const { page } = visitor;
      const count = async (label: string) => (await page.getByLabel(label).count()) > 0;
      return {
        advance: await count("Leap ahead by"),
        speed: await count("How time passes"),
        drift: (await count("Clock drift, ppm")) && (await count("Temperatures over a day")),
        replay: await count("Replay a recording"),
        snapshot: await count("Restore snapshot"),
        flashFaults: (await count("Cut at flash write")) && (await count("Flip flash bits")),
        serialFaults: await count("One byte in"),
        sound: (await page.getByRole("switch", { name: "Sound" }).count()) > 0,
        years: (await page.locator("option", { hasText: "years" }).count()) > 0,
        record: (await page.getByText("End and save").count()) > 0,
        ownTime: (await page.getByText("On this engine time passes by itself").count()) > 0,
      };
    };
    const everything = { ...(({ timeTravel: _, ...rest }) => rest)(all), years: true, record: true, ownTime: false };
    for (const [missing, gone] of [
      [{}, {}],
      [{ timeTravel: false }, { years: false }],
      [
        { timeTravel: false, advance: false, drift: false, snapshot: false },
        { advance: false, drift: false, snapshot: false, years: false, ownTime: true },
      ],
      [
        { speed: false, replay: false, flashFaults: false, serialFaults: false, sound: false },
        { speed: false, replay: false, flashFaults: false, serialFaults: false, sound: false },
      ],
    ]) {
      for (const name of Object.keys(mended)) delete mended[name as keyof Capabilities];
      Object.assign(mended, missing);
      const visitor = await visit(browser, `${api.url}/`, "mouse");
      expect(await offered(visitor), JSON.stringify(missing)).toEqual({ ...everything, ...gone });
      await visitor.leave();
    }
  });

  test("keys, time and the line are the emulator's", async () => {
    const visitor = await visit(browser, `${api.url}/`, "mouse");
    const { page } = visitor;
    const pressed: string[] = [];
    const { keyDown, keyUp } = engine;
    engine.keyDown = async (key) => {
      pressed.push(`${key} down`);
      await keyDown.call(engine, key);
    };
    engine.keyUp = async (key) => {
      pressed.push(`${key} up`);
      await keyUp.call(engine, key);
    };
    await visitor.press("7", "OK");
    await soon(() => pressed).toEqual(["7 down", "7 up", "OK down", "OK up"]);
    await page.getByLabel("How time passes").selectOption("0");
    await soon(async () => (await engine.clock()).speed).toBe(0);
    const before = (await engine.clock()).timeMs;
    await page.getByLabel("Unit").selectOption({ label: "years" });
    await page.getByLabel("Leap ahead by").fill("1");
    await page.getByRole("button", { name: "Advance" }).click();
    // To the second: the finger of the last key may still have rested when the time was stopped.
    await soon(async () => Math.round(((await engine.clock()).timeMs - before) / 1000)).toBe(365.25 * 86_400);
    await page.getByRole("button", { name: "Ask who it is" }).click();
    await soon(() => page.locator(".command").allTextContents()).toEqual([
      "GET DATA",
      "GET DATA",
      "RESET ACK",
      "RESET",
    ]);
    await page.getByLabel("Battery in volts").fill("-3");
    await page.getByLabel("Battery in volts").press("Enter");
    await page.getByText("Volts were expected, from 0 to 5.5.").waitFor();
    expect(await visitor.violations()).toEqual([]);
    await visitor.leave();
  });
});
