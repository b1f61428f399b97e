import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { aes128 } from "../../host-tools/crypto/node.ts";
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import { type CommandApdu, encodeCommand, MAX_SECURED_DATA, parseCommand } from "../../protocol/apdu/command.ts";
import {
  hostConfirmation,
  isHostConfirmation,
  isTokenConfirmation,
  tokenConfirmation,
} from "../../protocol/apdu/confirmation.ts";
import { KIND_CHALLENGE, KIND_CONNECTED_SIGN, KIND_SIGN, KIND_TIME_CODE } from "../../protocol/apdu/credential-kind.ts";
import { checkCurrencies, encodeCurrencies, minorDigitsOf } from "../../protocol/apdu/currencies.ts";
import { externalAuthenticate, parseExternalAuthenticate } from "../../protocol/apdu/external-authenticate.ts";
import {
  encodeClockReading,
  encodeTokenInformation,
  getData,
  parseClockReading,
  parseGetData,
  parseTokenInformation,
  TAG_CLOCK,
  TAG_TOKEN_INFORMATION,
  type TokenInformation,
} from "../../protocol/apdu/get-data.ts";
import {
  encodeInitializeUpdateResponse,
  initializeUpdate,
  parseInitializeUpdate,
  parseInitializeUpdateResponse,
} from "../../protocol/apdu/initialize-update.ts";
import { encodeOrderForm, type OrderForm, parseOrderForm } from "../../protocol/apdu/order-form.ts";
import {
  type Credential,
  decryptKey,
  encodePersonalisationData,
  encryptKey,
  type OrderKey,
  type PersonalisationData,
  type Policy,
  parsePersonalisationData,
  TAG_ACTIVATION,
  TAG_CREDENTIAL,
  TAG_ORDER_KEY,
  TAG_POLICY,
} from "../../protocol/apdu/personalisation-data.ts";
import {
  encodePutKeyResponse,
  keyCheckValue,
  parsePutKey,
  parsePutKeyResponse,
  putKey,
} from "../../protocol/apdu/put-key.ts";
import {
  encodeSetClockResponse,
  parseSetClock,
  parseSetClockResponse,
  setClock,
} from "../../protocol/apdu/set-clock.ts";
import {
  encodeOrderResultResponse,
  orderBody,
  orderMac,
  orderResult,
  parseOrderResult,
  parseOrderResultResponse,
  parseSignOrder,
  signOrder,
} from "../../protocol/apdu/sign-order.ts";
import {
  encodeStoreDataResponse,
  parseStoreData,
  parseStoreDataResponse,
  storeData,
  wipeKeys,
} from "../../protocol/apdu/store-data.ts";
import { encodeTlv, parseTlv } from "../../protocol/apdu/tlv.ts";
import { encodeUnixTime } from "../../protocol/apdu/unix-time.ts";
import { checkDigit } from "../../protocol/otp/check-digit.ts";
import { cmac, cmacKey } from "../../protocol/scp03/cmac.ts";
import { VISCII_CONTROLS } from "../../protocol/viscii.ts";
import { runs } from "../fuzz/runs.ts";
import vectors from "../vectors/scp03.json" with { type: "json" };

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");
const byte = fc.integer({ min: 0, max: 255 });
const block = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const text = (maxLength: number) =>
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength,
  });
const seconds = fc.maxSafeNat();
const dek = aes128(bytes("303132333435363738393a3b3c3d3e3f"));
/** As it crosses the line. */
const sent = (command: CommandApdu) => parseCommand(encodeCommand(command));
const status = (statusWord: number) => expect.objectContaining({ name: "ApduError", statusWord });

