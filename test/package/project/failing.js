/** Tests that fail: what does their author get to see? */
import { FastEngine, readBuilt } from "ochre-token/emulator";
import { bootToken, fixtureInstallation } from "ochre-token/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "ochre-token/testing/vitest";

test("a claim that has nothing to do with the screen", async () => {
  await using token = await bootToken({ port: false });
  expect(token.machine.time).toBe(-1);
});

describe("a token that a hook has booted", () => {
  let token;
  beforeAll(async () => {
    token = await bootToken({ port: false, install: { ...fixtureInstallation, serial: "OF-A-HOOK" } });
  });
  afterAll(() => token.close());

  test("passes, and is still there", () => expect(token.machine.powered).toBe(true));
  test("fails", () => expect(token.machine.powered).toBe(false));
});

test("a claim about an engine", async () => {
  const install = { ...fixtureInstallation, serial: "OF-AN-ENGINE" };
  const engine = await FastEngine.boot({ ...(await readBuilt("pico-keypad")), install });
  await engine.close();
  expect(engine.serial).toBe("another");
});

test("a screen that is not its golden", async () => {
  await using token = await bootToken({ port: false });
  token.press("MENU");
  expect(token).toMatchScreen("home");
});

test("a screen that has no golden", async () => {
  await using token = await bootToken({ port: false });
  expect(token).toMatchScreen("nobody looked at this");
});
