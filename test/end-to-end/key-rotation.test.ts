/** A token in its customer's hand gets the issuer's new keys: everything else stays, and no break on the way loses it. */
import { beforeAll, expect, test } from "vitest";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { aes128 } from "../../host-tools/crypto/node.ts";
import { sendBankOrder } from "../../host-tools/device/bank-order.ts";
import { tokenInfo } from "../../host-tools/device/token.ts";
import type { Transport } from "../../host-tools/device/transport.ts";
import { LABORATORY_ISSUER_ID, laboratoryTransportKeys } from "../../host-tools/keys/laboratory.ts";
import { deriveTransportKeys, type TransportKeys } from "../../host-tools/keys/transport-keys.ts";
import { connectedCredential, personalise, STANDARD_CREDENTIALS } from "../../host-tools/provisioning/personalise.ts";
import { rotateKeys } from "../../host-tools/provisioning/rotate-keys.ts";
import { TokenSession } from "../../host-tools/provisioning/token-session.ts";
import { TAG_ORDER_KEY } from "../../protocol/apdu/personalisation-data.ts";
import { putKey } from "../../protocol/apdu/put-key.ts";
import { orderBody } from "../../protocol/apdu/sign-order.ts";
import { storeData } from "../../protocol/apdu/store-data.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { encodeOrder } from "../../protocol/otp/order.ts";
import { keyService } from "../faults/desk.ts";
import { remnants } from "../faults/remnants.ts";
import { memoryTransport, readTimeCode, setPin } from "./bank.ts";
import { openBareSession } from "./bare-session.ts";
import { personaliseToken } from "./personalised.ts";

const SERIAL = "OC-KEYS-0001";
const NOW = 2_000_000_000;
const MODEL = new Uint8Array([0, 1]);
const BEFORE = 0x30;
const AFTER = 0x31;

const boot = (flash?: Uint8Array) =>
  bootToken({
    port: false,
    unixTime: flash ? NOW + 600 : NOW,
    install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) },
    ...(flash && { flash }),
  });

let flash: Uint8Array;
beforeAll(async () => {
  const token = await boot();
  await personaliseToken(token, NOW, { credentials: [...STANDARD_CREDENTIALS, connectedCredential(2, "VND")] });
  await setPin(token);
  flash = token.machine.flashDump();
  await token.close();
});

const rotated = () => keyService(true);
const versionOf = async (token: Token) => (await tokenInfo(memoryTransport(token))).keyVersion;

const keysOf = (byte: number, version: number) =>
  deriveTransportKeys(new Uint8Array(16).fill(byte), version, new Uint8Array(LABORATORY_ISSUER_ID), SERIAL, MODEL);

/** Sends the bank's word for an order, and shows whether the token believes it. */
async function order(token: Token, keyVersion: number): Promise<string> {
  const { pins } = token.machine;
  pins.supplied.add(24);
  pins.settle();
  token.advance({ ms: 20 });
  const values = ["482913", "0071000123456", "1500000", "VND", "970436", "NGUYEN VAN A", "Rent"];
  const bytes = encodeOrder(
    3,
    values.map((text, i) => ({ tag: i + 1, value: new Uint8Array(Buffer.from(text)) })),
  );
  const body = orderBody(counterFromNumber(keyVersion), Math.floor(token.machine.clock.unixTime) + 120, bytes);
  const mac = await rotated().authenticateOrder({ serial: SERIAL, model: MODEL, keyVersion }, body);
  return sendBankOrder(memoryTransport(token), body, mac).then(
    () => "taken",
    () => "refused",
  );
}

test("keeps its seeds, its PIN and its credentials, and has new keys for sessions, orders and unlocking", async () => {
  const twin = await boot(flash);
  const code = await readTimeCode(twin);
  await twin.close();

  const token = await boot(flash);
  expect(await rotateKeys(memoryTransport(token), rotated())).toEqual({ serial: SERIAL, from: BEFORE, to: AFTER });
  expect(await versionOf(token)).toBe(AFTER);
  const later = await boot(token.machine.flashDump());
  expect(await readTimeCode(later)).toBe(code);
  await later.close();

  // The issuer key before opens nothing any more, and of its keys nothing is left.
  await expect(
    TokenSession.open(memoryTransport(token), rotated(), { serial: SERIAL, model: MODEL }, BEFORE),
  ).rejects.toThrow();
  const secrets = ({ enc, mac, dek }: TransportKeys) =>
    [enc, mac, dek].map((bytes, i) => ({ name: ["enc", "mac", "dek"][i], bytes }));
  const left = token.machine.flashDump();
  expect(remnants(left, secrets(keysOf(0x1a, BEFORE)))).toEqual([]);
  expect(remnants(left, secrets(keysOf(0x1b, AFTER))).length).toBeGreaterThan(0);

  expect(await order(token, BEFORE)).toBe("refused");
  expect(await order(token, AFTER)).toBe("taken");
  token.press("CLEAR", "OFF");
  for (const wrong of ["918273", "604829", "371940", "150286", "829461"]) token.press("OFF", "OK", ...wrong, "OK");
  token.press("OK");
  const challenge = /\d{4} \d{4}/.exec(token.text())![0].replace(" ", "");
  const answer = (keyVersion: number) =>
    rotated().unlockAnswer({ serial: SERIAL, model: MODEL, keyVersion }, challenge);
  token.press("OK", ...(await answer(BEFORE)), "OK");
  expect(token.text()).not.toContain("Enter your PIN");
  token.press("OFF", "OK", "OK", "OK", ...(await answer(AFTER)), "OK");
  token.press("OFF", "OK");
  expect(token.text()).toContain("Enter your PIN");
  await token.close();
});