describe("GET DATA", () => {
  const always = {
    serial: text(16),
    model: block(2),
    firmwareVersion: text(32),
    boardName: text(32),
    assuranceClass: fc.constantFrom("O" as const, "P" as const, "S" as const),
    state: fc.integer({ min: 0, max: 4 }),
    pinTriesLeft: byte,
    keyVersion: byte,
  };
  const information: fc.Arbitrary<TokenInformation> = fc.oneof(
    fc.record(always),
    fc.record({ ...always, activationEnd: seconds }),
  );

  const factory: TokenInformation = {
    serial: "OC000001",
    model: bytes("0001"),
    firmwareVersion: "0.1.0",
    boardName: "pico-keypad",
    assuranceClass: "O",
    state: 1,
    pinTriesLeft: 0,
    keyVersion: 1,
  };

  it("is 80 CA DF 20 for the token's information and 84 CA DF 21 for its clock", () => {
    expect(hex(encodeCommand(getData(TAG_TOKEN_INFORMATION)))).toBe("80cadf2000");
    expect(hex(encodeCommand(getData(TAG_CLOCK)))).toBe("84cadf2100");
    expect(parseGetData(sent(getData(TAG_TOKEN_INFORMATION)))).toBe(TAG_TOKEN_INFORMATION);
    expect(parseGetData(sent(getData(TAG_CLOCK)))).toBe(TAG_CLOCK);
  });

  it("tells the clock to a session only, and knows no other object", () => {
    expect(() => parseGetData({ ...getData(TAG_CLOCK), cla: 0x80 })).toThrow(status(0x6982));
    expect(parseGetData({ ...getData(TAG_TOKEN_INFORMATION), cla: 0x84 })).toBe(TAG_TOKEN_INFORMATION);
    expect(() => parseGetData(getData(0x0066))).toThrow(status(0x6a88));
    expect(() => parseGetData({ ...getData(TAG_CLOCK), data: new Uint8Array(1) })).toThrow(status(0x6700));
  });

  it("brings the token's information across in one response", () => {
    fc.assert(
      fc.property(information, (said) => {
        const data = encodeTokenInformation(said);
        expect(data.length).toBeLessThanOrEqual(256);
        expect(parseTokenInformation(data)).toEqual(said);
      }),
    );
  });

  it("is laid out as documented", () => {
    const expected =
      "80084f43303030303031" +
      "81020001" +
      "8205302e312e30" +
      "830b7069636f2d6b6579706164" +
      "84014f" +
      "850101" +
      "860100" +
      "870101";
    expect(hex(encodeTokenInformation(factory))).toBe(expected);
    expect(hex(encodeTokenInformation({ ...factory, activationEnd: 1798761600 }))).toBe(
      `${expected}8808000000006b36ec80`,
    );
  });

  it("lets a newer token say more, and an odd one nothing wrong", () => {
    const data = encodeTokenInformation(factory);
    expect(parseTokenInformation(Uint8Array.of(...data, 0x89, 1, 0))).toEqual(factory);
    expect(() => parseTokenInformation(Uint8Array.of(...data, 0x88, 1, 0))).toThrow(ApduError);
    for (const [tag, value] of [
      [0x84, "X"],
      [0x85, "\x05"],
    ] as const) {
      const spoiled = Buffer.from(data);
      spoiled[spoiled.indexOf(Uint8Array.of(tag, 1)) + 2] = value.charCodeAt(0);
      expect(() => parseTokenInformation(new Uint8Array(spoiled))).toThrow(ApduError);
    }
    for (const wrong of [
      { serial: "" },
      { serial: "x".repeat(17) },
      { model: bytes("01") },
      { state: 256 },
      { pinTriesLeft: -1 },
    ]) {
      expect(() => encodeTokenInformation({ ...factory, ...wrong })).toThrow(ApduError);
    }
  });

  it("brings the clock across", () => {
    fc.assert(
      fc.property(seconds, fc.boolean(), (time, lostPower) => {
        expect(parseClockReading(encodeClockReading({ seconds: time, lostPower }))).toEqual({
          seconds: time,
          lostPower,
        });
      }),
    );
    expect(hex(encodeClockReading({ seconds: 0x65000000, lostPower: true }))).toBe("000000006500000001");
  });
});

describe("INITIALIZE UPDATE and EXTERNAL AUTHENTICATE", () => {
  it("carry key version and host challenge", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 127 }), block(8), (keyVersion, hostChallenge) => {
        expect(parseInitializeUpdate(sent(initializeUpdate(keyVersion, hostChallenge)))).toEqual({
          keyVersion,
          hostChallenge,
        });
      }),
    );
    expect(hex(encodeCommand(initializeUpdate(1, bytes("0102030405060708"))))).toBe("8050010008010203040506070800");
  });

  it("bring the card's answer across, under key information 03 70", () => {
    const response = fc.record({
      diversificationData: block(10),
      keyVersion: byte,
      cardChallenge: block(8),
      cardCryptogram: block(8),
      sequenceCounter: block(3),
    });
    fc.assert(
      fc.property(response, (answer) => {
        const data = encodeInitializeUpdateResponse(answer);
        expect(data).toHaveLength(32);
        expect(hex(data.subarray(11, 13))).toBe("0370");
        expect(parseInitializeUpdateResponse(data)).toEqual(answer);
        const otherProtocol = data.slice();
        otherProtocol[12] = 0x60;
        expect(() => parseInitializeUpdateResponse(otherProtocol)).toThrow(ApduError);
        expect(() => encodeInitializeUpdateResponse({ ...answer, cardChallenge: new Uint8Array(7) })).toThrow(
          ApduError,
        );
      }),
    );
  });

  it("carry cryptogram and C-MAC, at security level 33 only", () => {
    fc.assert(
      fc.property(block(8), block(8), (hostCryptogram, mac) => {
        expect(parseExternalAuthenticate(sent(externalAuthenticate(hostCryptogram, mac)))).toEqual({
          hostCryptogram,
          mac,
        });
      }),
    );
    const command = externalAuthenticate(new Uint8Array(8), new Uint8Array(8));
    for (const p1 of [0x00, 0x01, 0x03, 0x11, 0x13]) {
      expect(() => parseExternalAuthenticate({ ...command, p1 })).toThrow(status(0x6a86));
    }
    expect(() => parseExternalAuthenticate({ ...command, cla: 0x80 })).toThrow(status(0x6e00));
    expect(() => parseExternalAuthenticate({ ...command, ins: 0x84 })).toThrow(status(0x6d00));
    expect(() => parseExternalAuthenticate({ ...command, data: new Uint8Array(8) })).toThrow(status(0x6700));
  });

  it("refuse what the token could not mean", () => {
    expect(() => initializeUpdate(128, new Uint8Array(8))).toThrow(ApduError);
    expect(() => initializeUpdate(1, new Uint8Array(7))).toThrow(ApduError);
    const command = initializeUpdate(1, new Uint8Array(8));
    expect(() => parseInitializeUpdate({ ...command, p1: 200 })).toThrow(status(0x6a86));
    expect(() => parseInitializeUpdate({ ...command, p2: 1 })).toThrow(status(0x6a86));
    expect(() => parseInitializeUpdate({ ...command, data: new Uint8Array(9) })).toThrow(status(0x6700));
    expect(() => externalAuthenticate(new Uint8Array(7), new Uint8Array(8))).toThrow(ApduError);
  });
});

