import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKeysFile, type KeysFile, KeysFileError, openKeysFile } from "./keys-file.ts";
import { makeFolder } from "./testing/laboratory.ts";

let folder: ReturnType<typeof makeFolder>;
let file: string;
beforeEach(() => {
  folder = makeFolder();
  file = join(folder.path, "keys.json");
});
afterEach(() => folder.remove());

async function openInOtherProcess(path: string): Promise<string> {
  const program = `import { openKeysFile } from ${JSON.stringify(new URL("keys-file.ts", import.meta.url).href)};
    process.stdout.write(JSON.stringify(openKeysFile(process.argv[1])));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program, path]);
  return stdout;
}

const read = (name: string) => readFileSync(join(folder.path, name), "utf8").trim();

describe("the keys file", () => {
  it("is made on the first start, with what others need beside it, all for this user's eyes alone", () => {
    const { keys, created } = openKeysFile(file);
    expect(created.map((path) => path.slice(folder.path.length + 1)).sort()).toEqual([
      "bank.key",
      "enrolment.key",
      "keys.json",
      "provisioner.key",
    ]);
    expect(readdirSync(folder.path).sort()).toEqual(["bank.key", "enrolment.key", "keys.json", "provisioner.key"]);
    for (const path of created) expect(statSync(path).mode & 0o777).toBe(0o600);
    for (const { role, sha256 } of keys.apiKeys)
      expect(
        createHash("sha256")
          .update(read(`${role}.key`))
          .digest("hex"),
      ).toBe(sha256);
    expect(read("enrolment.key")).toBe(keys.enrolmentKey);
    expect(keys.storageKey).not.toBe(keys.enrolmentKey);
    expect(readFileSync(file, "utf8")).not.toContain(read("bank.key"));
  });

  it("is the same on every later start", () => {
    const first = openKeysFile(file);
    expect(openKeysFile(file)).toEqual({ keys: first.keys, created: [] });
  });

  it("is refused when others can read or write it", () => {
    openKeysFile(file);
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(file, mode);
      expect(() => openKeysFile(file)).toThrow(/0600/);
    }
  });

  it("is refused when it is something else, without a word of what is in it", () => {
    for (const text of ["", "hunter2 hunter2", "{}", '{"storageKey":"hunter2"}', "[1]"]) {
      writeFileSync(file, text, { mode: 0o600 });
      expect(() => openKeysFile(file), text).toThrow(KeysFileError);
      expect(() => openKeysFile(file), text).not.toThrow(/hunter2/);
    }
  });

  it("does not overwrite a key that somebody was given: it says what is in the way", () => {
    writeFileSync(join(folder.path, "bank.key"), "in use elsewhere");
    expect(() => openKeysFile(file)).toThrow(/bank\.key/);
    expect(read("bank.key")).toBe("in use elsewhere");
    expect(readdirSync(folder.path)).toEqual(["bank.key"]);
  });

  it("is not there when a key that is handed out could not be written, nor is any other of them", () => {
    symlinkSync(join(folder.path, "nowhere", "bank.key"), join(folder.path, "bank.key"));
    for (let start = 0; start < 2; start++) {
      expect(() => openKeysFile(file)).toThrow(/bank\.key is there already/);
      expect(readdirSync(folder.path)).toEqual(["bank.key"]);
    }
    rmSync(join(folder.path, "bank.key"));
    expect(openKeysFile(file).created).toHaveLength(4);
  });

  it("is made by one of two processes that start at once, and the other reads it", async () => {
    const starts = [openInOtherProcess(file), openInOtherProcess(file)];
    const opened = (await Promise.all(starts)).map((text) => JSON.parse(text) as { keys: KeysFile; created: string[] });
    expect(opened.map(({ created }) => created.length).sort()).toEqual([0, 4]);
    for (const { keys } of opened) expect(keys).toEqual(opened[0].keys);
    expect(read("enrolment.key")).toBe(opened[0].keys.enrolmentKey);
  });

  it("is never made over another", () => {
    const { keys, provisionerKey, bankKey } = createKeysFile(file);
    expect([read("provisioner.key"), read("bank.key")]).toEqual([provisionerKey, bankKey]);
    expect(() => createKeysFile(file)).toThrow(/is there already/);
    expect(openKeysFile(file).keys).toEqual(keys);
  });

  it("can't be made in a folder that is not there", () => {
    expect(() => openKeysFile(join(folder.path, "nowhere", "keys.json"))).toThrow(KeysFileError);
  });
});
