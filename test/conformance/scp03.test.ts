import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { aes128 } from "../../host-tools/crypto/node.ts";
import { ApduError } from "../../protocol/apdu/apdu-error.ts";
import { type CommandApdu, encodeCommand, MAX_SECURED_DATA } from "../../protocol/apdu/command.ts";
import { parseInitializeUpdateResponse } from "../../protocol/apdu/initialize-update.ts";
import { keyCheckValue } from "../../protocol/apdu/put-key.ts";
import { encodeResponse } from "../../protocol/apdu/response.ts";
import type { Aes128Key } from "../../protocol/primitives.ts";
import { CardSession } from "../../protocol/scp03/card-session.ts";
import { cbcDecrypt, cbcEncrypt } from "../../protocol/scp03/cbc.ts";
import { cmac, cmacKey } from "../../protocol/scp03/cmac.ts";
import { HostSession } from "../../protocol/scp03/host-session.ts";
import { kdf, S_ENC, S_MAC, S_RMAC } from "../../protocol/scp03/kdf.ts";
import { pad, unpad } from "../../protocol/scp03/padding.ts";
import { Scp03Error } from "../../protocol/scp03/scp03-error.ts";
import { cardChallenge, deriveSessionKeys } from "../../protocol/scp03/session-keys.ts";
import { runs } from "../fuzz/runs.ts";
import vectors from "../vectors/scp03.json" with { type: "json" };

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");
const prf = (key: string) => cmacKey(aes128(bytes(key)));
const AID = bytes("f04f43485245");

/** The vector of another implementation, by what it shows. */
function thirdParty(what: string) {
  const found = vectors.thirdParty.find((vector) => vector.what === what);
  if (found === undefined) throw new Error(`no vector for ${what}`);
  return found as unknown as Record<string, string> & { counter: number; L: number; const: number };
}

