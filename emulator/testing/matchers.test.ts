import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import "./vitest.ts";
import { assertScreen, assertShows } from "./assertions.ts";
import { type Capture, codeOf } from "./capture.ts";
import { updateByEnvironment } from "./golden-file.ts";
import { screenMatchers } from "./matchers.ts";
import { bootToken } from "./token.ts";

const screen = (...texts: string[]): Capture => ({
  on: true,
  width: 128,
  height: 64,
  pixels: new Uint8Array(1024),
  lines: [0, 1, 2, 3].map((i) => ({ text: texts[i] ?? "", inverted: i === 1 })),
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ochre-screens-"));
  vi.stubEnv("OCHRE_SCREENS_REPORT", join(folder, "report"));
  vi.stubEnv("OCHRE_UPDATE_SCREENS", "");
  vi.stubEnv("CI", "");
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe("texts and codes", () => {
  test("a token's screen shows what its customer reads", async () => {
    await using token = await bootToken({ port: false });
    expect(token).toShow("FIXTURE-00000001");
    expect(token).toShow(/^ *OCHRE$/m);
    expect(token).not.toShow("Error");
    expect(token).not.toShowCode();
  });

  test("the chosen line is marked", () => {
    expect(screen("Choose", "2 Sign")).toShow("> 2 Sign");
  });

  test("a code is 6 to 10 digits, in groups or not", () => {
    for (const text of ["123456", "123 456", "12345 67890"]) expect(screen(text)).toShowCode();
    for (const text of ["12345", "12345678901", "3456 2011a", ""]) expect(screen(text)).not.toShowCode();
    expect(screen("1234 5678")).toShowCode({ digits: 8 });
    expect(screen("1234 5678")).not.toShowCode({ digits: 6 });
    expect(screen("1234 5678")).toShowCode("12345678");
    expect(screen("1234 5678")).not.toShowCode("12345679");
    expect(codeOf(screen("Time code", "1234 5678"))).toBe("12345678");
  });

  test("what fails shows the screen", async () => {
    await using token = await bootToken({ port: false });
    for (const claim of [
      () => expect(token).toShow("Welcome"),
      () => expect(token).not.toShow("OCHRE"),
      () => expect(token).toShowCode(),
      () => codeOf(token),
      () => assertShows(token, "Welcome"),
    ])
      expect(claim).toThrow(/┌─+┐[\s\S]*└─+┘[\s\S]*" {3}FIXTURE-00000001"/);
  });

  test("a dark display is told", () => {
    expect(() => expect({ ...screen(), on: false }).toShow("x")).toThrow("the display is off");
  });

  test("what is no token is refused", () => {
    expect(() => expect("a text").toShow("text")).toThrow(TypeError);
  });
});

describe("goldens", () => {
  const lighted = () => {
    const shown = screen("OCHRE");
    shown.pixels[5] = 0x0f;
    return shown;
  };
  const golden = (name: string) => join(folder, "__screens__", `${name}.txt`);
  const report = () => join(folder, "report", "index.html");
  const match = (capture: Capture, name: string, context: object = {}) => {
    const { pass, message } = screenMatchers.toMatchScreen.call(
      { testPath: join(folder, "a.test.ts"), currentTestName: "a test", ...context },
      capture,
      name,
    );
    return { pass, message: message() };
  };

  test("a missing one is written, and then compared with", () => {
    expect(match(screen("OCHRE"), "en/home").pass).toBe(true);
    expect(readFileSync(golden("en/home"), "utf8")).toContain("OCHRE");
    expect(match(screen("OCHRE"), "en/home").pass).toBe(true);
    expect(match(lighted(), "en/home").pass).toBe(false);
  });

  test("under CI a missing one fails, says why, and is not written", () => {
    vi.stubEnv("CI", "true");
    expect(match(screen("OCHRE"), "home")).toMatchObject({ pass: false, message: /There is no golden/ });
    expect(match(screen("OCHRE"), "home").message).toContain("none is written where CI is set");
    expect(existsSync(golden("home"))).toBe(false);
    expect(existsSync(report())).toBe(true);
  });

  test("a difference is counted, drawn where it is, and reported, and stays until the golden is right again", () => {
    match(screen("OCHRE"), "home");
    match(screen("OCHRE"), "about");
    const { message } = match(lighted(), "home");
    expect(message).toContain("4 pixels differ from");
    expect(message).toContain("home.txt, within { x: 5, y: 0, width: 1, height: 4 }.");
    expect(message).toContain("┌");
    match(lighted(), "about");
    const page = readFileSync(report(), "utf8");
    for (const text of ["2 screens differ", "Before", "After", "Difference", "a test", "4 lit up"])
      expect(page).toContain(text);
    expect(page.split("<rect ").length - 1).toBe(2); // in each difference a frame around it, and nowhere else
    expect(page).toContain('<rect x="3.5" y="-1.5" width="4" height="7"/>');
    expect(page).not.toMatch(/<script|src=|https?:/);
    match(screen("OCHRE"), "home");
    expect(readFileSync(report(), "utf8")).toContain("1 screen differs");
    match(screen("OCHRE"), "about");
    expect(existsSync(join(folder, "report"))).toBe(false);
  });

  test("a golden that one test finds right stays reported by the other that does not", () => {
    const other = { currentTestName: "another test" };
    const elsewhere = { testPath: join(folder, "b.test.ts") };
    match(screen("OCHRE"), "home");
    match(lighted(), "home");
    match(screen("OCHRE"), "home", other);
    match(screen("OCHRE"), "home", elsewhere);
    expect(readFileSync(report(), "utf8")).toContain("1 screen differs");
    match(lighted(), "home", other);
    expect(readFileSync(report(), "utf8")).toContain("2 screens differ");
    match(screen("OCHRE"), "home");
    expect(readFileSync(report(), "utf8")).toContain("another test");
    match(screen("OCHRE"), "home", other);
    expect(existsSync(report())).toBe(false);
  });

  test("in plain Node, where tests have no names, too; and the next run that finds it right takes it away", () => {
    const here = pathToFileURL(join(folder, "a.test.js")).href;
    const there = pathToFileURL(join(folder, "b.test.js")).href;
    assertScreen(screen("OCHRE"), "home", here);
    expect(() => assertScreen(lighted(), "home", here)).toThrow(report().slice(-20));
    assertScreen(screen("OCHRE"), "home", here);
    assertScreen(screen("OCHRE"), "home", there);
    expect(existsSync(report())).toBe(true);
    vi.spyOn(process, "ppid", "get").mockReturnValue(1);
    assertScreen(screen("OCHRE"), "home", there);
    expect(existsSync(report())).toBe(false);
  });

  test("a golden that is gone is no longer reported", () => {
    match(screen("OCHRE"), "old name");
    match(lighted(), "old name");
    rmSync(golden("old name"));
    match(screen("OCHRE"), "home");
    match(lighted(), "home");
    expect(readFileSync(report(), "utf8")).toContain("1 screen differs");
  });

  test.each([
    ["-u", {}, { snapshotState: { snapshotUpdateState: "all" } }],
    ["OCHRE_UPDATE_SCREENS=1", { OCHRE_UPDATE_SCREENS: "1" }, {}],
  ])("%s makes what is shown the golden, under CI too", (_, environment, context) => {
    match(screen("OCHRE"), "home");
    match(lighted(), "home");
    for (const [name, value] of Object.entries({ ...environment, CI: "true" })) vi.stubEnv(name, value);
    expect(match(lighted(), "home", context).pass).toBe(true);
    expect(match(lighted(), "home").pass).toBe(true);
    expect(existsSync(report())).toBe(false);
  });

  test("a claim that the screen differs neither writes nor reports", () => {
    expect(match(screen(), "home", { isNot: true }).pass).toBe(false);
    expect(existsSync(join(folder, "__screens__"))).toBe(false);
    expect(existsSync(join(folder, "report"))).toBe(false);
  });

  test("line ends of another system are no difference, and a damaged golden is none", () => {
    match(screen("OCHRE"), "home");
    writeFileSync(golden("home"), readFileSync(golden("home"), "utf8").replaceAll("\n", "\r\n"));
    expect(match(screen("OCHRE"), "home").pass).toBe(true);
    writeFileSync(golden("home"), "<html>");
    expect(match(screen("OCHRE"), "home")).toMatchObject({ pass: false, message: /holds no golden/ });
  });

  test("a name leads nowhere but below __screens__", () => {
    for (const name of ["", "..", "../home", "/home", "a//b", "a/../b", "a\\b"])
      expect(() => match(screen(), name)).toThrow(RangeError);
  });

  test("plain Node has the same goldens", () => {
    const here = pathToFileURL(join(folder, "a.test.js")).href;
    assertScreen(screen("OCHRE"), "home", here);
    assertScreen(screen("OCHRE"), "home", here);
    expect(() => assertScreen(lighted(), "home", here)).toThrow("4 pixels differ");
  });

  test("CI forbids new goldens, whatever its value, if it has one", () => {
    expect(updateByEnvironment({})).toBe("new");
    for (const CI of ["", "0", "false"]) expect(updateByEnvironment({ CI })).toBe("new");
    for (const CI of ["1", "true", "woodpecker"]) expect(updateByEnvironment({ CI })).toBe("none");
  });
});
