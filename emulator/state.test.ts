import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FastEngine } from "./fast/fast-engine.ts";
import type { Machine } from "./machine/machine.ts";
import { loadState, type SavedState, StateFileError, saveState } from "./state.ts";
import { smallBundle, smallMachine, smallManifest } from "./testing/small-bundle.ts";
import { fixtureInstallation } from "./testing/token.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ochre-state-"));
  file = join(folder, "token.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const kept = (machine: Machine): SavedState => ({
  board: machine.manifest.board,
  serial: "S-1",
  flash: machine.flashDump(),
  unixTime: machine.clock.oscillatorStopped ? undefined : machine.clock.unixTime,
});
const writing = { start: "require('Storage').write('kept', 'across runs');" };

test("flash and clock come back, the clock later by what passed between", async () => {
  const machine = smallMachine(writing, { unixTime: 1_800_000_000 });
  await saveState(file, kept(machine), 1_700_000_000);
  const state = (await loadState(file, 1_700_086_400))!;
  expect(state.board).toBe("small");
  expect(state.serial).toBe("S-1");
  expect(state.unixTime).toBe(1_800_086_400);
  expect(Buffer.compare(state.flash, machine.flashDump())).toBe(0);
});

test("a clock that never was set comes back as one", async () => {
  await saveState(file, kept(smallMachine({})), 1_700_000_000);
  expect((await loadState(file, 1_700_000_000))!.unixTime).toBeUndefined();
});

test("whatever was done to a token's clock and to the computer's, what is kept of it boots", async () => {
  const options = { bundle: smallBundle(), manifest: smallManifest, install: fixtureInstallation };
  const machine = smallMachine({});
  const years = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 3 });
  const hostTimes = fc.integer({ min: 0, max: 2 ** 34 });
  const begins = fc.integer({ min: Date.UTC(2000, 0, 1) / 1000, max: Date.UTC(2200, 0, 1) / 1000 - 1 });
  await fc.assert(
    fc.asyncProperty(begins, years, hostTimes, hostTimes, async (unixTime, spans, savedAt, loadedAt) => {
      machine.clock.setTime(unixTime);
      let before = machine.clock.unixTime;
      for (const span of spans) {
        machine.advance(span * 365.25 * 86_400_000);
        before = machine.clock.unixTime;
      }
      await saveState(file, kept(machine), savedAt);
      expect((await loadState(file, savedAt))!.unixTime).toBe(before);
      const state = (await loadState(file, loadedAt))!;
      const engine = await FastEngine.boot({ ...options, unixTime: state.unixTime, flash: state.flash });
      expect((await engine.clock()).unixTime).toBe(state.unixTime);
      await engine.close();
    }),
  );
});

test("only the owner can read the file, and nothing is left beside it", async () => {
  await saveState(file, kept(smallMachine(writing)), 0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["token.json"]);
});

test("nothing is written through a link that was laid where a draft might lie, and a save that fails leaves no draft", async () => {
  const precious = join(folder, "precious");
  writeFileSync(precious, "precious");
  symlinkSync(precious, `${file}.ochre-draft`);
  symlinkSync(precious, file);
  await saveState(file, kept(smallMachine(writing)), 0);
  expect(readFileSync(precious, "utf8")).toBe("precious");
  expect(lstatSync(file).isSymbolicLink()).toBe(false);
  mkdirSync(join(folder, "taken.json"));
  const before = readdirSync(folder);
  await expect(saveState(join(folder, "taken.json"), kept(smallMachine(writing)), 0)).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(before);
});

test("what killed emulators left of a save is gone with the next one, and never is more than one draft", async () => {
  await saveState(file, kept(smallMachine(writing)), 0);
  const whole = readFileSync(file, "utf8");
  for (const length of [0, 1, whole.length - 1]) {
    writeFileSync(`${file}.ochre-draft`, whole.slice(0, length));
    expect(await loadState(file, 0)).toBeDefined();
    await saveState(file, kept(smallMachine(writing)), 0);
    expect(readdirSync(folder)).toEqual(["token.json"]);
    expect(readFileSync(file, "utf8")).toBe(whole);
  }
});

test("a state that was never saved is none; anything else in the file is an error", async () => {
  expect(await loadState(file, 0)).toBeUndefined();
  await saveState(file, kept(smallMachine(writing)), 0);
  const good = readFileSync(file, "utf8");
  for (const bad of [
    "",
    "{}",
    "null",
    good.slice(0, -1),
    good.replace('"version":1', '"version":2'),
    good.replace(/"0":"..../, '"0":"'),
    good.replace(/"0":"..../, '"0":"!!!!'),
    ...["0.5", "1e1", "", " 1", "00", "+1", "-1", "64", "0x1"].map((page) => good.replace('"0"', JSON.stringify(page))),
    good.replace(/"clockOffset":[^,]*/, '"clockOffset":1e999'),
    good.replace(/"pages":.*/, '"pages":[]}'),
    good.padEnd(2 * 1024 * 1024),
  ]) {
    writeFileSync(file, bad);
    await expect(loadState(file, 0), bad.slice(0, 80)).rejects.toThrow(StateFileError);
  }
});

test("a state whose clock is beyond all time is refused by name and field", async () => {
  await saveState(file, kept(smallMachine(writing)), 0);
  const good = readFileSync(file, "utf8");
  for (const offset of ["1e308", "-1e17"]) {
    writeFileSync(file, good.replace(/"clockOffset":[^,]*/, `"clockOffset":${offset}`));
    const refusal: unknown = await loadState(file, 0).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StateFileError);
    expect((refusal as Error).message).toMatch(/token\.json is damaged: expected clockOffset in seconds.* found -?1/);
  }
});

test.each<[string, RegExp, (at: string) => void]>([
  ["a folder", /no plain file/, (at) => mkdirSync(at)],
  ["a pipe, at whose other end is nobody", /no plain file/, (at) => execFileSync("mkfifo", [at])],
  ["a link that leads to a state", /symbolic link/, (at) => symlinkSync("other.json", at)],
  ["a link that leads nowhere", /symbolic link/, (at) => symlinkSync("nowhere", at)],
])("%s is refused by name, at once, and stays", async (_, message, lay) => {
  await saveState(join(folder, "other.json"), kept(smallMachine(writing)), 0);
  lay(file);
  const before = lstatSync(file);
  await expect(loadState(file, 0)).rejects.toThrow(StateFileError);
  await expect(loadState(file, 0)).rejects.toThrow(message);
  expect(lstatSync(file).mode).toBe(before.mode);
});