describe("SCP03 against other implementations", () => {
  it("derives GlobalPlatformPro's session keys, and has its key check values", () => {
    const vector = vectors.thirdParty[0];
    const context = bytes(vector.context as string);
    const key = prf(vector.key as string);
    const checkValue = (constant: number) =>
      hex(keyCheckValue(aes128(kdf(key, constant, 128, [context])))).toUpperCase();
    expect(checkValue(S_ENC)).toBe(vector.sEncKcv);
    expect(checkValue(S_MAC)).toBe(vector.sMacKcv);
    expect(checkValue(S_RMAC)).toBe(vector.sRmacKcv);
    expect(hex(keyCheckValue(aes128(bytes(vector.key as string)))).toUpperCase()).toBe(vector.dekKcv);
  });

  it("derives Yubico's host cryptogram", () => {
    const vector = thirdParty("host cryptogram");
    const cryptogram = kdf(prf(vector.key), vector.const, vector.L, [bytes(vector.context)]);
    expect(hex(cryptogram).toUpperCase()).toBe(vector.out);
  });

  const counterBlock = (counter: number, first: number) => {
    const block = new Uint8Array(16);
    block[0] = first;
    block[14] = counter >> 8;
    block[15] = counter;
    return block;
  };

  it("encrypts a command as Yubico does", () => {
    const vector = thirdParty("C-DECRYPTION");
    const aes = aes128(bytes(vector.sEnc));
    const icv = aes.encryptBlock(counterBlock(vector.counter, 0));
    expect(hex(cbcEncrypt(aes, icv, pad(bytes(vector.plain)))).toUpperCase()).toBe(vector.out);
  });

  it("decrypts a response as Yubico does", () => {
    const vector = thirdParty("R-ENCRYPTION decrypt");
    const aes = aes128(bytes(vector.sEnc));
    const icv = aes.encryptBlock(counterBlock(vector.counter, 0x80));
    expect(unpad(cbcDecrypt(aes, icv, bytes(vector.cipher)))).toEqual(bytes(vector.plain));
  });

  it("has Yubico's C-MAC and R-MAC", () => {
    const command = thirdParty("C-MAC");
    const commandMac = cmac(prf(command.sMac), [bytes(command.chain), bytes(command.macInputAfterChain)]);
    expect(hex(commandMac.slice(0, 8))).toBe(command.mac8);
    const response = thirdParty("R-MAC");
    const responseMac = cmac(prf(response.sRmac), [bytes(response.chain), bytes(response.data), bytes(response.sw)]);
    expect(hex(responseMac.slice(0, 8)).toUpperCase()).toBe(response.mac8);
  });

  it("runs the whole AES-128 session of the vectors, byte for byte, and back", () => {
    const vector = vectors.computedSessions[0];
    const hostChallenge = bytes(vector.hostChallenge);
    const challenge = bytes(vector.cardChallenge);
    const keys = deriveSessionKeys(
      aes128,
      { enc: bytes(vector.keyEnc), mac: bytes(vector.keyMac) },
      hostChallenge,
      challenge,
    );
    expect([keys.enc, keys.mac, keys.rmac].map(hex)).toEqual([vector.sEnc, vector.sMac, vector.sRmac]);

    const host = new HostSession(aes128, keys, hostChallenge, {
      diversificationData: new Uint8Array(10),
      keyVersion: 1,
      cardChallenge: challenge,
      cardCryptogram: bytes(vector.cardCryptogram),
      sequenceCounter: new Uint8Array(3),
    });
    expect([keys.enc, keys.mac, keys.rmac].map(hex)).toEqual(Array(3).fill("00".repeat(16)));
    expect(hex(host.externalAuthenticate())).toBe(vector.externalAuthApdu);
    host.acceptAuthentication(bytes("9000"));
    const command = { cla: 0x80, ins: 0xd8, p1: 0x00, p2: 0x81, data: bytes(vector.putKeyPlainData) };
    expect(hex(host.wrap(command))).toBe(vector.putKeyWrappedApdu);
    expect(host.unwrap(bytes(vector.responseWrapped))).toEqual({
      data: bytes(vector.responsePlain),
      statusWord: 0x9000,
    });
  });

  it("counts a command without data too, and numbers the ICVs from one (6.2.6, 6.2.7)", () => {
    const challenge = cardChallenge(aes128, keySet.enc, bytes("000001"), AID);
    const sEnc = aes128(deriveSessionKeys(aes128, keySet, hostChallenge, challenge).enc);
    const { host, card } = opened();
    const exchange = (data: Uint8Array) => {
      const wrapped = host.wrap({ cla: 0x84, ins: 1, p1: 0, p2: 0, data });
      card.unwrap(wrapped);
      const returned = card.wrap({ data: Uint8Array.of(7), statusWord: 0x9000 });
      host.unwrap(returned);
      return { command: wrapped.slice(5, -8), response: returned.slice(0, -10) };
    };
    const decrypted = (counter: number, first: number, data: Uint8Array) =>
      unpad(cbcDecrypt(sEnc, sEnc.encryptBlock(counterBlock(counter, first)), data));

    expect(decrypted(1, 0x00, exchange(Uint8Array.of(1, 2, 3)).command)).toEqual(Uint8Array.of(1, 2, 3));
    const empty = exchange(new Uint8Array(0));
    expect(empty.command).toHaveLength(0);
    expect(decrypted(2, 0x80, empty.response)).toEqual(Uint8Array.of(7));
    expect(decrypted(3, 0x00, exchange(Uint8Array.of(4)).command)).toEqual(Uint8Array.of(4));
    for (let counter = 4; counter < 256; counter++) exchange(new Uint8Array(0));
    expect(decrypted(256, 0x00, exchange(Uint8Array.of(5)).command)).toEqual(Uint8Array.of(5));
  });

  it("derives the card challenge from Key-ENC, sequence counter and AID (6.2.2.1)", () => {
    const keyEnc = bytes("404142434445464748494a4b4c4d4e4f");
    const input = bytes(`${"00".repeat(11)}02000040` + "01" + "000007" + hex(AID));
    expect(cardChallenge(aes128, keyEnc, bytes("000007"), AID)).toEqual(
      cmac(cmacKey(aes128(keyEnc)), [input]).slice(0, 8),
    );
  });
});

interface Pair {
  host: HostSession;
  card: CardSession;
}

