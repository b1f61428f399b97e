/** Tests that fail: what does their author get to see? */
import { bootToken } from "ochre-token/testing";
import { expect, test } from "vitest";
import "ochre-token/testing/vitest";

test("a claim that has nothing to do with the screen", async () => {
  await using token = await bootToken({ port: false });
  expect(token.machine.time).toBe(-1);
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
