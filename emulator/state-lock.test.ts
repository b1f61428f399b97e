import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StateFileError } from "./state.ts";
import { lockState } from "./state-lock.ts";

let folder: string;
let file: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ochre-lock-"));
  file = join(folder, "token.json");
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

const program = `
  const { lockState } = await import(${JSON.stringify(new URL("./state-lock.ts", import.meta.url).href)});
  await new Promise((resolve) => process.stdin.once("data", resolve));
  try { lockState(process.argv[1]); console.log("has it"); } catch (error) { console.log(error.message); }
  setInterval(() => {}, 1000);`;

/** A process of its own, which locks the file once it is told to. */
function rival(who: { uid?: number; gid?: number } = {}) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, file], {
    ...who,
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  return {
    lock: async (): Promise<string> => {
      const line = once(createInterface(child.stdout), "line");
      child.stdin.write("now\n");
      return (await line)[0];
    },
    kill: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

test("a second emulator is told that the file is in use, until the first has ended, and be it by kill -9", async () => {
  const first = rival();
  expect(await first.lock()).toBe("has it");
  expect(() => lockState(file)).toThrow(StateFileError);
  expect(() => lockState(file)).toThrow(/token\.json is in use: another emulator/);
  await first.kill();
  const release = lockState(file);
  expect(await rival().lock()).toMatch(/in use/);
  expect(() => lockState(file)).toThrow(/in use/);
  release();
  expect(await rival().lock()).toBe("has it");
});

test("of many that come at once, one has the file; also where one was killed before", async () => {
  for (let round = 0; round < 3; round++) {
    const rivals = Array.from({ length: 6 }, () => rival());
    const answers = await Promise.all(rivals.map((each) => each.lock()));
    expect(answers.filter((answer) => answer === "has it")).toHaveLength(1);
    expect(answers.filter((answer) => /in use/.test(answer))).toHaveLength(5);
    await Promise.all(rivals.map((each) => each.kill()));
  }
});

test("two names that lead to one file are one file", () => {
  mkdirSync(join(folder, "real"));
  symlinkSync("real", join(folder, "alias"));
  const release = lockState(join(folder, "real", "token.json"));
  expect(() => lockState(join(folder, "alias", "token.json"))).toThrow(/in use/);
  release();
});

test("what else lies where the lock would be stays as it is", () => {
  const lock = `${file}.lock`;
  const precious = join(folder, "precious");
  writeFileSync(precious, "precious ".repeat(1000));
  for (const lay of [
    () => mkdirSync(lock),
    () => symlinkSync(precious, lock),
    () => execFileSync("mkfifo", [lock]),
    () => writeFileSync(lock, "precious ".repeat(1000)),
  ]) {
    lay();
    expect(() => lockState(file)).toThrow(StateFileError);
    expect(() => lockState(file)).toThrow(/in the way/);
    rmSync(lock, { recursive: true });
  }
  expect(readFileSync(precious, "utf8")).toMatch(/^precious/);
});

test("a lock that can't be written would lock nothing, and is refused", async () => {
  chmodSync(folder, 0o777);
  writeFileSync(`${file}.lock`, "", { mode: 0o444 });
  // The superuser may write everything.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  expect(await rival(nobody).lock()).toMatch(/token\.json\.lock is in the way: .*permission denied/);
});

test("only the owner can open the lock, and where nothing can be written that is the reason", () => {
  lockState(file)();
  expect(statSync(`${file}.lock`).mode & 0o777).toBe(0o600);
  expect(() => lockState("/no/such/folder/token.json")).toThrow(/can't be written/);
});
