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
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Machine } from "./machine/machine.ts";
import { loadState, type SavedState, StateFileError, saveState } from "./state.ts";
import { smallMachine } from "./testing/small-bundle.ts";

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

test("only the owner can read the file, and nothing is left beside it", async () => {
  await saveState(file, kept(smallMachine(writing)), 0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["token.json"]);
});

test("nothing is written through a link that was laid where a draft might lie, and a save that fails leaves no draft", async () => {
  const precious = join(folder, "precious");
  writeFileSync(precious, "precious");
  symlinkSync(precious, `${file}.${process.pid}.tmp`);
  symlinkSync(precious, `${file}.tmp`);
  symlinkSync(precious, file);
  await saveState(file, kept(smallMachine(writing)), 0);
  expect(readFileSync(precious, "utf8")).toBe("precious");
  expect(lstatSync(file).isSymbolicLink()).toBe(false);
  mkdirSync(join(folder, "taken.json"));
  const before = readdirSync(folder);
  await expect(saveState(join(folder, "taken.json"), kept(smallMachine(writing)), 0)).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(before);
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
  ]) {
    writeFileSync(file, bad);
    await expect(loadState(file, 0), bad.slice(0, 80)).rejects.toThrow(StateFileError);
  }
  await expect(loadState(folder, 0)).rejects.toThrow(StateFileError);
});
