/** Tests of `node:test` that fail: what does their author get to see? */
import { equal } from "node:assert/strict";
import { before, test } from "node:test";
import { assertShows, bootToken, fixtureInstallation } from "ochre-token/testing";
import "ochre-token/testing/node";

before(async () => {
  await bootToken({ port: false, install: { ...fixtureInstallation, serial: "OF-A-HOOK" } });
});

test("a claim that has nothing to do with the screen", async () => {
  await using token = await bootToken({ port: false });
  equal(token.machine.time, -1);
});

test("a claim that shows the screen itself", async () => {
  await using token = await bootToken({ port: false });
  assertShows(token, "Hello");
});

test("one that holds", () => {});