describe("PUT KEY", () => {
  const keySet = fc.record({ enc: block(16), mac: block(16), dek: block(16) });
  const versions = fc.tuple(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 1, max: 127 }));

  it("brings three keys across under the DEK, and their check values back", () => {
    fc.assert(
      fc.property(keySet, versions, (keys, [replacedVersion, newVersion]) => {
        const command = putKey(aes128, dek, replacedVersion, newVersion, keys);
        for (const key of [keys.enc, keys.mac, keys.dek]) expect(hex(command.data)).not.toContain(hex(key));
        expect(parsePutKey(aes128, dek, sent(command))).toEqual({ replacedVersion, newVersion, keys });
        const answer = parsePutKeyResponse(encodePutKeyResponse(aes128, newVersion, keys));
        const checkValues = [keys.enc, keys.mac, keys.dek].map((key) => hex(keyCheckValue(aes128(key)))).join("");
        expect({ ...answer, checkValues: hex(answer.checkValues) }).toEqual({ newVersion, checkValues });
      }),
    );
  });

  it("has key blocks and check values as the session of the vectors", () => {
    const vector = vectors.computedSessions[0];
    const key = bytes("404142434445464748494a4b4c4d4e4f");
    expect(hex(keyCheckValue(aes128(key)))).toBe("504a77");
    // The vector puts one key under DEK 40..4F; ours puts three of the same kind.
    const plain = bytes(vector.putKeyPlainData);
    const enc = aes128(bytes(vector.keyDek)).decryptBlock(plain.slice(4, 20));
    const command = putKey(aes128, aes128(bytes(vector.keyDek)), 0, 1, { enc, mac: enc, dek: enc });
    expect(hex(command.data)).toBe(`01${vector.putKeyPlainData.slice(2).repeat(3)}`);
    expect([command.cla, command.ins, command.p1, command.p2, command.data.length]).toEqual([0x84, 0xd8, 0, 0x81, 70]);
  });

  it("is refused with 9485 when any bit of any key or check value is wrong", () => {
    const keys = { enc: new Uint8Array(16).fill(1), mac: new Uint8Array(16).fill(2), dek: new Uint8Array(16).fill(3) };
    const command = putKey(aes128, dek, 1, 2, keys);
    for (let bit = 8; bit < 8 * command.data.length; bit++) {
      const data = command.data.slice();
      data[bit >> 3] ^= 1 << (bit & 7);
      const within = ((bit >> 3) - 1) % 23;
      const header = within < 3 || within === 19;
      expect(() => parsePutKey(aes128, dek, { ...command, data })).toThrow(status(header ? 0x6a80 : 0x9485));
    }
  });

  it("is refused outside a session, for single keys, and for versions that do not exist", () => {
    const keys = { enc: new Uint8Array(16), mac: new Uint8Array(16), dek: new Uint8Array(16) };
    const command = putKey(aes128, dek, 1, 2, keys);
    expect(() => parsePutKey(aes128, dek, { ...command, cla: 0x80 })).toThrow(status(0x6982));
    expect(() => parsePutKey(aes128, dek, { ...command, p2: 0x01 })).toThrow(status(0x6a86));
    expect(() => parsePutKey(aes128, dek, { ...command, p1: 128 })).toThrow(status(0x6a86));
    expect(() => parsePutKey(aes128, dek, { ...command, data: command.data.slice(1) })).toThrow(status(0x6700));
    expect(() => putKey(aes128, dek, 1, 0, keys)).toThrow(ApduError);
    expect(() => putKey(aes128, dek, 1, 2, { ...keys, mac: new Uint8Array(24) })).toThrow(ApduError);
  });
});