const keySet = { enc: bytes("101112131415161718191a1b1c1d1e1f"), mac: bytes("202122232425262728292a2b2c2d2e2f") };
const hostChallenge = bytes("0102030405060708");

/** INITIALIZE UPDATE exchanged. */
function initialised(hostKeys = keySet, cipher: Aes128Key = aes128): Pair {
  const card = new CardSession(cipher, keySet, 1, bytes("000001"), new Uint8Array(10), AID, hostChallenge);
  const response = parseInitializeUpdateResponse(card.initializeUpdateResponse());
  const keys = deriveSessionKeys(cipher, hostKeys, hostChallenge, response.cardChallenge);
  return { card, host: new HostSession(cipher, keys, hostChallenge, response) };
}

/** EXTERNAL AUTHENTICATE exchanged. */
function opened(cipher: Aes128Key = aes128): Pair {
  const pair = initialised(keySet, cipher);
  pair.card.externalAuthenticate(pair.host.externalAuthenticate());
  pair.host.acceptAuthentication(bytes("9000"));
  return pair;
}

function flipped(message: Uint8Array, bit: number): Uint8Array {
  const copy = message.slice();
  copy[(bit >> 3) % copy.length] ^= 1 << (bit & 7);
  return copy;
}

const byte = fc.integer({ min: 0, max: 255 });
const payload = fc.oneof(
  fc.uint8Array({ maxLength: MAX_SECURED_DATA }),
  fc.constant(new Uint8Array(0)),
  fc.uint8Array({ minLength: MAX_SECURED_DATA, maxLength: MAX_SECURED_DATA }),
);
const command: fc.Arbitrary<CommandApdu> = fc.record({
  cla: fc.constantFrom(0x00, 0x80, 0x84),
  ins: byte,
  p1: byte,
  p2: byte,
  data: payload,
  le: fc.option(fc.integer({ min: 1, max: 256 }), { nil: undefined }),
});
const protectedStatus = fc.oneof(fc.constant(0x9000), fc.integer({ min: 0x6200, max: 0x63ff }));
const errorStatus = fc.constantFrom(0x6700, 0x6985, 0x6a80, 0x6a88, 0x6d00, 0x9485);
const response = fc.record({ data: payload, statusWord: fc.oneof(protectedStatus, errorStatus) });
const isError = (statusWord: number) => statusWord !== 0x9000 && statusWord >> 8 !== 0x62 && statusWord >> 8 !== 0x63;

