/** Orders that the bank sends to the display: nothing is signed but what was seen, and nothing is seen but what the bank sent. */
import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { codeOf } from "../../emulator/testing/capture.ts";
import { bootToken, type Token } from "../../emulator/testing/token.ts";
import { hashes } from "../../host-tools/crypto/node.ts";
import { bankOrderResult, OrderNotSigned, sendBankOrder, signBankOrder } from "../../host-tools/device/bank-order.ts";
import type { Transport } from "../../host-tools/device/transport.ts";
import {
  LABORATORY_BATCH_KEY,
  LABORATORY_ISSUER_ID,
  laboratoryTransportKeys,
} from "../../host-tools/keys/laboratory.ts";
import { LaboratoryKeyService } from "../../host-tools/keys/laboratory-key-service.ts";
import { enrolmentAad, openSeed } from "../../host-tools/keys/seal.ts";
import { connectedCredential, personalise, STANDARD_CREDENTIALS } from "../../host-tools/provisioning/personalise.ts";
import { ORDER_DROPPED, ORDER_REFUSED, ORDER_SHOWN, orderBody } from "../../protocol/apdu/sign-order.ts";
import { counterFromNumber } from "../../protocol/otp/counter.ts";
import { ocraMac, ocraTimeStep } from "../../protocol/otp/ocra.ts";
import { encodeOrder, orderQuestion } from "../../protocol/otp/order.ts";
import { parseSuite } from "../../protocol/otp/suite.ts";
import { truncate } from "../../protocol/otp/truncate.ts";
import { builtBundle, memoryTransport, PIN, setPin } from "./bank.ts";

const SERIAL = "OC-BANK-ORDERS";
const NOW = 1_800_000_005;
const SENSE = 24;
const identity = { serial: SERIAL, model: new Uint8Array([0, 1]) };
const enrolmentKey = new Uint8Array(32).fill(0xe0);
const keys = () =>
  new LaboratoryKeyService({
    issuerId: new Uint8Array(LABORATORY_ISSUER_ID),
    issuerMasterKey: { version: 0x30, key: new Uint8Array(16).fill(0x1a) },
    batchKeys: [{ version: 1, key: new Uint8Array(LABORATORY_BATCH_KEY) }],
    enrolmentKey: new Uint8Array(enrolmentKey),
  });
const service = keys();

let issued: { flash: Uint8Array; sealedSeed: string; suite: string; slot: number } | undefined;
let token: Token;
let transport: Transport;

const boot = async (flash?: Uint8Array) =>
  bootToken({
    ...(await builtBundle()),
    port: false,
    unixTime: flash ? NOW + 60 : NOW,
    ...(flash ? { flash } : { install: { serial: SERIAL, ...laboratoryTransportKeys(SERIAL) } }),
  });

/** A token with its customer's PIN, personalised with a credential for the bank's orders. */
async function issue(credentials = [...STANDARD_CREDENTIALS, connectedCredential(2, "VND", "USD")]) {
  const fresh = await boot();
  let time = NOW * 1000;
  const sleep = async (ms: number) => {
    time += ms;
    fresh.advance({ ms });
  };
  const made = await personalise(memoryTransport(fresh), keys(), { credentials, clock: { now: () => time, sleep } });
  await setPin(fresh);
  const { sealedSeed, suite, slot } = made.credentials.at(-1)!;
  return { flash: fresh.machine.flashDump(), sealedSeed, suite, slot };
}

const plug = (plugged: boolean) => {
  const { pins } = token.machine;
  if (plugged) pins.supplied.add(SENSE);
  else pins.supplied.delete(SENSE);
  pins.settle();
  token.advance({ ms: 20 });
};

beforeEach(async () => {
  issued ??= await issue();
  token = await boot(issued.flash);
  plug(true);
  transport = memoryTransport(token);
});

interface Fields {
  name?: string;
  amount?: string;
  currency?: string;
  account?: string;
  reference?: string;
}
const CODE = "482913";
const orderOf = ({ name = "NGUYỄN THỊ ÁNH TUYẾT", amount = "1500000", currency = "VND", ...more }: Fields = {}) =>
  encodeOrder(
    3,
    [CODE, more.account ?? "0071000123456", amount, currency, "970436", name, more.reference ?? "Tiền nhà tháng 1"].map(
      (text, i) => ({ tag: i + 1, value: new Uint8Array(Buffer.from(text)) }),
    ),
  );
