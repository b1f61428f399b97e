import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runs } from "../../test/fuzz/runs.ts";
import { type Enrolment, EnrolmentFormatError, parseEnrolment } from "./enrolment.ts";
import { confirmPending, dropPending, keepPending, pendingOf, readPending } from "./pending-enrolments.ts";

let root = "";
let folder = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ochre-pending-"));
  folder = join(root, "enrolments");
});
afterEach(() => rm(root, { recursive: true }));

const enrolment = (serial: string): Enrolment => ({
  serial,
  board: "pico-keypad",
  model: 1,
  assurance: "O",
  firmware: "0.1.0",
  keyVersion: 0x30,
  credentials: [{ slot: 0, kind: "time-code", suite: "TOTP-SHA256-8-30", label: "Time code", sealedSeed: "AAAA" }],
});
const keep = (serial: string) => keepPending({ enrolment: enrolment(serial), confirmed: false, replace: true }, folder);

describe("a kept enrolment", () => {
  it("is read back as it was, and only this user can read it", async () => {
    const file = await keep("OC1");
    expect(await readPending(file)).toEqual({ enrolment: enrolment("OC1"), confirmed: false, replace: true });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it("stays beside earlier ones of its token until one of them is confirmed", async () => {
    const [first, second, other] = [await keep("OC1"), await keep("OC1"), await keep("OC2")];
    expect((await pendingOf("OC1", folder)).map(({ file }) => file).sort()).toEqual([first, second].sort());
    await confirmPending(second);
    expect(await pendingOf("OC1", folder)).toEqual([
      { file: second, pending: { enrolment: enrolment("OC1"), confirmed: true, replace: true } },
    ]);
    await dropPending("OC1", folder);
    expect((await readdir(folder)).map((name) => join(folder, name))).toEqual([other]);
  });

  it("of one token is never taken for another's, whatever a serial number looks like", async () => {
    const serial = fc.string({
      unit: fc.constantFrom("A", "0", "~", "-", ".", "/", "%", " "),
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(serial, { minLength: 2, maxLength: 4 }), async (serials) => {
        for (const each of serials) await keep(each);
        expect((await readdir(folder)).length).toBe(serials.length); // in this folder and nowhere else
        for (const each of serials)
          expect((await pendingOf(each, folder)).map(({ pending }) => pending.enrolment.serial)).toEqual([each]);
        for (const each of serials) await dropPending(each, folder);
        expect(await readdir(folder)).toEqual([]);
      }),
      { numRuns: runs(30) },
    );
  });

  it("is none where nothing was kept", async () => {
    expect(await pendingOf("OC1", folder)).toEqual([]);
    await dropPending("OC1", folder);
  });
});

describe("an enrolment in a file", () => {
  it("may be the bare enrolment, with or without `replace`", async () => {
    const file = join(root, "e.json");
    await writeFile(file, JSON.stringify(enrolment("OC1")));
    expect(await readPending(file)).toEqual({ enrolment: enrolment("OC1"), confirmed: true, replace: false });
    await writeFile(file, JSON.stringify({ ...enrolment("OC1"), replace: true }));
    expect(await readPending(file)).toEqual({ enrolment: enrolment("OC1"), confirmed: true, replace: true });
  });

  it("that is none is refused with the field that is wrong", async () => {
    await expect(readPending(join(root, "none.json"))).rejects.toThrow(/ENOENT/);
    const file = join(root, "e.json");
    await writeFile(file, "{");
    await expect(readPending(file)).rejects.toThrow(/not JSON/);
    const good = enrolment("OC1");
    const credential = good.credentials[0];
    const wrong: [string, unknown][] = [
      ["object", null],
      ["object", 5],
      ["serial", { ...good, serial: "" }],
      ["model", { ...good, model: 1.5 }],
      ["assurance", { ...good, assurance: "X" }],
      ["keyVersion", { ...good, keyVersion: "48" }],
      ["credentials", { ...good, credentials: [] }],
      ["kind", { ...good, credentials: [{ ...credential, kind: "other" }] }],
      ["slot", { ...good, credentials: [{ ...credential, slot: -1 }] }],
      ["sealedSeed", { ...good, credentials: [{ ...credential, sealedSeed: undefined }] }],
    ];
    for (const [field, value] of wrong) {
      expect(() => parseEnrolment(value), field).toThrow(EnrolmentFormatError);
      expect(() => parseEnrolment(value), field).toThrow(new RegExp(field));
    }
  });
});
