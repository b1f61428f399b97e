import { expect, test, vi } from "vitest";
import { readBuilt } from "../built.ts";
import { FastEngine } from "../fast/fast-engine.ts";
import { TestScreens } from "./test-screens.ts";
import { bootToken, fixtureInstallation } from "./token.ts";

const boot = (serial: string) => bootToken({ port: false, install: { ...fixtureInstallation, serial } });

/** The serial numbers on the screens that are shown when the test ends, failed with these messages. */
function shownAtTheEnd(screens: TestScreens, ...messages: string[]): string[] {
  const error = vi.spyOn(console, "error").mockReturnValue();
  screens.testEnds(messages);
  const said = error.mock.calls.flat().join("\n");
  error.mockRestore();
  // Each is told by name, and shows it itself.
  const told = [...said.matchAll(/The screen when the test failed \((OC-\w+)(, engine fast)?\):\n┌─+┐/g)].map(
    ([, name]) => name,
  );
  const shown = said.replaceAll(/failed \(.*\)/g, "").match(/OC-\w+/g) ?? [];
  expect(told).toEqual(shown);
  return told;
}

test("a failing test shows its own tokens, closed or not, and those from before it that are not closed", async () => {
  const screens = new TestScreens();
  const closed = await boot("OC-CLOSED");
  const before = await boot("OC-BEFORE");
  await closed.close();
  screens.testBegins();
  {
    await using own = await boot("OC-OWN");
    own.press("OK");
  }
  expect(shownAtTheEnd(screens, "1 is not 2")).toEqual(["OC-OWN", "OC-BEFORE"]);
  screens.testBegins();
  await before.close();
  expect(shownAtTheEnd(screens, "again")).toEqual(["OC-BEFORE"]);
  screens.testBegins();
  expect(shownAtTheEnd(screens, "and again")).toEqual([]);
});

test("an engine is a token, too; closed, it shows its last screen", async () => {
  const screens = new TestScreens();
  screens.testBegins();
  const install = { ...fixtureInstallation, serial: "OC-ENGINE" };
  const engine = await FastEngine.boot({ ...(await readBuilt("pico-keypad")), install });
  await engine.close();
  await engine.close();
  expect(shownAtTheEnd(screens, "1 is not 2")).toEqual(["OC-ENGINE"]);
});

test("of many tokens it shows the latest; where all is well, or a picture was shown already, it shows none", async () => {
  const screens = new TestScreens();
  const all = [];
  for (let i = 1; i <= 6; i++) all.push(await boot(`OC-${i}`));
  screens.testBegins();
  expect(shownAtTheEnd(screens)).toEqual([]);
  screens.testBegins();
  expect(shownAtTheEnd(screens, "It shows:\n┌──┐")).toEqual([]);
  screens.testBegins();
  expect(shownAtTheEnd(screens, "1 is not 2")).toEqual(["OC-6", "OC-5", "OC-4", "OC-3"]);
  for (const token of all) await token.close();
});

test("tests that run at the same time keep each other's tokens until the last of them ends", async () => {
  const screens = new TestScreens();
  screens.testBegins();
  screens.testBegins();
  await using _ = await boot("OC-ONE");
  expect(shownAtTheEnd(screens)).toEqual([]);
  expect(shownAtTheEnd(screens, "1 is not 2")).toEqual(["OC-ONE"]);
});