describe("a secure channel between host and card", () => {
  it("carries any sequence of commands and responses, empty and of the greatest length alike", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(command, response), { maxLength: 12 }), (exchanges) => {
        const { host, card } = opened();
        for (const [sent, answer] of exchanges) {
          const wrapped = host.wrap(sent);
          expect(wrapped.length).toBeLessThanOrEqual(261);
          expect(card.unwrap(wrapped)).toEqual({
            ...sent,
            cla: sent.cla | 0x04,
            le: sent.le === undefined ? undefined : 256,
          });
          const returned = card.wrap(answer);
          expect(returned.length).toBeLessThanOrEqual(258);
          const data = isError(answer.statusWord) ? new Uint8Array(0) : answer.data;
          expect(host.unwrap(returned)).toEqual({ data, statusWord: answer.statusWord });
        }
        expect(host.isOpen() && card.isOpen()).toBe(true);
      }),
      { numRuns: runs(60) },
    );
  });

  it("shows none of what it carries", () => {
    const { host, card } = opened();
    const data = new Uint8Array(64).fill(0x5a);
    const wrapped = host.wrap({ cla: 0x84, ins: 0xe2, p1: 0, p2: 0, data });
    expect(hex(wrapped)).not.toContain("5a5a5a");
    card.unwrap(wrapped);
    expect(hex(card.wrap({ data, statusWord: 0x9000 }))).not.toContain("5a5a5a");
  });

  it("sends an error status word bare, whatever data the card had at hand (6.2.5)", () => {
    const { host, card } = opened();
    card.unwrap(host.wrap({ cla: 0x84, ins: 0xca, p1: 0, p2: 0, data: new Uint8Array(0) }));
    expect(hex(card.wrap({ data: Uint8Array.of(1, 2, 3), statusWord: 0x6a88 }))).toBe("6a88");
  });

  it("works where slicing a typed array gives a plain Array, as on Espruino", () => {
    const slice = Uint8Array.prototype.slice;
    try {
      // biome-ignore lint/suspicious/noExplicitAny: the wrong type is the point
      Uint8Array.prototype.slice = Array.prototype.slice as any;
      const { host, card } = opened();
      const data = new Uint8Array(MAX_SECURED_DATA);
      const received = card.unwrap(host.wrap({ cla: 0x84, ins: 1, p1: 0, p2: 0, data }));
      const returned = host.unwrap(card.wrap({ data, statusWord: 0x9000 }));
      for (const made of [received.data, returned.data]) expect(made).toBeInstanceOf(Uint8Array);
    } finally {
      Uint8Array.prototype.slice = slice;
    }
  });

  it("refuses data that no short APDU can carry, and goes on", () => {
    const { host, card } = opened();
    const tooLong = new Uint8Array(MAX_SECURED_DATA + 1);
    const sent = { cla: 0x84, ins: 1, p1: 0, p2: 0, data: tooLong };
    expect(() => host.wrap(sent)).toThrow(ApduError);
    card.unwrap(host.wrap({ ...sent, data: new Uint8Array(1) }));
    expect(() => card.wrap({ data: tooLong, statusWord: 0x9000 })).toThrow(ApduError);
    expect(host.unwrap(card.wrap({ data: new Uint8Array(0), statusWord: 0x6f00 })).statusWord).toBe(0x6f00);
  });

  it("does not open between sides with different keys", () => {
    expect(() => initialised({ ...keySet, mac: new Uint8Array(16) })).toThrow(Scp03Error);
    // Key-ENC alone differs: the cryptograms agree, the first encrypted command does not come through.
    const { card, host } = initialised({ ...keySet, enc: new Uint8Array(16) });
    card.externalAuthenticate(host.externalAuthenticate());
    host.acceptAuthentication(bytes("9000"));
    expect(() => card.unwrap(host.wrap({ cla: 0x84, ins: 1, p1: 0, p2: 0, data: new Uint8Array(40) }))).toThrow(
      Scp03Error,
    );
  });

  it("gives each sequence counter its own challenge and session keys", () => {
    const challenges = ["000001", "000002", "000003"].map((counter) =>
      hex(cardChallenge(aes128, keySet.enc, bytes(counter), AID)),
    );
    expect(new Set(challenges).size).toBe(3);
  });
});

