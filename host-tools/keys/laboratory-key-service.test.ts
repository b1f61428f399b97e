import { beforeEach, describe, expect, it } from "vitest";
import { KIND_UNLOCK, UNLOCK_SLOT, UNLOCK_SUITE } from "../../protocol/apdu/credential-kind.ts";
import { type Credential, TAG_ACTIVATION, TAG_CREDENTIAL } from "../../protocol/apdu/personalisation-data.ts";
import { parsePutKey } from "../../protocol/apdu/put-key.ts";
import { parseStoreData } from "../../protocol/apdu/store-data.ts";
import { isActivationCode } from "../../protocol/otp/activation-code.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { CardSession } from "../../protocol/scp03/card-session.ts";
import { Scp03Error } from "../../protocol/scp03/scp03-error.ts";
import { aes128, hashes } from "../crypto/node.ts";
import { type KeyChannel, KeyServiceError } from "./key-service.ts";
import type { Keystore } from "./keystore.ts";
import { LABORATORY_BATCH_KEY, LABORATORY_ISSUER_ID, laboratoryTransportKeys } from "./laboratory.ts";
import { LaboratoryKeyService } from "./laboratory-key-service.ts";
import { deriveTransportKeys, type TransportKeys } from "./transport-keys.ts";

const TOKEN = { serial: "OC00000042", model: new Uint8Array([0, 1]) };
const MASTER = new Uint8Array(16).fill(0x1a);
const ISSUER = 0x30;
const OK = new Uint8Array([0x90, 0]);
const ORDER = {
  policy: { pinTryLimit: 5, autoOffSeconds: 30, language: 1 },
  credentials: [{ slot: 0, kind: "time-code" as const, suite: "TOTP-SHA256-8-30" }],
};

let keystore: Keystore;
let service: LaboratoryKeyService;
beforeEach(() => {
  keystore = {
    issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
    issuerMasterKey: { version: ISSUER, key: MASTER.slice() },
    batchKeys: [{ version: 1, key: new Uint8Array(LABORATORY_BATCH_KEY) }],
    enrolmentKey: new Uint8Array(32).fill(0xe0),
  };
  service = new LaboratoryKeyService(keystore);
});

const issuerKeys = () => deriveTransportKeys(MASTER, ISSUER, LABORATORY_ISSUER_ID, TOKEN.serial, TOKEN.model);

/** A card that has these keys, after INITIALIZE UPDATE. */
async function card(channel: KeyChannel, keys: TransportKeys) {
  const hostChallenge = (await channel.initializeUpdate()).slice(5, 13);
  const session = new CardSession(
    aes128,
    keys,
    keys.keyVersion,
    new Uint8Array([0, 0, 1]),
    new Uint8Array(10),
    new Uint8Array(5),
    hostChallenge,
  );
  return { session, answer: new Uint8Array([...session.initializeUpdateResponse(), ...OK]) };
}

async function opened(keyVersion: number, keys: TransportKeys) {
  const channel = await service.openChannel(TOKEN, keyVersion);
  const { session, answer } = await card(channel, keys);
  session.externalAuthenticate(await channel.externalAuthenticate(answer));
  await channel.accept(OK);
  return { channel, session };
}