const form: fc.Arbitrary<OrderForm> = fc.record({
  template: fc.constantFrom(1, 2),
  currency: fc.string({ unit: fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"), minLength: 3, maxLength: 3 }),
  minorDigits: fc.integer({ min: 0, max: 3 }),
});
const currencies = fc.array(
  form.map(({ currency, minorDigits }) => ({ code: currency, minorDigits })),
  { minLength: 1, maxLength: 4 },
);
const orderKey: fc.Arbitrary<OrderKey> = block(16).map((key) => ({ tag: TAG_ORDER_KEY, key }));
const kindAndParameters = fc.oneof(
  fc.constantFrom(KIND_TIME_CODE, KIND_CHALLENGE).map((kind) => ({ kind, parameters: new Uint8Array(0) })),
  form.map((value) => ({ kind: KIND_SIGN, parameters: encodeOrderForm(value) })),
  currencies.map((value) => ({ kind: KIND_CONNECTED_SIGN, parameters: encodeCurrencies(value) })),
);
const LABEL_CODES = Array.from({ length: 256 }, (_, code) => code)
  .filter((code) => code !== 0x7f && (code >= 0x20 || code in VISCII_CONTROLS))
  .map((code) => String.fromCharCode(code));
const name = fc.string({
  unit: fc.constantFrom(...LABEL_CODES),
  maxLength: 16,
});
const credential: fc.Arbitrary<Credential> = fc
  .record({
    tag: fc.constant(TAG_CREDENTIAL),
    slot: byte,
    label: name,
    suite: text(64),
    key: fc.uint8Array({ minLength: 16, maxLength: 64 }),
  })
  .chain((fields) => kindAndParameters.map((more) => ({ ...fields, ...more }) as Credential))
  .chain((fields) =>
    fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }).map((pinSeconds) => ({ ...fields, pinSeconds })),
  );
const policy: fc.Arbitrary<Policy> = fc.record({
  tag: fc.constant(TAG_POLICY),
  pinTryLimit: fc.integer({ min: 1, max: 10 }),
  autoOffSeconds: fc.integer({ min: 1, max: 65535 }),
  language: fc.constantFrom(0, 1),
});
const personalisation = fc.array(fc.oneof(credential, policy, orderKey), { maxLength: 8 });

const example: PersonalisationData[] = [
  { tag: TAG_POLICY, pinTryLimit: 5, autoOffSeconds: 30, language: 0 },
  {
    tag: TAG_CREDENTIAL,
    slot: 0,
    kind: KIND_TIME_CODE,
    label: "LOGIN",
    suite: "TOTP-SHA256-8-30",
    key: new Uint8Array(32).fill(9),
    parameters: new Uint8Array(0),
  },
  {
    tag: TAG_CREDENTIAL,
    slot: 1,
    kind: KIND_CHALLENGE,
    label: "PAY",
    suite: "OCRA-1:HOTP-SHA256-8:QN10-T30S",
    key: new Uint8Array(32).fill(8),
    parameters: new Uint8Array(0),
  },
];

describe("the form of an order", () => {
  it("comes back as it was, and has its six bytes as documented", () => {
    fc.assert(
      fc.property(form, (value) => {
        expect(parseOrderForm(encodeOrderForm(value))).toEqual(value);
      }),
    );
    expect(hex(encodeOrderForm({ template: 1, currency: "VND", minorDigits: 0 }))).toBe("0001564e4400");
  });

  it.each([
    "",
    "0001564e44",
    "0001564e440000",
    "0000564e4400",
    "0003564e4400",
    "0101564e4400",
    "0001566e4400",
    "0001564e4404",
  ])("is not %s", (wrong) => expect(() => parseOrderForm(bytes(wrong))).toThrow(status(0x6a80)));

  it("is written only where it can be read", () => {
    for (const wrong of [
      { template: 3 },
      { template: 65537 },
      { currency: "vnd" },
      { currency: "VNDX" },
      { minorDigits: 256 },
    ])
      expect(() => encodeOrderForm({ template: 1, currency: "VND", minorDigits: 0, ...wrong })).toThrow(ApduError);
  });

  it("stands in a credential that signs, and in no other", () => {
    const key = encodeTlv(0x84, encryptKey(dek, new Uint8Array(20)));
    const parse = (kind: string, ...parameters: string[]) => {
      const parts = [bytes("800101"), bytes(kind), bytes("820141"), bytes("830142"), key, ...parameters.map(bytes)];
      return parsePersonalisationData(parseTlv(encodeTlv(0xe1, new Uint8Array(Buffer.concat(parts))))[0], dek);
    };
    expect(parse("810103", "85060001564e4400")).toMatchObject({ kind: 3, parameters: bytes("0001564e4400") });
    expect(() => parse("810103")).toThrow(status(0x6a80));
    expect(() => parse("810103", "85060003564e4400")).toThrow(status(0x6a80));
    expect(() => parse("810103", "85060001564e4400", "860100")).toThrow(status(0x6a80));
    expect(() => parse("810101", "85060001564e4400")).toThrow(status(0x6a80));
    const data = { ...(example[1] as Credential), parameters: bytes("0001564e4400") };
    expect(() => storeData(dek, [data])).toThrow(status(0x6a80));
  });
});