let nonces = NOW * 1000;
const nextNonce = () => counterFromNumber(++nonces);
const tokenTime = () => Math.floor(token.machine.clock.unixTime);
const signedByBank = async (order: Uint8Array, { nonce = nextNonce(), expiresAt = tokenTime() + 120 } = {}) => {
  const body = orderBody(nonce, expiresAt, order);
  return { body, mac: await service.authenticateOrder(identity, body) };
};
const send = async (order: Uint8Array, options = {}) => {
  const { body, mac } = await signedByBank(order, options);
  await sendBankOrder(transport, body, mac);
};
const result = () => bankOrderResult(transport);
const refusal = (statusWord: number) => expect.objectContaining({ name: "TokenRefusal", statusWord });
/** The customer reads to the end and waits a second. */
const readOn = () => {
  token.press("DOWN", "DOWN", "DOWN", "DOWN", "DOWN");
  token.advance({ ms: 1200 });
};
const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
const expected = (order: Uint8Array) => {
  const { sealedSeed, suite: text, slot } = issued!;
  const suite = parseSuite(text);
  const seed = openSeed(enrolmentKey, enrolmentAad(SERIAL, slot, text), sealedSeed);
  const question = orderQuestion(hashes.sha256, order);
  return ocraMac(hashes, seed, suite, { question, timeStep: ocraTimeStep(suite, tokenTime()) });
};