test("whose rotation was broken off at any command has the keys before or the new ones, tells which, and is brought there by the next run", async () => {
  const ends: number[] = [];
  for (let at = 0; ; at++) {
    let exchanges = 0;
    for (const arrived of [false, true]) {
      const token = await boot(flash);
      const inner = memoryTransport(token);
      exchanges = 0;
      const breaking: Transport = {
        exchange: async (apdu) => {
          if (exchanges++ !== at) return inner.exchange(apdu);
          if (arrived) await inner.exchange(apdu);
          throw new Error("the cable was pulled");
        },
        reset: () => inner.reset(),
        close: () => inner.close(),
      };
      const broken = await rotateKeys(breaking, rotated()).catch((error: Error) => error.message);
      if (exchanges <= at) {
        expect(broken).toMatchObject({ to: AFTER });
        expect(at).toBeGreaterThan(6);
        // The last command commits, and nothing before it.
        expect(ends.at(-1)).toBe(AFTER);
        expect(ends.slice(0, -1).every((version) => version === BEFORE)).toBe(true);
        await token.close();
        return;
      }
      expect(broken).toBe("the cable was pulled");
      token.powerOff();
      token.powerOn();
      ends.push(await versionOf(token));
      expect((await rotateKeys(memoryTransport(token), rotated())).to).toBe(AFTER);
      expect(await readTimeCode(token)).toMatch(/^\d{8}$/);
      await token.close();
    }
  }
});

test("that has the new keys already proves it; one that is nobody's yet gets them by its personalisation", async () => {
  const token = await boot(flash);
  await rotateKeys(memoryTransport(token), rotated());
  const dump = token.machine.flashDump();
  expect(await rotateKeys(memoryTransport(token), rotated())).toMatchObject({ from: AFTER, to: AFTER });
  await token.close();
  const cut = await boot(dump);
  // New credentials, while it is at it: no keys have to be moved first.
  const replaced = await boot(flash);
  for (const each of [cut, replaced]) {
    let time = NOW * 1000;
    const sleep = async (ms: number) => {
      time += ms;
      each.advance({ ms });
    };
    await personalise(memoryTransport(each), rotated(), { replace: true, clock: { now: () => time, sleep } });
    expect(await versionOf(each)).toBe(AFTER);
    await each.close();
  }
  const fresh = await boot();
  await expect(rotateKeys(memoryTransport(fresh), rotated())).rejects.toThrow(/not personalised/);
  await fresh.close();
});

test("takes the new keys together or not at all: no half of them, none without PUT KEY, none before it is issued", async () => {
  const token = await boot(flash);
  const transport = memoryTransport(token);
  const open = (keyVersion: number) =>
    TokenSession.open(transport, rotated(), { serial: SERIAL, model: MODEL }, keyVersion);
  // STORE DATA of keys alone, under the keys that the token has: there is nothing to put them with.
  await rotateKeys(transport, rotated());
  const session = await open(AFTER);
  await session.channel.makeRotation();
  await expect(session.send("STORE DATA", await session.channel.storeBlock())).rejects.toMatchObject({
    statusWord: 0x6985,
  });
  await session.end();
  await token.close();

  const half = await boot(flash);
  const there = memoryTransport(half);
  const [had, gets] = [keysOf(0x1a, BEFORE), keysOf(0x1b, AFTER)];
  const put = await openBareSession(there, had);
  const command = putKey(aes128, aes128(had.dek), BEFORE, AFTER, gets);
  expect(await put.send(command)).toMatchObject({ statusWord: 0x9000 });
  const staged = await openBareSession(there, gets);
  const [block] = storeData(aes128(gets.dek), [{ tag: TAG_ORDER_KEY, key: new Uint8Array(16).fill(7) }]);
  expect(await staged.send(block)).toMatchObject({ statusWord: 0x6985 });
  await there.reset();
  expect(await versionOf(half)).toBe(BEFORE);
  await half.close();

  const fresh = await boot();
  const line = memoryTransport(fresh);
  const keys = keyService();
  const info = await tokenInfo(line);
  const first = await TokenSession.open(line, keys, info, info.keyVersion);
  await first.send("PUT KEY", await first.channel.putIssuerKeys());
  await first.channel.close();
  const second = await TokenSession.open(line, keys, info, keys.issuerKeyVersion);
  await second.channel.makeRotation();
  await expect(second.send("STORE DATA", await second.channel.storeBlock())).rejects.toMatchObject({
    statusWord: 0x6985,
  });
  await second.end();
  expect(await versionOf(fresh)).toBe(info.keyVersion);
  await fresh.close();
});