describe("SIGN ORDER", () => {
  const aes = aes128(bytes("404142434445464748494a4b4c4d4e4f"));
  const body = orderBody(bytes("0000000000000001"), 1_800_000_000, bytes("010203"));

  it("brings a message across in blocks, and begins with nonce and expiry", () => {
    expect(hex(body)).toBe("0000000000000001" + "000000006b49d200" + "010203");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1814 }), (order) => {
        const whole = orderBody(bytes("0000000000000001"), 1_800_000_000, order);
        const commands = signOrder(whole, orderMac(aes, whole)).map((command) => parseSignOrder(sent(command)));
        expect(commands.map(({ block }) => block)).toEqual(commands.map((_, i) => i));
        expect(commands.map(({ last }) => last)).toEqual(commands.map((_, i) => i === commands.length - 1));
        const message = Buffer.concat(commands.map(({ piece }) => piece));
        expect(hex(message)).toBe(hex(whole) + hex(orderMac(aes, whole)));
      }),
      { numRuns: runs(30) },
    );
  });

  it("is MACed with its label", () => {
    const labelled = new Uint8Array([...Buffer.from("OCHRE-SIGN-ORDER"), ...body]);
    expect(orderMac(aes, body)).toEqual(cmac(cmacKey(aes), [labelled]));
  });

  it("is refused where it is none", () => {
    const command = signOrder(body, orderMac(aes, body))[0];
    expect(() => parseSignOrder({ ...command, p1: 1 })).toThrow(status(0x6a86));
    expect(() => parseSignOrder({ ...command, data: new Uint8Array(0) })).toThrow(status(0x6700));
    expect(() => orderBody(new Uint8Array(7), 1, body)).toThrow(status(0x6700));
    expect(() => orderBody(new Uint8Array(8), 1, new Uint8Array(1815))).toThrow(status(0x6700));
    expect(() => signOrder(body, new Uint8Array(8))).toThrow(status(0x6700));
    for (const wrong of [{ p1: 1 }, { p2: 1 }])
      expect(() => parseOrderResult({ ...orderResult(), ...wrong })).toThrow(status(0x6a86));
    expect(() => parseOrderResult({ ...orderResult(), data: new Uint8Array(1) })).toThrow(status(0x6700));
  });

  it("brings its result back, with hash and HMAC where the order was signed and only there", () => {
    const none = { hash: undefined, mac: undefined };
    for (const state of [0, 1, 3, 4])
      expect(parseOrderResultResponse(encodeOrderResultResponse({ state, ...none }))).toEqual({ state, ...none });
    const signed = { state: 2, hash: new Uint8Array(32).fill(1), mac: new Uint8Array(32).fill(2) };
    expect(parseOrderResultResponse(encodeOrderResultResponse(signed))).toEqual(signed);
    for (const wrong of ["", "02", "05", `01${"00".repeat(64)}`, `02${"00".repeat(63)}`])
      expect(() => parseOrderResultResponse(bytes(wrong))).toThrow(status(0x6a80));
  });
});

describe("the currencies of the bank's orders", () => {
  it("have four bytes each, and their minor digits are found by their code", () => {
    const known = encodeCurrencies([
      { code: "VND", minorDigits: 0 },
      { code: "USD", minorDigits: 2 },
    ]);
    expect(hex(known)).toBe("564e440055534402");
    for (const [code, digits] of [
      ["VND", 0],
      ["USD", 2],
      ["JPY", -1],
      ["DUS", -1],
    ] as const)
      expect(minorDigitsOf(known, new Uint8Array(Buffer.from(code)))).toBe(digits);
  });

  it.each(["", "564e44", "564e4404", "566e4400", "564e4400".repeat(5)])("are not %s", (wrong) =>
    expect(() => checkCurrencies(bytes(wrong))).toThrow(status(0x6a80)),
  );
});

describe("the order key", () => {
  it("has 16 bytes and no other length, and travels encrypted", () => {
    const parse = (key: Uint8Array) =>
      parsePersonalisationData(parseTlv(encodeTlv(0xe4, encodeTlv(0x80, encryptKey(dek, key))))[0], dek);
    expect(parse(new Uint8Array(16).fill(3))).toEqual({ tag: 0xe4, key: new Uint8Array(16).fill(3) });
    expect(() => parse(new Uint8Array(20))).toThrow(status(0x6a80));
    expect(() => storeData(dek, [{ tag: TAG_ORDER_KEY, key: new Uint8Array(20) }])).toThrow(status(0x6a80));
  });
});

describe("an activation code", () => {
  const digits = "1234567890123456789";
  const code = (text: string) => new Uint8Array(Buffer.from(text));
  const right = code(digits + checkDigit(code(digits), digits.length));
  const end = 1_900_000_000;

  it("travels encrypted, with its end", () => {
    const object = encodePersonalisationData({ tag: TAG_ACTIVATION, code: right.slice(), end }, dek);
    expect(hex(object)).not.toContain(hex(right.subarray(0, 4)));
    expect(parsePersonalisationData(parseTlv(object)[0], dek)).toEqual({ tag: TAG_ACTIVATION, code: right, end });
  });

  it("has twenty digits of which the last is right: any other is neither sent nor taken", () => {
    const wrong = [0, 1, 18, 19].map((at) => right.with(at, right[at] === 0x39 ? 0x30 : right[at] + 1));
    for (const other of [...wrong, right.slice(1), right.with(3, 0x41)]) {
      const travelling = encodeTlv(
        TAG_ACTIVATION,
        new Uint8Array(Buffer.concat([encodeTlv(0x80, encryptKey(dek, other)), encodeTlv(0x81, encodeUnixTime(end))])),
      );
      expect(() => encodePersonalisationData({ tag: TAG_ACTIVATION, code: other.slice(), end }, dek)).toThrow(
        status(0x6a80),
      );
      expect(() => parsePersonalisationData(parseTlv(travelling)[0], dek)).toThrow(status(0x6a80));
    }
  });
});