describe("an order of the bank", () => {
  test("is read, confirmed with its transaction code, and answered with the whole HMAC over its hash", async () => {
    const order = orderOf();
    const { body, mac } = await signedByBank(order);
    let polls = 0;
    const signed = await signBankOrder(transport, body, mac, async () => {
      if (polls++ > 0) return;
      expect(token.text()).toContain("New order");
      token.press(...PIN, "OK");
      expect(token.text()).toContain("To 0071 0001 2345 6");
      readOn();
      token.press("OK", ...CODE, "OK");
    });
    expect(signed.hash).toEqual(sha256(order));
    expect(signed.mac).toEqual(expected(order));
    expect(codeOf(token)).toBe(truncate(signed.mac, 8));
  });

  test("is shown to its last letter, names of 255 bytes too", async () => {
    const name = "Ngô Đức Thịnh & Công ty Trách nhiệm Hữu hạn ".repeat(5).slice(0, 165);
    expect(Buffer.byteLength(name)).toBeGreaterThan(200);
    await send(orderOf({ name, reference: "x".repeat(254) + "!" }));
    token.press(...PIN, "OK");
    const lines: string[] = [];
    for (let pages = 0; pages < 30; pages++) {
      for (const line of token.screen().slice(0, 3)) if (lines.at(-1) !== line) lines.push(line);
      token.press("DOWN");
    }
    const shown = lines.join("").replaceAll(" ", "");
    expect(shown).toContain(`Name${name.replaceAll(" ", "")}`);
    expect(shown.endsWith("!")).toBe(true);
  });

  test("whose name reads like another field is set in, so that it is none", async () => {
    // So many spaces that the words behind them begin a line.
    await send(orderOf({ name: `A${" ".repeat(15)}To 99999999`, account: "1" }));
    token.press(...PIN, "OK", "DOWN", "DOWN");
    const lines = token.screen().slice(0, 3);
    expect(lines).toContain(" To 99999999");
    for (const line of lines) expect(line.startsWith("To 9")).toBe(false);
  });

  test("takes no OK before its last line was on the display for a second", async () => {
    await send(orderOf());
    token.press(...PIN, "OK", "OK");
    expect(token.text()).toContain("DOWN to read on");
    token.press("DOWN", "DOWN", "DOWN", "OK", "OK", "OK");
    expect(token.text()).not.toContain("Transaction code");
    expect(token.text()).not.toContain("OK yes");
    token.advance({ ms: 1200 });
    expect(token.text()).toContain("OK yes");
    token.press("OK");
    expect(token.text()).toContain("Transaction code");
    expect((await result()).state).toBe(ORDER_SHOWN);
  });

  test("takes no OK where its last line was left before a second was over", async () => {
    await send(orderOf());
    token.press(...PIN, "OK", "DOWN", "DOWN", "DOWN", "UP");
    token.advance({ ms: 2000 });
    expect(token.text()).toContain("DOWN to read on");
    token.press("DOWN", "OK");
    expect(token.text()).not.toContain("Transaction code");
    readOn();
    token.press("OK");
    expect(token.text()).toContain("Transaction code");
  });

  test("that fits one screen takes no OK before it was there for a second either", async () => {
    const fields = [CODE, "17", "1500000", "VND"].map((text, i) => ({ tag: i + 1, value: Buffer.from(text) }));
    await send(encodeOrder(1, fields));
    token.press(...PIN, "OK");
    expect(token.text()).toContain("1,500,000 VND");
    token.advance({ ms: 700 });
    token.press("OK");
    expect(token.text()).toContain("1,500,000 VND");
    expect(token.text()).not.toContain("OK yes");
    token.advance({ ms: 500 });
    token.press("OK");
    expect(token.text()).toContain("Transaction code");
  });

  test("that the customer refuses is not signed", async () => {
    await send(orderOf());
    token.press(...PIN, "OK", "CLEAR");
    expect(token.text()).toContain("Nothing was signed");
    expect(await result()).toEqual({ state: ORDER_REFUSED, hash: undefined, mac: undefined });
    const { body, mac } = await signedByBank(orderOf());
    const refused = signBankOrder(transport, body, mac, async () => token.press(...PIN, "OK", "CLEAR"));
    token.press("OFF");
    await expect(refused).rejects.toBeInstanceOf(OrderNotSigned);
  });

  test("is not signed with another transaction code than its own, and three wrong ones refuse it", async () => {
    await send(orderOf());
    token.press(...PIN, "OK");
    readOn();
    token.press("OK", ..."482914", "OK");
    expect(token.text()).toContain("Digits are wrong");
    token.press("OK", ..."48291", "OK", "OK", ..."4829130", "OK");
    expect(token.text()).toContain("Nothing was signed");
    expect((await result()).state).toBe(ORDER_REFUSED);
  });

  test("that expires on the display is not signed", async () => {
    await send(orderOf(), { expiresAt: tokenTime() + 10 });
    token.press(...PIN, "OK");
    readOn();
    token.advance({ seconds: 10 });
    token.press("OK", ...CODE, "OK");
    expect(token.text()).toContain("The order expired");
    expect((await result()).state).toBe(ORDER_DROPPED);
  });

  test("is dropped when the token goes dark, whoever made it so", async () => {
    await send(orderOf());
    token.press(...PIN, "OK");
    token.advance({ seconds: 31 });
    expect((await result()).state).toBe(ORDER_DROPPED);
    await send(orderOf());
    token.press("CLEAR");
    expect((await result()).state).toBe(ORDER_DROPPED);
  });

  test("in dollars stands with its cents; in a currency that the token does not know it is not shown", async () => {
    await send(orderOf({ amount: "150000", currency: "USD" }));
    token.press(...PIN, "OK");
    expect(token.text()).toContain("1,500.00 USD");
    token.press("OFF");
    await expect(send(orderOf({ currency: "JPY" }))).rejects.toEqual(refusal(0x6a81));
    expect(token.text().trim()).toBe("");
  });

  test("comes only to a customer who is at nothing else", async () => {
    token.press("OK", "1");
    await expect(send(orderOf())).rejects.toEqual(refusal(0x6985));
    token.press("CLEAR", "CLEAR", "OK", ...PIN, "OK");
    await expect(send(orderOf())).rejects.toEqual(refusal(0x6985));
    token.press("OFF");
    await send(orderOf());
    expect(token.text()).toContain("New order");
  });
});