describe("the laboratory's key service", () => {
  it("opens channels under the batch key and under the issuer's, each with keys of the token's own", async () => {
    await opened(1, laboratoryTransportKeys(TOKEN.serial));
    await opened(ISSUER, issuerKeys());
    const channel = await service.openChannel({ ...TOKEN, serial: "OC00000043" }, ISSUER);
    const { answer } = await card(channel, issuerKeys());
    await expect(channel.externalAuthenticate(answer)).rejects.toThrow(/does not have the keys/);
  });

  it("has no channel for a key version that it does not know", async () => {
    await expect(service.openChannel(TOKEN, 7)).rejects.toThrow(KeyServiceError);
  });

  it("never shows a host challenge twice", async () => {
    const seen = new Set<string>();
    for (let i = 0; i < 50; i++)
      seen.add(Buffer.from(await (await service.openChannel(TOKEN, 1)).initializeUpdate()).toString("hex"));
    expect(seen.size).toBe(50);
  });

  it("sends no seed under a batch key, and no keys to a token that has the issuer's", async () => {
    const batch = await opened(1, laboratoryTransportKeys(TOKEN.serial));
    await expect(batch.channel.makeCredentials(ORDER)).rejects.toThrow(KeyServiceError);
    const issuer = await opened(ISSUER, issuerKeys());
    await expect(issuer.channel.putIssuerKeys()).rejects.toThrow(KeyServiceError);
  });

  it("gives no secured command before the token was authenticated, and none out of turn", async () => {
    const channel = await service.openChannel(TOKEN, ISSUER);
    await expect(channel.getClock()).rejects.toThrow(KeyServiceError);
    await expect(channel.accept(OK)).rejects.toThrow(KeyServiceError);
    await expect(channel.storeBlock()).rejects.toThrow(KeyServiceError);
    const { channel: ready } = await opened(ISSUER, issuerKeys());
    await ready.getClock();
    await expect(ready.getClock()).rejects.toThrow(Scp03Error);
  });

  it("ends a channel whose token answered EXTERNAL AUTHENTICATE with an error", async () => {
    const channel = await service.openChannel(TOKEN, ISSUER);
    const { answer } = await card(channel, issuerKeys());
    await channel.externalAuthenticate(answer);
    await expect(channel.accept(new Uint8Array([0x63, 0]))).rejects.toThrow(Scp03Error);
    await expect(channel.getClock()).rejects.toThrow(Scp03Error);
  });

  it("gives a refusal on to the caller, and goes on", async () => {
    const { channel, session } = await opened(ISSUER, issuerKeys());
    session.unwrap(await channel.getClock());
    const refusal = session.wrap({ data: new Uint8Array(), statusWord: 0x6985 });
    expect((await channel.accept(refusal)).statusWord).toBe(0x6985);
    expect(session.unwrap(await channel.setClock(1_800_000_000)).data.length).toBe(8);
  });

  it("never lets a seed out: what a channel shows holds none of the bytes that the token decrypts", async () => {
    const { channel, session } = await opened(ISSUER, issuerKeys());
    const made = await channel.makeCredentials(ORDER);
    expect(made.blocks).toBe(1);
    const shown = JSON.stringify([made, channel, service]) + String(channel);
    const stored = parseStoreData(aes128(issuerKeys().dek), session.unwrap(await channel.storeBlock()));
    const seeds = stored.objects.flatMap((object) => (object.tag === TAG_CREDENTIAL ? [object.key] : []));
    // One that was ordered, and the one that unlocks.
    expect(seeds.length).toBe(2);
    for (const secret of [MASTER, keystore.enrolmentKey, issuerKeys().dek, ...seeds])
      for (const form of ["hex", "base64", "base64url"] as const)
        expect(shown).not.toContain(Buffer.from(secret).toString(form).slice(0, 20));
    expect(Object.keys(channel)).toEqual([]);
    expect(Object.keys(service)).toEqual([]);
  });

  it("answers the challenges of its tokens, of each with a key of its own, and nothing that no token asks", async () => {
    const { channel, session } = await opened(ISSUER, issuerKeys());
    await channel.makeCredentials(ORDER);
    const stored = parseStoreData(aes128(issuerKeys().dek), session.unwrap(await channel.storeBlock()));
    const unlock = stored.objects.find((object) => object.tag === TAG_CREDENTIAL && object.kind === KIND_UNLOCK);
    const { key, suite, slot } = unlock as Credential;
    expect([suite, slot]).toEqual([UNLOCK_SUITE, UNLOCK_SLOT]);
    const answer = await service.unlockAnswer(TOKEN, "11701796");
    expect(answer).toBe(ocra(hashes, key, parseSuite(suite), { question: "11701796" }));
    expect(await service.unlockAnswer({ ...TOKEN, serial: "OC00000043" }, "11701796")).not.toBe(answer);
    // A new PIN is a decision of its own: neither kind is answered for the other.
    const renewed = ocra(hashes, key, parseSuite(suite), { question: "21701796" });
    expect(await service.unlockAnswer(TOKEN, "21701796", true)).toBe(renewed);
    await expect(service.unlockAnswer(TOKEN, "21701796")).rejects.toThrow(/to be decided/);
    await expect(service.unlockAnswer(TOKEN, "11701796", true)).rejects.toThrow(/begins with 2/);
    for (const [wrong, message] of [
      ["", "A challenge has eight digits; none came."],
      ["1234", "A challenge has eight digits; 1234 has four."],
      ["117017961", "A challenge has eight digits; 117017961 has 9."],
      ["1170179a", "A challenge is eight digits, with or without spaces, and no other character."],
      ["10000000", "A digit is mistyped: no token shows this challenge. Read it once more."],
      ["31701796", "A digit is mistyped: no token shows this challenge. Read it once more."],
    ])
      await expect(service.unlockAnswer(TOKEN, wrong)).rejects.toThrow(new KeyServiceError(message));
  });

  it("whose issuer key was rotated talks to tokens of either version, gives keys to those of the one before, and seeds to none of them", async () => {
    const next = new Uint8Array(16).fill(0x1b);
    keystore.formerIssuerKeys = [keystore.issuerMasterKey];
    keystore.issuerMasterKey = { version: ISSUER + 1, key: next };
    const before = await opened(ISSUER, issuerKeys());
    await expect(before.channel.makeCredentials(ORDER)).rejects.toThrow(KeyServiceError);
    await expect(before.channel.makeRotation()).rejects.toThrow(KeyServiceError);
    const put = parsePutKey(
      aes128,
      aes128(issuerKeys().dek),
      before.session.unwrap(await before.channel.putIssuerKeys()),
    );
    const { keyVersion, ...set } = deriveTransportKeys(
      next,
      ISSUER + 1,
      LABORATORY_ISSUER_ID,
      TOKEN.serial,
      TOKEN.model,
    );
    expect(put).toEqual({ replacedVersion: ISSUER, newVersion: keyVersion, keys: set });

    const { channel, session } = await opened(ISSUER + 1, { keyVersion, ...set });
    expect(await channel.makeRotation()).toBe(1);
    const { objects } = parseStoreData(aes128(set.dek), session.unwrap(await channel.storeBlock()));
    const unlock = objects.find((object) => object.tag === TAG_CREDENTIAL) as Credential;
    const right = (key: Uint8Array) => ocra(hashes, key, parseSuite(UNLOCK_SUITE), { question: "11701796" });
    expect(await service.unlockAnswer({ ...TOKEN, keyVersion }, "11701796")).toBe(right(unlock.key));
    expect(await service.unlockAnswer({ ...TOKEN, keyVersion: ISSUER }, "11701796")).not.toBe(right(unlock.key));
    // A wrong answer costs the customer: nothing is guessed.
    await expect(service.unlockAnswer(TOKEN, "11701796")).rejects.toThrow(/which version/);
    await expect(service.unlockAnswer({ ...TOKEN, keyVersion: 7 }, "11701796")).rejects.toThrow(/no issuer key/);
  });

  it("makes no two credentials of a kind that their customer could not tell apart", async () => {
    const { channel } = await opened(ISSUER, issuerKeys());
    const [one] = ORDER.credentials;
    const order = (...labels: (string | undefined)[]) =>
      channel.makeCredentials({ ...ORDER, credentials: labels.map((label, slot) => ({ ...one, slot, label })) });
    await expect(order(undefined, undefined)).rejects.toThrow(KeyServiceError);
    await expect(order("", undefined)).rejects.toThrow(/each needs a label of its own/);
    await expect(order("Login", "Login")).rejects.toThrow(/"Login"/);
    expect((await order("Login", undefined)).credentials.map(({ label }) => label)).toEqual(["Login", "Time code"]);
  });

  it("makes an activation code where one is ordered: twenty digits with their check digit, never the same", async () => {
    const codes = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const { channel, session } = await opened(ISSUER, issuerKeys());
      const { activationCode = "" } = await channel.makeCredentials({ ...ORDER, activation: { end: 1_900_000_000 } });
      const stored = parseStoreData(aes128(issuerKeys().dek), session.unwrap(await channel.storeBlock()));
      const code = Buffer.from(activationCode);
      expect(isActivationCode(code)).toBe(true);
      expect(stored.objects.at(-1)).toEqual({ tag: TAG_ACTIVATION, code: new Uint8Array(code), end: 1_900_000_000 });
      codes.add(activationCode);
    }
    expect(codes.size).toBe(20);
  });

  it("can do nothing once its channel or the service was closed", async () => {
    const { channel } = await opened(ISSUER, issuerKeys());
    await channel.close();
    await channel.close();
    await expect(channel.getClock()).rejects.toThrow(Scp03Error);
    service.close();
    expect([keystore.issuerMasterKey.key, keystore.enrolmentKey].every((key) => key.every((byte) => byte === 0))).toBe(
      true,
    );
  });
});
