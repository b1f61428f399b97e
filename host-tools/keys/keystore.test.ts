import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKeystore, KeystoreError, readKeystore, rotateIssuerKey, wipeKeystore } from "./keystore.ts";
import { LABORATORY_BATCH_KEY } from "./laboratory.ts";

let folder = "";
let file = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ochre-keystore-"));
  file = join(folder, "new", "keystore.json");
});
afterEach(() => rm(folder, { recursive: true }));

describe("a laboratory keystore", () => {
  it("is made with mode 0600 and read back, with keys that no other has", async () => {
    await createKeystore(file);
    const other = join(folder, "other.json");
    await createKeystore(other);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const [a, b] = [await readKeystore(file), await readKeystore(other)];
    expect(a?.issuerMasterKey.key.length).toBe(16);
    expect(a?.issuerMasterKey.key).not.toEqual(b?.issuerMasterKey.key);
    expect(a?.enrolmentKey.length).toBe(32);
    expect(a?.enrolmentKey).not.toEqual(b?.enrolmentKey);
    expect(a?.batchKeys).toEqual([{ version: 1, key: LABORATORY_BATCH_KEY }]);
  });

  it("takes the enrolment key of a server", async () => {
    const key = new Uint8Array(32).fill(7);
    await createKeystore(file, key);
    expect((await readKeystore(file))?.enrolmentKey).toEqual(key);
    await expect(createKeystore(join(folder, "short.json"), new Uint8Array(16))).rejects.toThrow(KeystoreError);
  });

  it("is never overwritten, and nothing is left beside it", async () => {
    await createKeystore(file);
    const before = await readFile(file, "utf8");
    await expect(createKeystore(file)).rejects.toThrow(KeystoreError);
    expect(await readFile(file, "utf8")).toBe(before);
    expect(await readdir(join(folder, "new"))).toEqual(["keystore.json"]);
  });

  it("that others may read or write is refused", async () => {
    await createKeystore(file);
    for (const mode of [0o640, 0o604, 0o620, 0o602, 0o644]) {
      await chmod(file, mode);
      await expect(readKeystore(file), mode.toString(8)).rejects.toThrow(/chmod 600/);
    }
  });

  it("that does not exist is none", async () => {
    expect(await readKeystore(file)).toBeUndefined();
  });

  it("that is damaged is refused, in words that tell nothing of its content", async () => {
    await createKeystore(file);
    const good = JSON.parse(await readFile(file, "utf8"));
    const damaged = [
      "{",
      "null",
      "[]",
      JSON.stringify({ ...good, format: "other" }),
      JSON.stringify({ ...good, issuerId: "00" }),
      JSON.stringify({ ...good, issuerMasterKey: { version: 48, key: `${good.issuerMasterKey.key}00` } }),
      JSON.stringify({ ...good, issuerMasterKey: { ...good.issuerMasterKey, version: 200 } }),
      JSON.stringify({ ...good, issuerMasterKey: { ...good.issuerMasterKey, version: 1 } }), // the batch key's
      JSON.stringify({ ...good, batchKeys: [{ version: 2, key: "zz" }] }),
      JSON.stringify({ ...good, enrolmentKey: undefined }),
    ];
    for (const text of damaged) {
      await writeFile(file, text);
      const error = await readKeystore(file).catch((e) => e);
      expect(error, text).toBeInstanceOf(KeystoreError);
      expect(error.message).not.toContain(good.enrolmentKey);
      expect(error.message).not.toContain(good.issuerMasterKey.key);
    }
  });

  it("that is rotated has a new issuer key of the next version, and all that it had before", async () => {
    await createKeystore(file);
    const before = (await readKeystore(file))!;
    expect(await rotateIssuerKey(file)).toEqual([0x31, 0x30]);
    expect(await rotateIssuerKey(file)).toEqual([0x32, 0x31, 0x30]);
    const after = (await readKeystore(file))!;
    expect(after.formerIssuerKeys?.[1]).toEqual(before.issuerMasterKey);
    expect([after.issuerId, after.batchKeys, after.enrolmentKey]).toEqual([
      before.issuerId,
      before.batchKeys,
      before.enrolmentKey,
    ]);
    const keys = [after.issuerMasterKey, ...after.formerIssuerKeys!].map(({ key }) => Buffer.from(key).toString("hex"));
    expect(new Set(keys).size).toBe(3);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, "new"))).toEqual(["keystore.json"]);
    wipeKeystore(after);
    expect(after.formerIssuerKeys!.every(({ key }) => key.every((byte) => byte === 0))).toBe(true);
  });

  it("gives each of many rotations at once a version of its own, or refuses it, and loses no key", async () => {
    await createKeystore(file);
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => rotateIssuerKey(file)));
    const done = outcomes.filter(({ status }) => status === "fulfilled").length;
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(KeystoreError);
    expect(done).toBeGreaterThan(0);
    const { issuerMasterKey, formerIssuerKeys } = (await readKeystore(file))!;
    expect(issuerMasterKey.version).toBe(0x30 + done);
    expect(formerIssuerKeys).toHaveLength(done);
  });

  it("is not rotated where there is none, where it is damaged, or where its versions have been used", async () => {
    await expect(rotateIssuerKey(file)).rejects.toThrow(/There is no keystore/);
    await createKeystore(file);
    await expect(rotateIssuerKey(join(folder, "new", "other.json"))).rejects.toThrow(/There is no keystore/);
    const good = JSON.parse(await readFile(file, "utf8"));
    const last = JSON.stringify({ ...good, issuerMasterKey: { ...good.issuerMasterKey, version: 127 } });
    for (const text of ["{", last]) {
      await writeFile(file, text);
      await expect(rotateIssuerKey(file)).rejects.toThrow(KeystoreError);
      expect(await readFile(file, "utf8")).toBe(text);
    }
    expect(await readdir(join(folder, "new"))).toEqual(["keystore.json"]);
  });

  it("leaves no key in memory once it is wiped", async () => {
    await createKeystore(file);
    const keystore = (await readKeystore(file))!;
    wipeKeystore(keystore);
    for (const key of [keystore.issuerMasterKey.key, keystore.batchKeys[0].key, keystore.enrolmentKey])
      expect(key.every((byte) => byte === 0)).toBe(true);
  });
});
