import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FastEngine } from "../../emulator/fast/fast-engine.ts";
import { smallBundle, smallManifest } from "../../emulator/testing/small-bundle.ts";
import { fixtureInstallation } from "../../emulator/testing/token.ts";
import { runs } from "../../test/fuzz/runs.ts";
import { catchUpClock, keepState, openState } from "./emulator-state.ts";

const token = { bundle: smallBundle(), manifest: smallManifest, install: fixtureInstallation };
const { board } = smallManifest;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ochre-state-"));
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const passes = (ms: number) => void vi.setSystemTime(Date.now() + ms);

test("a token's clock keeps time over any number of restarts, however long each step of them takes", async () => {
  const ms = fc.integer({ min: 0, max: 90_000 });
  const run = fc.record({ beforeBoot: ms, booting: ms, running: ms, closing: ms, off: ms });
  let sessions = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 4 }), fc.constantFrom(0, 1), async (restarts, speed) => {
      const file = join(folder, `${sessions++}.json`);
      const first = await FastEngine.boot({ ...token, unixTime: 1_800_000_000 });
      await keepState(file, first)();
      const ahead = 1_800_000_000 - Date.now() / 1000;
      for (const { beforeBoot, booting, running, closing, off } of restarts) {
        passes(off);
        const kept = await openState(file, { board });
        passes(beforeBoot);
        const engine = await FastEngine.boot({ ...token, flash: kept.state!.flash, unixTime: kept.unixTime() });
        passes(booting);
        await catchUpClock(kept, engine);
        expect((await engine.clock()).unixTime - Date.now() / 1000).toBeCloseTo(ahead, 3);
        await engine.setClock({ speed });
        const end = keepState(file, engine);
        // While time stands still for the token, it does for its clock.
        if (speed === 1) passes(running);
        const ended = end();
        if (speed === 1) passes(closing);
        await ended;
        kept.release();
      }
    }),
    { numRuns: runs(20) },
  );
});

test("a clock that never was set is none after a restart either", async () => {
  const file = join(folder, "token.json");
  await keepState(file, await FastEngine.boot(token))();
  const kept = await openState(file, { board });
  passes(5000);
  expect(kept.unixTime()).toBeUndefined();
  const engine = await FastEngine.boot({ ...token, flash: kept.state!.flash, unixTime: kept.unixTime() });
  await catchUpClock(kept, engine);
  expect((await engine.clock()).lostPower).toBe(true);
  await engine.close();
  kept.release();
});