describe("a hostile host", () => {
  test("puts no words of its own on the display: without the bank's MAC nothing is shown", async () => {
    const order = orderOf();
    const { body, mac } = await signedByBank(order);
    for (const at of [0, 8, 16, 40, body.length - 1]) {
      const changed = body.slice();
      changed[at] ^= 1;
      const before = token.text();
      token = await boot(issued!.flash);
      plug(true);
      transport = memoryTransport(token);
      await expect(sendBankOrder(transport, changed, mac)).rejects.toEqual(refusal(0x6988));
      expect(token.text()).toBe(before);
    }
  });

  test("can't swap an order that is shown: a second one is refused, and the first is what is signed", async () => {
    const shown = orderOf({ amount: "1500000" });
    const other = await signedByBank(orderOf({ amount: "9500000" }));
    await send(shown);
    token.press(...PIN, "OK");
    await expect(sendBankOrder(transport, other.body, other.mac)).rejects.toEqual(refusal(0x6985));
    readOn();
    await expect(sendBankOrder(transport, other.body, other.mac)).rejects.toEqual(refusal(0x6985));
    await transport.reset();
    token.press("OK");
    await expect(sendBankOrder(transport, other.body, other.mac)).rejects.toEqual(refusal(0x6985));
    token.press(...CODE, "OK");
    const { hash, mac } = await result();
    expect(hash).toEqual(sha256(shown));
    expect(mac).toEqual(expected(shown));
  });

  test("can't show an order again: not in its time, not after a cable or a battery was out", async () => {
    const sent = await signedByBank(orderOf(), { expiresAt: tokenTime() + 500 });
    await sendBankOrder(transport, sent.body, sent.mac);
    token.press("CLEAR");
    await expect(sendBankOrder(transport, sent.body, sent.mac)).rejects.toEqual(refusal(0x6a80));
    plug(false);
    plug(true);
    await expect(sendBankOrder(transport, sent.body, sent.mac)).rejects.toEqual(refusal(0x6a80));
    token.powerOff();
    token.powerOn();
    await expect(sendBankOrder(transport, sent.body, sent.mac)).rejects.toEqual(refusal(0x6a80));
    await send(orderOf());
    expect(token.text()).toContain("New order");
  });

  test("can't keep an order for later, nor use one that ends too late", async () => {
    const late = await signedByBank(orderOf(), { expiresAt: tokenTime() });
    await expect(sendBankOrder(transport, late.body, late.mac)).rejects.toEqual(refusal(0x6a80));
    const far = await signedByBank(orderOf(), { expiresAt: tokenTime() + 601 });
    await expect(sendBankOrder(transport, far.body, far.mac)).rejects.toEqual(refusal(0x6a80));
  });

  test.each([
    ["a Cyrillic A in the name", orderOf({ name: "NGUYEN VAN \u0410N" })],
    ["a Greek O in the name", orderOf({ name: "NG\u039f" })],
    ["a letter of full width", undefined],
    ["a name of 300 characters", undefined],
    ["what is no order", new Uint8Array(60).fill(0x41)],
    [
      "a transaction code that nobody types",
      encodeOrder(1, [
        { tag: 1, value: new Uint8Array(21).fill(0x31) },
        { tag: 2, value: new Uint8Array([0x31]) },
        { tag: 3, value: new Uint8Array([0x31]) },
        { tag: 4, value: new Uint8Array(Buffer.from("VND")) },
      ]),
    ],
  ])("shows nothing in the place of what can't be shown: %s", async (what, given) => {
    let order = given;
    if (order === undefined) {
      // What encodeOrder refuses to write, a bank's own program may.
      const whole = Buffer.from(orderOf());
      const at = whole.indexOf(Buffer.from("NGUY")) - 1;
      const name = what.startsWith("a name") ? "N".repeat(300) : "\uff21";
      const rest = whole.subarray(at + 1 + whole[at]);
      order = new Uint8Array(
        Buffer.concat([whole.subarray(0, at), Buffer.from([Buffer.byteLength(name)]), Buffer.from(name), rest]),
      );
    }
    await expect(send(order)).rejects.toEqual(refusal(0x6a81));
    expect(token.text()).not.toContain("New order");
    expect((await result()).state).toBe(ORDER_DROPPED);
  });

  test("that pulls the cable midway gets nothing, and the customer is told", async () => {
    for (const stage of [0, 1, 2]) {
      token.press("OFF");
      await send(orderOf());
      if (stage > 0) token.press(...PIN, "OK");
      if (stage > 1) {
        readOn();
        token.press("OK", "4");
      }
      plug(false);
      expect(token.text()).toContain("Cable was pulled");
      expect(token.text()).toContain("Nothing was signed");
      token.press("OK");
      expect(token.text().trim()).toBe("");
      plug(true);
      await transport.reset();
      expect((await result()).state).toBe(0);
    }
  });

  test("that pulls the cable after the customer signed leaves eight digits to type", async () => {
    const order = orderOf();
    await send(order);
    token.press(...PIN, "OK");
    readOn();
    token.press("OK", ...CODE, "OK");
    plug(false);
    expect(codeOf(token)).toBe(truncate(expected(order), 8));
  });

  test("that was refused three times in ten minutes gets no further order in until the cable was out", async () => {
    const good = await signedByBank(orderOf());
    const wrong = new Uint8Array(16);
    await expect(sendBankOrder(transport, good.body, wrong)).rejects.toEqual(refusal(0x6988));
    await send(orderOf());
    token.press(...PIN, "OK", "CLEAR", "OK");
    await expect(sendBankOrder(transport, good.body, wrong)).rejects.toEqual(refusal(0x6988));
    await expect(send(orderOf())).rejects.toEqual(refusal(0x6983));
    token.advance({ minutes: 20 });
    await expect(send(orderOf())).rejects.toEqual(refusal(0x6983));
    plug(false);
    plug(true);
    await send(orderOf());
    expect(token.text()).toContain("New order");
  });

  test.each<[string, () => Promise<void>]>([
    ["that are over", () => expect(send(orderOf(), { expiresAt: tokenTime() })).rejects.toEqual(refusal(0x6a80))],
    [
      "that end too late",
      () => expect(send(orderOf(), { expiresAt: tokenTime() + 700 })).rejects.toEqual(refusal(0x6a80)),
    ],
    [
      "that were there before",
      async () => {
        await send(orderOf());
        token.press("OFF");
        await expect(send(orderOf(), { nonce: counterFromNumber(1) })).rejects.toEqual(refusal(0x6a80));
      },
    ],
    ["that can't be shown", () => expect(send(orderOf({ name: "NG\u039f" }))).rejects.toEqual(refusal(0x6a81))],
    [
      "that are too short for one",
      () => expect(sendBankOrder(transport, new Uint8Array(16), new Uint8Array(16))).rejects.toEqual(refusal(0x6a80)),
    ],
    [
      "that the customer refuses",
      async () => {
        await send(orderOf());
        token.press(...PIN, "OK", "CLEAR", "OK");
      },
    ],
    [
      "whose transaction code the customer does not know",
      async () => {
        await send(orderOf());
        token.press(...PIN, "OK");
        readOn();
        for (let tries = 0; tries < 3; tries++) token.press("OK", "1", "OK");
        token.press("OFF");
      },
    ],
  ])("has refused to it as well, at the third time in ten minutes, orders %s", async (_, refuse) => {
    for (let times = 0; times < 3; times++) {
      if (times > 0) token.advance({ minutes: 4, seconds: 45 });
      await refuse();
    }
    token.press("OFF");
    await transport.reset();
    await expect(send(orderOf())).rejects.toEqual(refusal(0x6983));
  });

  test("of whom nothing was refused for ten minutes starts anew", async () => {
    const good = await signedByBank(orderOf());
    for (let times = 0; times < 5; times++) {
      await expect(sendBankOrder(transport, good.body, new Uint8Array(16))).rejects.toEqual(refusal(0x6988));
      token.advance({ minutes: 6 });
    }
    await send(orderOf());
    expect(token.text()).toContain("New order");
  });

  test("sends the pieces of an order in order, or not at all", async () => {
    const { body, mac } = await signedByBank(orderOf());
    const message = new Uint8Array([...body, ...mac]);
    const block = async (p1: number, p2: number, piece: Uint8Array) => {
      const answer = await transport.exchange(new Uint8Array([0x80, 0x54, p1, p2, piece.length, ...piece]));
      return answer.at(-2)! * 256 + answer.at(-1)!;
    };
    expect(await block(0, 1, message.subarray(0, 100))).toBe(0x6a80);
    expect(await block(0, 0, message.subarray(0, 100))).toBe(0x9000);
    expect(await block(0, 2, message.subarray(100))).toBe(0x6a80);
    expect(await block(0x80, 1, message.subarray(100))).toBe(0x6a80);
    for (let blocks = 0; blocks < 7; blocks++) expect(await block(0, blocks, new Uint8Array(250))).toBe(0x9000);
    expect(await block(0, 7, new Uint8Array(250))).toBe(0x6a80);
    expect(await block(0, 0, message.subarray(0, 100))).toBe(0x9000);
    expect(await block(0x80, 1, message.subarray(100))).toBe(0x9000);
    expect((await result()).state).toBe(ORDER_SHOWN);
  });
});

test("a token without an order key takes no orders, and one that has not been personalised none either", async () => {
  const without = await issue([...STANDARD_CREDENTIALS]);
  token = await boot(without.flash);
  transport = memoryTransport(token);
  await expect(send(orderOf())).rejects.toEqual(refusal(0x6a88));
  token = await boot();
  transport = memoryTransport(token);
  await expect(send(orderOf())).rejects.toEqual(refusal(0x6985));
});