describe("STORE DATA", () => {
  it("brings a whole personalisation across in numbered blocks that a secured command can carry", () => {
    fc.assert(
      fc.property(personalisation, (objects) => {
        const commands = storeData(dek, objects);
        const received = commands.map((command) => parseStoreData(dek, sent(command)));
        expect(received.map((store) => store.block)).toEqual(received.map((_, i) => i));
        expect(received.flatMap((store) => store.objects)).toEqual(objects);
        expect(received.map((store) => store.confirmation !== undefined)).toEqual(
          received.map((_, i) => i === received.length - 1),
        );
        expect(received.at(-1)?.confirmation).toEqual(hostConfirmation(dek, objects));
        for (const command of commands) {
          expect(command.data.length).toBeLessThanOrEqual(MAX_SECURED_DATA);
          for (const data of objects)
            if (data.tag !== TAG_POLICY) expect(hex(command.data)).not.toContain(hex(data.key));
        }
      }),
      { numRuns: runs(60) },
    );
  });

  it("brings the token's confirmation back", () => {
    fc.assert(
      fc.property(block(16), (mac) => {
        expect(parseStoreDataResponse(encodeStoreDataResponse(mac))).toEqual(mac);
      }),
    );
    expect(hex(encodeStoreDataResponse(new Uint8Array(16)))).toBe(`e3128010${"00".repeat(16)}`);
    for (const wrong of ["", "e300", `e311800f${"00".repeat(15)}`, `8010${"00".repeat(16)}`]) {
      expect(() => parseStoreDataResponse(bytes(wrong))).toThrow(ApduError);
    }
  });

  it("is refused outside a session, with another P1, and with the confirmation missing or misplaced", () => {
    const commands = storeData(dek, example);
    const last = commands[commands.length - 1];
    const confirmation = encodeTlv(0xe3, encodeTlv(0x80, new Uint8Array(16)));
    const policyObject = bytes("e20a" + "800105" + "8102001e" + "820100");
    const put = (p1: number, ...parts: Uint8Array[]) => ({ ...last, p1, data: new Uint8Array(Buffer.concat(parts)) });
    expect(parseStoreData(dek, put(0x80, policyObject, confirmation)).objects).toHaveLength(1);
    expect(() => parseStoreData(dek, { ...last, cla: 0x80 })).toThrow(status(0x6982));
    expect(() => parseStoreData(dek, { ...last, p1: 0x81 })).toThrow(status(0x6a86));
    expect(() => parseStoreData(dek, put(0x80, policyObject))).toThrow(status(0x6a80));
    expect(() => parseStoreData(dek, put(0x80))).toThrow(status(0x6a80));
    expect(() => parseStoreData(dek, put(0x00, policyObject, confirmation))).toThrow(status(0x6a80));
    expect(() => parseStoreData(dek, put(0x80, confirmation, policyObject, confirmation))).toThrow(status(0x6a80));
    expect(() =>
      parseStoreData(dek, put(0x80, policyObject, encodeTlv(0xe3, encodeTlv(0x80, new Uint8Array(8))))),
    ).toThrow(status(0x6a80));
  });

  it("refuses fields that are missing, twice, out of order, unknown or out of range", () => {
    const key = encodeTlv(0x84, encryptKey(dek, new Uint8Array(20)));
    const fields = [bytes("800101"), bytes("810101"), bytes("820141"), bytes("830142"), key];
    const parse = (tag: number, parts: Uint8Array[]) =>
      parsePersonalisationData(parseTlv(encodeTlv(tag, new Uint8Array(Buffer.concat(parts))))[0], dek);
    expect(parse(0xe1, fields)).toEqual({
      tag: 0xe1,
      slot: 1,
      kind: 1,
      label: "A",
      suite: "B",
      key: new Uint8Array(20),
      parameters: new Uint8Array(0),
    });
    for (let i = 0; i < 5; i++) {
      expect(() => parse(0xe1, fields.toSpliced(i, 1))).toThrow(status(0x6a80));
      expect(() => parse(0xe1, fields.toSpliced(i, 0, fields[i]))).toThrow(status(0x6a80));
      if (i > 0)
        expect(() => parse(0xe1, fields.with(i, fields[i - 1]).with(i - 1, fields[i]))).toThrow(status(0x6a80));
    }
    for (const own of ["86020000", "860101", "8603000001"])
      expect(() => parse(0xe1, [...fields, bytes("8500"), bytes(own)])).toThrow(status(0x6a80));
    expect(() => parse(0xe1, [...fields, bytes("86020001")])).toThrow(status(0x6a80));
    expect(parse(0xe1, [...fields, bytes("8500"), bytes("86020001")])).toMatchObject({ pinSeconds: 1 });
    expect(() => parse(0xe1, [...fields, bytes("8500")])).toThrow(status(0x6a80));
    for (const unknown of ["810100", "8101ff"])
      expect(() => parse(0xe1, fields.with(1, bytes(unknown)))).toThrow(status(0x6a80));
    expect(() => parse(0xe1, fields.with(2, bytes("8211" + "41".repeat(17))))).toThrow(status(0x6a80));
    // NUL, line feed, carriage return and DEL are no characters; but all letters of VISCII are.
    for (const noLetter of ["820100", "82010a", "82010d", "82017f"])
      expect(() => parse(0xe1, fields.with(2, bytes(noLetter)))).toThrow(status(0x6a80));
    expect(parse(0xe1, fields.with(2, bytes("82030280ff")))).toMatchObject({ label: "\x02\x80\xff" });
    expect(parse(0xe1, fields.with(2, bytes("8200")))).toMatchObject({ label: "" });
    const policyFields = [bytes("800105"), bytes("8102001e"), bytes("820100")];
    expect(parse(0xe2, policyFields)).toEqual(example[0]);
    for (const wrong of ["800100", "80010b"])
      expect(() => parse(0xe2, policyFields.with(0, bytes(wrong)))).toThrow(status(0x6a80));
    expect(() => parse(0xe2, policyFields.with(1, bytes("81020000")))).toThrow(status(0x6a80));
    expect(() => parse(0xe2, policyFields.with(2, bytes("820102")))).toThrow(status(0x6a80));
    expect(() => parse(0xe4, policyFields)).toThrow(status(0x6a80));
  });

  it("does not send what the token would refuse", () => {
    const [settings, login] = example;
    for (const wrong of [
      { ...settings, pinTryLimit: 11 },
      { ...settings, pinTryLimit: 0 },
      { ...settings, autoOffSeconds: 65536 },
      { ...settings, language: 2 },
      { ...login, slot: 256 },
      { ...login, kind: 3 },
      { ...login, label: "seventeen letters" },
      { ...login, suite: "x".repeat(65) },
      { ...login, key: new Uint8Array(15) },
      { ...login, key: new Uint8Array(65) },
    ]) {
      expect(() => storeData(dek, [wrong as PersonalisationData])).toThrow(ApduError);
    }
  });

  it("overwrites the keys of a block that it refuses half-way, and of one that is no longer needed", () => {
    const [, login] = example as [Policy, Credential];
    const command = storeData(dek, [login])[0];
    const broken = new Uint8Array(
      Buffer.concat([command.data.slice(0, -20), bytes("e20100"), command.data.slice(-20)]),
    );
    const wiped: string[] = [];
    const fill = vi.spyOn(Uint8Array.prototype, "fill").mockImplementation(function (this: Uint8Array) {
      wiped.push(hex(this));
      this.set(new Uint8Array(this.length));
      return this;
    });
    try {
      expect(() => parseStoreData(dek, { ...command, data: broken })).toThrow(status(0x6a80));
      expect(wiped).toContain(hex(login.key));
    } finally {
      fill.mockRestore();
    }

    const store = parseStoreData(dek, command);
    wipeKeys(store.objects);
    expect((store.objects[0] as Credential).key).toEqual(new Uint8Array(32));
  });
});