describe("a session after a security error", () => {
  const anyCommand: CommandApdu = { cla: 0x84, ins: 0xe2, p1: 0x80, p2: 0, data: Uint8Array.of(1, 2, 3), le: 256 };

  /** Nothing works any more, and it says so with the same typed error. */
  function expectDead({ host, card }: Partial<Pair>): void {
    if (card !== undefined) {
      expect(card.isOpen()).toBe(false);
      expect(() => card.unwrap(encodeCommand(anyCommand))).toThrow(Scp03Error);
      expect(() => card.wrap({ data: new Uint8Array(0), statusWord: 0x9000 })).toThrow(Scp03Error);
      expect(() => card.externalAuthenticate(new Uint8Array(21))).toThrow(Scp03Error);
    }
    if (host !== undefined) {
      expect(host.isOpen()).toBe(false);
      expect(() => host.wrap(anyCommand)).toThrow(Scp03Error);
      expect(() => host.unwrap(bytes("9000"))).toThrow(Scp03Error);
      expect(() => host.externalAuthenticate()).toThrow(Scp03Error);
      expect(() => host.acceptAuthentication(bytes("9000"))).toThrow(Scp03Error);
    }
  }

  it("is over for the card when any single bit of any command was turned over", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 3 }), command, fc.nat(), (before, last, bit) => {
        const { host, card } = opened();
        for (const sent of before) {
          card.unwrap(host.wrap(sent));
          host.unwrap(card.wrap({ data: sent.data, statusWord: 0x9000 }));
        }
        const wrapped = host.wrap(last);
        expect(() => card.unwrap(flipped(wrapped, bit % (8 * wrapped.length)))).toThrow(Scp03Error);
        expectDead({ card });
      }),
      { numRuns: runs(300) },
    );
  });

  it("is over for the host when any single bit of any protected response was turned over", () => {
    fc.assert(
      fc.property(command, payload, protectedStatus, fc.nat(), (sent, data, statusWord, bit) => {
        const { host, card } = opened();
        card.unwrap(host.wrap(sent));
        const wrapped = card.wrap({ data, statusWord });
        expect(() => host.unwrap(flipped(wrapped, bit % (8 * wrapped.length)))).toThrow(Scp03Error);
        expectDead({ host });
      }),
      { numRuns: runs(300) },
    );
  });

  it("is over for every single bit of one whole exchange", () => {
    const length = opened().host.wrap(anyCommand).length;
    for (let bit = 0; bit < 8 * length; bit++) {
      const { host, card } = opened();
      expect(() => card.unwrap(flipped(host.wrap(anyCommand), bit))).toThrow(Scp03Error);
    }
    for (let bit = 0; bit < 8 * 26; bit++) {
      const { host, card } = opened();
      card.unwrap(host.wrap(anyCommand));
      const wrapped = card.wrap({ data: Uint8Array.of(4, 5), statusWord: 0x9000 });
      expect(wrapped).toHaveLength(26);
      expect(() => host.unwrap(flipped(wrapped, bit))).toThrow(Scp03Error);
    }
  });

  it("never opens when any single bit of EXTERNAL AUTHENTICATE or of its answer was turned over", () => {
    for (let bit = 0; bit < 8 * 21; bit++) {
      const { host, card } = initialised();
      expect(() => card.externalAuthenticate(flipped(host.externalAuthenticate(), bit))).toThrow(Scp03Error);
      expectDead({ card });
    }
    for (let bit = 0; bit < 16; bit++) {
      const { host } = initialised();
      host.externalAuthenticate();
      expect(() => host.acceptAuthentication(flipped(bytes("9000"), bit))).toThrow(Scp03Error);
      expectDead({ host });
    }
  });

  it("answers 6300 to a wrong host cryptogram and 6982 to anything else", () => {
    const statusWord = (spoil: (apdu: Uint8Array) => Uint8Array) => {
      const { host, card } = initialised();
      try {
        card.externalAuthenticate(spoil(host.externalAuthenticate()));
      } catch (error) {
        return (error as Scp03Error).statusWord;
      }
    };
    expect(statusWord((apdu) => flipped(apdu, 8 * 5))).toBe(0x6300);
    expect(statusWord((apdu) => flipped(apdu, 8 * 13))).toBe(0x6982);
    expect(statusWord((apdu) => Uint8Array.of(...apdu.subarray(0, 2), 0x01, ...apdu.subarray(3)))).toBe(0x6982);
  });

  it("is over when a command or a response is replayed, left out or put in the wrong order", () => {
    const replayed = opened();
    const first = replayed.host.wrap(anyCommand);
    replayed.card.unwrap(first);
    const answer = replayed.card.wrap({ data: Uint8Array.of(1), statusWord: 0x9000 });
    replayed.host.unwrap(answer);
    expect(() => replayed.card.unwrap(first)).toThrow(Scp03Error);
    replayed.host.wrap(anyCommand);
    expect(() => replayed.host.unwrap(answer)).toThrow(Scp03Error);
    expectDead(replayed);

    const leftOut = opened();
    leftOut.card.unwrap(leftOut.host.wrap(anyCommand));
    leftOut.host.unwrap(bytes("6a80"));
    leftOut.card.wrap({ data: new Uint8Array(0), statusWord: 0x6a80 });
    leftOut.host.wrap(anyCommand);
    leftOut.host.unwrap(bytes("6a80"));
    expect(() => leftOut.card.unwrap(leftOut.host.wrap(anyCommand))).toThrow(Scp03Error);
    expectDead({ card: leftOut.card });
  });

  it("is over when a command comes without secure messaging, with a stray Le, or not as an APDU (5.6)", () => {
    const wrongs = [
      bytes("80cadf2000"),
      bytes("84cadf20"),
      bytes("84cadf2000"),
      bytes("84cadf2008" + "00".repeat(8)),
      bytes("84cadf2000ff"),
      new Uint8Array(0),
      new Uint8Array(300),
    ];
    for (const wrong of wrongs) {
      const { card } = opened();
      expect(() => card.unwrap(wrong)).toThrow(Scp03Error);
      expectDead({ card });
    }
    const { host, card } = opened();
    const wrapped = host.wrap(anyCommand);
    wrapped[wrapped.length - 1] = 7;
    expect(() => card.unwrap(wrapped)).toThrow(Scp03Error);
  });

  it("is over when a command says that it is not secured, though its C-MAC is right (5.6)", () => {
    const challenge = cardChallenge(aes128, keySet.enc, bytes("000001"), AID);
    const sMac = cmacKey(aes128(deriveSessionKeys(aes128, keySet, hostChallenge, challenge).mac));
    const { host, card } = initialised();
    const authenticate = host.externalAuthenticate();
    card.externalAuthenticate(authenticate);
    const chaining = cmac(sMac, [new Uint8Array(16), authenticate.subarray(0, 13)]);
    const send = (header: string) => {
      const mac = cmac(sMac, [chaining, bytes(header)]).subarray(0, 8);
      return card.unwrap(Uint8Array.of(...bytes(header), ...mac));
    };
    expect(() => send("80cadf2008")).toThrow("not secured");
  });

  it("is over when success comes without R-MAC, or an error with data", () => {
    for (const wrong of ["9000", "6310", "", "90", "0102039000", "6a80".padStart(20, "0"), "00".repeat(300)]) {
      const { host } = opened();
      host.wrap(anyCommand);
      expect(() => host.unwrap(bytes(wrong))).toThrow(Scp03Error);
      expectDead({ host });
    }
  });

  it("throws nothing but its typed error, whatever bytes come in", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const { host, card } = opened();
        host.wrap(anyCommand);
        const results = [
          () => card.unwrap(noise),
          () => host.unwrap(noise),
          () => initialised().card.externalAuthenticate(noise),
        ];
        for (const call of results) {
          try {
            call();
          } catch (error) {
            expect(error).toBeInstanceOf(Scp03Error);
          }
        }
      }),
    );
  });

  it("is over after a call out of turn", () => {
    const calls: ((pair: Pair) => unknown)[] = [
      ({ card }) => card.wrap({ data: new Uint8Array(0), statusWord: 0x9000 }),
      ({ host }) => host.unwrap(bytes("9000")),
      ({ host }) => [host.wrap(anyCommand), host.wrap(anyCommand)],
      ({ host }) => host.externalAuthenticate(),
    ];
    for (const call of calls) expect(() => call(opened())).toThrow(Scp03Error);
    expect(() => initialised().card.unwrap(encodeCommand(anyCommand))).toThrow(Scp03Error);
    expect(() => initialised().host.wrap(anyCommand)).toThrow(Scp03Error);
    expect(() => initialised().host.acceptAuthentication(bytes("9000"))).toThrow(Scp03Error);
  });

  describe("and its keys", () => {
    let alive: number;
    const counting: Aes128Key = (key) => {
      alive++;
      return {
        ...aes128(key),
        wipe() {
          alive--;
        },
      } as ReturnType<Aes128Key>;
    };
    beforeEach(() => {
      alive = 0;
    });

    it("are overwritten on close, with every cipher that was made on the way", () => {
      const { host, card } = opened(counting);
      expect(alive).toBe(6);
      host.close();
      card.close();
      expect(alive).toBe(0);
      expectDead({ host, card });
      host.close();
      expect(alive).toBe(0);
    });

    it("are overwritten by the error itself", () => {
      const { host, card } = opened(counting);
      expect(() => card.unwrap(new Uint8Array(20))).toThrow(Scp03Error);
      host.wrap(anyCommand);
      expect(() => host.unwrap(encodeResponse(new Uint8Array(8), 0x9000))).toThrow(Scp03Error);
      expect(alive).toBe(0);
      expect(() => initialised({ ...keySet, mac: new Uint8Array(16) }, counting)).toThrow(Scp03Error);
      expect(alive).toBe(3); // the card's; the host's session has not come to be
    });
  });
});
