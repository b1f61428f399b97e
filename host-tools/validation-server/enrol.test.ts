import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { enrolmentAad, SealError, sealSeed } from "../keys/seal.ts";
import { type Enrolment, EnrolmentError, enrol } from "./enrol.ts";
import { issueToken } from "./testing/issued-token.ts";
import { type Laboratory, openLaboratory } from "./testing/laboratory.ts";
import { validate } from "./validate.ts";

let lab: Laboratory;
let key: Buffer;
beforeEach(async () => {
  lab = await openLaboratory();
  key = Buffer.from(lab.keys.enrolmentKey, "hex");
});
afterEach(() => lab.close());

const take = (enrolment: Enrolment, replace = false) => enrol(lab.judging, key, enrolment, replace);
const stored = async (serial: string) => (await lab.judging.store.token("default", serial))!;

describe("an enrolment", () => {
  it("is stored under the storage key, as this credential of this generation and nothing else", async () => {
    const token = issueToken(lab.keys.enrolmentKey, "OC1");
    expect(await take(token.enrolment)).toBe("enrolled");
    const { vault } = lab.judging;
    const [login, payments] = (await stored("OC1")).credentials;
    expect(vault.open(login, login.sealedSeed)).toEqual(token.seeds[0]);
    const others = [
      { ...login, serial: "OC2" },
      { ...login, slot: 1 },
      { ...login, generation: 2 },
      { ...login, keyVersion: 2 },
      { ...login, realm: "other" },
      { ...login, suite: "TOTP-SHA256-6-30" },
      payments,
    ];
    for (const other of others) expect(() => vault.open(other, login.sealedSeed)).toThrow(SealError);
  });

  it("of a known serial is refused unless it is to replace, and then nothing of the former one is left", async () => {
    await take(issueToken(lab.keys.enrolmentKey, "OC1").enrolment);
    await lab.judging.store.assign("default", "OC1", "An");
    const again = issueToken(lab.keys.enrolmentKey, "OC1");
    expect(await take(again.enrolment)).toBe("exists");
    expect((await stored("OC1")).generation).toBe(1);
    expect(await take(again.enrolment, true)).toBe("enrolled");
    const token = await stored("OC1");
    expect(token).toMatchObject({ generation: 2, customer: null });
    expect(lab.judging.vault.open(token.credentials[0], token.credentials[0].sealedSeed)).toEqual(again.seeds[0]);
  });

  it("that is delivered twice makes no used code good again", async () => {
    const token = issueToken(lab.keys.enrolmentKey, "OC1");
    const login = () => validate(lab.judging, { serial: "OC1" }, token.timeCode(lab.step));
    await take(token.enrolment);
    expect((await login()).accepted).toBe(true);
    await take(token.enrolment, true);
    expect((await login()).accepted).toBe(false);
    lab.now += 30_000;
    expect((await login()).accepted).toBe(true);
  });

  it("is refused where a seed was sealed for another token, under another key, or is too short", async () => {
    const { enrolment } = issueToken(lab.keys.enrolmentKey, "OC1");
    const sealed = (sealedSeed: string): Enrolment => ({
      ...enrolment,
      credentials: [{ ...enrolment.credentials[0], sealedSeed }],
    });
    const { suite } = enrolment.credentials[0];
    const seed = randomBytes(32);
    const refused = [
      sealed(sealSeed(key, enrolmentAad("OC2", 0, suite), seed)),
      sealed(sealSeed(key, enrolmentAad("OC1", 1, suite), seed)),
      sealed(sealSeed(randomBytes(32), enrolmentAad("OC1", 0, suite), seed)),
      sealed(sealSeed(key, enrolmentAad("OC1", 0, suite), randomBytes(15))),
      sealed(sealSeed(key, enrolmentAad("OC1", 0, suite), randomBytes(65))),
    ];
    for (const each of refused)
      await expect(take(each)).rejects.toMatchObject({ name: "EnrolmentError", pointer: "/credentials/0/sealedSeed" });
    expect(await lab.judging.store.token("default", "OC1")).toBeUndefined();
  });

  it("is refused for a suite that can't be judged within two minutes, and for two credentials in one place", async () => {
    const { enrolment } = issueToken(lab.keys.enrolmentKey, "OC1");
    const [login, payments] = enrolment.credentials;
    const refused: [Enrolment["credentials"], string][] = [
      [[{ ...login, suite: "TOTP-SHA256-8-90" }], "/credentials/0/suite"],
      [[{ ...login, suite: "TOTP-MD5-8-30" }], "/credentials/0/suite"],
      [[{ ...payments, suite: "OCRA-1:HOTP-SHA256-8:QN10" }], "/credentials/0/suite"],
      [[login, { ...payments, slot: login.slot }], "/credentials/1/slot"],
      [[login, { ...login, slot: 5 }], "/credentials/1/kind"],
    ];
    for (const [credentials, pointer] of refused) {
      const taking = take({ ...enrolment, credentials });
      await expect(taking).rejects.toBeInstanceOf(EnrolmentError);
      await expect(taking).rejects.toMatchObject({ pointer });
    }
  });

  it("that comes twice at once is taken once", async () => {
    const { enrolment } = issueToken(lab.keys.enrolmentKey, "OC1");
    const all = await Promise.all([take(enrolment), take(enrolment), take(enrolment)]);
    expect(all.sort()).toEqual(["enrolled", "exists", "exists"]);
  });
});