describe("a key under the DEK", () => {
  it("comes back, padded to whole blocks", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 64 }), (key) => {
        const encrypted = encryptKey(dek, key);
        expect(encrypted.length).toBe((key.length & ~15) + 16);
        expect(decryptKey(dek, encrypted)).toEqual(key);
      }),
    );
  });

  it("is refused where no key comes out", () => {
    for (const length of [0, 16, 31, 33, 96]) expect(() => decryptKey(dek, new Uint8Array(length))).toThrow(ApduError);
    expect(() => decryptKey(dek, new Uint8Array(32))).toThrow(ApduError);
    expect(() => encryptKey(dek, new Uint8Array(15))).toThrow(ApduError);
  });
});

describe("the confirmation of a personalisation", () => {
  it("is the CMAC under the DEK over label and objects with the keys in clear", () => {
    const credentialInClear = (slot: string, kind: string, label: string, suite: string, key: string) => {
      const value = Buffer.concat([
        bytes(`8001${slot}8101${kind}`),
        encodeTlv(0x82, new TextEncoder().encode(label)),
        encodeTlv(0x83, new TextEncoder().encode(suite)),
        encodeTlv(0x84, bytes(key)),
      ]);
      return encodeTlv(0xe1, new Uint8Array(value));
    };
    const objects = [
      bytes("e20a8001058102001e820100"),
      credentialInClear("00", "01", "LOGIN", "TOTP-SHA256-8-30", "09".repeat(32)),
      credentialInClear("01", "02", "PAY", "OCRA-1:HOTP-SHA256-8:QN10-T30S", "08".repeat(32)),
    ];
    const over = (label: string) => cmac(cmacKey(dek), [new TextEncoder().encode(label), ...objects]);
    expect(hostConfirmation(dek, example)).toEqual(over("OCHRE-PERSO"));
    expect(tokenConfirmation(dek, example)).toEqual(over("OCHRE-PERSO-OK"));
  });

  it("convinces each side of the other, and neither of its own words given back", () => {
    fc.assert(
      fc.property(personalisation, (objects) => {
        const host = hostConfirmation(dek, objects);
        const token = tokenConfirmation(dek, objects);
        expect(isHostConfirmation(dek, objects, host)).toBe(true);
        expect(isTokenConfirmation(dek, objects, token)).toBe(true);
        expect(isHostConfirmation(dek, objects, token)).toBe(false);
        expect(isTokenConfirmation(dek, objects, host)).toBe(false);
      }),
    );
  });

  it("fails when a key, a field or the order differs, or an object is missing", () => {
    const mac = hostConfirmation(dek, example);
    const [settings, login, pay] = example as [Policy, Credential, Credential];
    const otherKey = login.key.slice();
    otherKey[31] ^= 1;
    const others: PersonalisationData[][] = [
      [settings, { ...login, key: otherKey }, pay],
      [settings, { ...login, slot: 2 }, pay],
      [{ ...settings, pinTryLimit: 6 }, login, pay],
      [settings, pay, login],
      [settings, login],
      [],
    ];
    for (const other of others) expect(isHostConfirmation(dek, other, mac)).toBe(false);
    expect(isHostConfirmation(aes128(new Uint8Array(16)), example, mac)).toBe(false);
    expect(isHostConfirmation(dek, example, mac.slice(0, 15))).toBe(false);
  });

  it("leaves the keys of its objects as they are", () => {
    const before = structuredClone(example);
    hostConfirmation(dek, example);
    storeData(dek, example);
    expect(example).toEqual(before);
  });
});

