/** All that a token does with a secret, one after the other, on whichever engine: for a search of what is left of the secrets after each. */
import { createHmac, pbkdf2Sync } from "node:crypto";
import { expect } from "vitest";
import type { Engine } from "../../emulator/engine.ts";
import { ACTIVATION, PIN as PIN_SEAL } from "../../firmware/core/entries.ts";
import { sha256 } from "../../firmware/crypto/sha256.ts";
import { hashes } from "../../host-tools/crypto/node.ts";
import { bankOrderResult, sendBankOrder } from "../../host-tools/device/bank-order.ts";
import type { CredentialOrder } from "../../host-tools/keys/key-service.ts";
import { LABORATORY_ISSUER_ID, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { deriveOrderKey, deriveTransportKeys, deriveUnlockKey } from "../../host-tools/keys/transport-keys.ts";
import {
  connectedCredential,
  personalise,
  STANDARD_CREDENTIALS,
  transferCredential,
} from "../../host-tools/provisioning/personalise.ts";
import { makeChallenge } from "../../protocol/otp/challenge.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { ocra } from "../../protocol/otp/ocra.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { PIN } from "../end-to-end/bank.ts";
import { orderFor } from "../end-to-end/hostile-frames.ts";
import { remembered } from "./cut-points.ts";
import { atDesk, keyService, NOW } from "./desk.ts";
import { type Secret, secretsOfPin } from "./remnants.ts";

export const SERIAL = "OC-REMNANTS";
const MODEL = new Uint8Array([0, 1]);
/** Four digits in a row of a PIN stand in nothing else that is typed here. */
const OTHER_PIN = "739168";
const VERIFY_SUITE = "OCRA-1:HOTP-SHA256-8:QA08-T30S";
const TRANSACTION_CODE = "482913";
const THEIRS = "31415926";

/** Slots in their order, which is the menu's. */
const credentials: CredentialOrder[] = [
  ...STANDARD_CREDENTIALS,
  transferCredential(2, "VND"),
  { slot: 3, kind: "counter-code", suite: "HOTP-SHA256-8", label: "Counter" },
  { slot: 4, kind: "verify-bank", suite: VERIFY_SUITE, label: "Verify" },
  connectedCredential(5, "VND"),
];
const SEED_LENGTH = 32;
/** Bytes of the seed of `Verify`, which no other has: a key for each side. */
const VERIFY_SEED_LENGTH = 64;

/** What the deeds need to know of each other. */
export interface Known {
  activationCode: string;
  /** Of the credential `Verify`. */
  verifySeed: Uint8Array;
}

export interface SecretDeed {
  readonly name: string;
  perform(engine: Engine, known: Known): Promise<void>;
  /** What the display then shows. */
  readonly shows: RegExp;
}

const MASTER: [Uint8Array, number, Uint8Array, string, Uint8Array] = [
  new Uint8Array(16).fill(0x1a),
  0x30,
  new Uint8Array(LABORATORY_ISSUER_ID),
  SERIAL,
  MODEL,
];

const keySet = (whose: string, { enc, mac, dek }: { enc: Uint8Array; mac: Uint8Array; dek: Uint8Array }): Secret[] =>
  Object.entries({ enc, mac, dek }).map(([name, bytes]) => ({ name: `${whose} ${name}`, bytes }));

/**
 * What the flash of a board of class O holds only masked by the PIN, and what it holds in clear: keys of sessions, orders, unlocking.
 * @param drawn all that the key service drew for a personalisation; the seed of `Verify` is noted in `known`
 */
export function secretsOf(drawn: readonly Uint8Array[], known: Known): { masked: Secret[]; keys: Secret[] } {
  const seeds = drawn.filter(({ length }) => length === SEED_LENGTH || length === VERIFY_SEED_LENGTH);
  expect(seeds).toHaveLength(credentials.length);
  known.verifySeed = seeds.find(({ length }) => length === VERIFY_SEED_LENGTH)!;
  return {
    masked: [
      ...seeds.map((bytes, i) => ({ name: `seed ${i + 1}`, bytes })),
      // Of twenty digits, some four in a row stand somewhere by chance.
      { name: "activation code", bytes: Buffer.from(known.activationCode), window: 6 },
      ...secretsOfPin(PIN),
      ...secretsOfPin(OTHER_PIN),
    ],
    keys: [
      ...keySet("transport key", laboratoryTransportKeys(SERIAL)),
      ...keySet("issuer's key", deriveTransportKeys(...MASTER)),
      { name: "order key", bytes: deriveOrderKey(...MASTER) },
      { name: "unlock key", bytes: deriveUnlockKey(...MASTER) },
    ],
  };
}

/** Bytes in a row of what was made of a secret: there is so much of it that four would stand somewhere by chance. */
const MADE_WINDOW = 8;

/** What HMAC-SHA256 keeps of a key, which is as good as the key. */
const statesOf = (name: string, key: Uint8Array): Secret[] =>
  sha256.hmacStates(key).map((bytes, i) => ({ name: `${name}, HMAC state ${i + 1}`, bytes, window: MADE_WINDOW }));

/** What a token makes of its seeds when its PIN opens them. @param masked of `secretsOf` */
export function madeOfSeeds(masked: readonly Secret[]): Secret[] {
  return masked
    .filter(({ name }) => name.startsWith("seed"))
    .flatMap(({ name, bytes }) =>
      bytes.length === VERIFY_SEED_LENGTH
        ? [
            ...statesOf(`${name}, the token's half`, bytes.subarray(0, 32)),
            ...statesOf(`${name}, the bank's`, bytes.subarray(32)),
          ]
        : statesOf(name, bytes),
    );
}

/** The key of the vault in this flash, under the secret that opens it, and what HMAC keeps of it: with the flash as good as its seeds. */
export function vaultKey(flash: Uint8Array, known: Known): Secret[] {
  const entries = remembered(flash);
  const [id, from] = entries[ACTIVATION] === undefined ? [PIN_SEAL, 0] : [ACTIVATION, 8];
  const seal = Buffer.from(entries[id], "hex").subarray(from);
  const salt = Buffer.concat([seal.subarray(4, 20), Buffer.from(SERIAL)]);
  const k = pbkdf2Sync(id === ACTIVATION ? known.activationCode : PIN, salt, seal.readUInt32BE(0), 32, "sha256");
  const check = createHmac("sha256", k)
    .update(Buffer.from([0xff]))
    .digest()
    .subarray(0, seal.length - 20);
  if (id === PIN_SEAL) check[0] &= 0x0f;
  expect(check.equals(seal.subarray(20))).toBe(true);
  return [{ name: "the vault's key", bytes: k, window: MADE_WINDOW }, ...statesOf("the vault's key", k)];
}

const CODE = /\d{4} \d{4}/;
/** The keys of a change of PIN: each is typed twice. */
const changed = (present: string, next: string) => [present, present, next, next].flatMap((pin) => [...pin, "OK"]);

const lines = async (engine: Engine) => (await engine.screen()).lines.map((line) => line.text.trim()).join("\n");
const digitsOn = async (engine: Engine) =>
  (CODE.exec(await lines(engine))?.[0] ?? expect.fail(`no digits:\n${await lines(engine)}`)).replace(" ", "");
const typed = (engine: Engine, ...keys: string[]) => engine.press(["OK", ...PIN, "OK", ...keys]);

/** The whole of it, with an activation code, which stands in the result's letter. */
export async function personaliseAll(engine: Engine): Promise<string> {
  let code = "";
  await atDesk(engine, (transport, keys, clock) =>
    personalise(transport, keys, {
      credentials,
      clock,
      activation: { days: 30 },
      beforeCommit: async (_, letter) => {
        code = letter?.activationCode.replaceAll(" ", "") ?? "";
      },
    }),
  );
  return code;
}

export const secretDeeds: readonly SecretDeed[] = [
  {
    name: "an activation code and the first PIN",
    perform: (engine, { activationCode }) =>
      engine.press(["OFF", "OK", "OK", ...activationCode, "OK", ...PIN, "OK", ...PIN, "OK"]),
    shows: /PIN is set/,
  },
  { name: "a wrong PIN", perform: (engine) => engine.press(["OK", ..."918273", "OK"]), shows: /Wrong PIN/ },
  { name: "a PIN that is broken off", perform: (engine) => engine.press(["OK", ...PIN.slice(0, 5)]), shows: /\*{5}/ },
  { name: "a time code", perform: (engine) => typed(engine, "1"), shows: CODE },
  {
    name: "a challenge",
    perform: (engine) => typed(engine, "2", ...makeChallenge("3456", "20117"), "OK", "OK"),
    shows: CODE,
  },
  {
    name: "a typed order",
    perform: (engine) =>
      typed(engine, "3", ...TRANSACTION_CODE, "OK", ..."0071000123456", "OK", ..."1500000", "OK", "OK"),
    shows: CODE,
  },
  { name: "a code by a counter", perform: (engine) => typed(engine, "4"), shows: CODE },
  {
    name: "a bank that proves itself",
    perform: async (engine, { verifySeed }) => {
      await typed(engine, "5");
      const ours = await digitsOn(engine);
      const { unixTime } = await engine.clock();
      const timeStep = counterFromNumber(Math.floor(unixTime / 30));
      const inputs = { question: ours, secondQuestion: THEIRS, timeStep };
      const proof = ocra(hashes, verifySeed.subarray(32), parseSuite(VERIFY_SUITE), inputs);
      await engine.press(["OK", ...THEIRS, "OK", ...proof, "OK"]);
    },
    shows: CODE,
  },
  { name: "an order of the bank", perform: signConnected, shows: CODE },
  {
    name: "another PIN, and the first one again",
    perform: async (engine) => {
      await engine.press(["OK", "MENU", "OK", "1", ...changed(PIN, OTHER_PIN)]);
      expect(await lines(engine)).toContain("PIN is set");
      await engine.press(["OFF", "OK", "MENU", "OK", "1", ...changed(OTHER_PIN, PIN)]);
    },
    shows: /PIN is set/,
  },
  {
    name: "wrong PINs until it is locked, and the bank's answer",
    perform: async (engine) => {
      // On class O one wrong PIN in sixteen opens a token whose codes are then wrong: there are more of them than tries.
      for (let pin = 918_273; !(await lines(engine)).includes("locked"); pin -= 1007)
        await engine.press(["OFF", "OK", ...String(pin), "OK"]);
      await engine.press(["OFF", "OK", "OK"]);
      const keys = keyService();
      const answer = await keys.unlockAnswer({ serial: SERIAL, model: MODEL }, await digitsOn(engine));
      keys.close();
      await engine.press(["OK", ...answer, "OK"]);
      await engine.press(["OFF", "OK", ...PIN, "OK", "1"]);
    },
    shows: CODE,
  },
];

/** The cable is in while somebody asks: between any few keys. */
async function signConnected(engine: Engine): Promise<void> {
  const keys = keyService();
  const body = orderFor(Math.floor((await engine.clock()).unixTime), NOW * 1000);
  const mac = await keys.authenticateOrder({ serial: SERIAL, model: MODEL }, body);
  keys.close();
  await atDesk(engine, async (transport) => {
    await sendBankOrder(transport, body, mac);
    for (const key of [...PIN, "OK", "DOWN", "DOWN", "DOWN", "DOWN", "DOWN", "", "OK", ...TRANSACTION_CODE, "OK"]) {
      if (key === "") await engine.advance(1200);
      else await engine.press([key]);
      await bankOrderResult(transport);
    }
  });
}
