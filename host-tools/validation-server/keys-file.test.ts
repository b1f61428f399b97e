import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKeysFile, KeysFileError, openKeysFile } from "./keys-file.ts";
import { makeFolder } from "./testing/laboratory.ts";

let folder: ReturnType<typeof makeFolder>;
let file: string;
beforeEach(() => {
  folder = makeFolder();
  file = join(folder.path, "keys.json");
});
afterEach(() => folder.remove());

const read = (name: string) => readFileSync(join(folder.path, name), "utf8").trim();

describe("the keys file", () => {
  it("is made on the first start, with what others need beside it, all for this user's eyes alone", () => {
    const { keys, created } = openKeysFile(file);
    expect(created.map((path) => path.slice(folder.path.length + 1))).toEqual([
      "keys.json",
      "provisioner.key",
      "bank.key",
      "enrolment.key",
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