describe("PUT DATA of the clock", () => {
  it("carries the time to set, and the time before back", () => {
    fc.assert(
      fc.property(seconds, (time) => {
        expect(parseSetClock(sent(setClock(time)))).toBe(time);
        expect(parseSetClockResponse(encodeSetClockResponse(time))).toBe(time);
      }),
    );
    expect(hex(encodeCommand(setClock(0x65000000)))).toBe("84dadf2108000000006500000000");
  });

  it("is refused outside a session, for other objects and other lengths", () => {
    const command = setClock(1);
    expect(() => parseSetClock({ ...command, cla: 0x80 })).toThrow(status(0x6982));
    expect(() => parseSetClock({ ...command, p2: 0x20 })).toThrow(status(0x6a88));
    expect(() => parseSetClock({ ...command, data: new Uint8Array(7) })).toThrow(status(0x6700));
    expect(() => parseSetClock({ ...command, data: new Uint8Array(8).fill(0xff) })).toThrow(status(0x6a80));
    expect(() => setClock(-1)).toThrow(ApduError);
  });
});

describe("every parser", () => {
  const parsers: Record<string, (data: Uint8Array, command: CommandApdu) => unknown> = {
    parseGetData: (_, command) => parseGetData(command),
    parseTokenInformation: (data) => parseTokenInformation(data),
    parseClockReading: (data) => parseClockReading(data),
    parseInitializeUpdate: (_, command) => parseInitializeUpdate(command),
    parseInitializeUpdateResponse: (data) => parseInitializeUpdateResponse(data),
    parseExternalAuthenticate: (_, command) => parseExternalAuthenticate(command),
    parsePutKey: (_, command) => parsePutKey(aes128, dek, command),
    parsePutKeyResponse: (data) => parsePutKeyResponse(data),
    parseStoreData: (_, command) => parseStoreData(dek, command),
    parseStoreDataResponse: (data) => parseStoreDataResponse(data),
    parseSetClock: (_, command) => parseSetClock(command),
    parseSetClockResponse: (data) => parseSetClockResponse(data),
  };
  const stored = fc.constantFrom(
    ...storeData(dek, example),
    putKey(aes128, dek, 1, 2, {
      enc: new Uint8Array(16),
      mac: new Uint8Array(16),
      dek: new Uint8Array(16),
    }),
  );
  const header = fc.record({
    cla: fc.constantFrom(0x80, 0x84),
    ins: byte,
    p1: fc.oneof(byte, fc.constantFrom(0x00, 0x80, 0xdf)),
    p2: fc.oneof(byte, fc.constantFrom(0x00, 0x81, 0x20, 0x21)),
  });
  // Right data with a few bytes changed or cut go deeper than noise does.
  const nearly = fc
    .tuple(stored, fc.array(fc.tuple(fc.nat(238), byte), { maxLength: 3 }), fc.integer({ min: 0, max: 239 }))
    .map(([command, changes, length]) => {
      const data = command.data.slice(0, length % 3 === 0 ? length : undefined);
      for (const [at, value] of changes) if (at < data.length) data[at] = value;
      return { ...command, data };
    });
  const noise = fc.tuple(header, fc.uint8Array({ maxLength: 255 })).map(([head, data]) => ({ ...head, data }));

  it.each(Object.entries(parsers))("%s throws nothing but the typed error, whatever it is given", (_, parse) => {
    fc.assert(
      fc.property(fc.oneof(nearly, noise), (command) => {
        try {
          parse(command.data, command);
        } catch (error) {
          expect(error).toBeInstanceOf(ApduError);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});
