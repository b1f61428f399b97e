import { pbkdf2Sync } from "node:crypto";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { hashes as expected, aes128 as openssl } from "../../host-tools/crypto/node.ts";
import { hmac, hmacKey, hmacWith, wipeHmacKey } from "../../protocol/otp/hmac.ts";
import type { HashName } from "../../protocol/primitives.ts";
import { cbcDecrypt, cbcEncrypt } from "../../protocol/scp03/cbc.ts";
import { cmac, cmacKey } from "../../protocol/scp03/cmac.ts";
import { runs } from "../../test/fuzz/runs.ts";
import cmacVectors from "../../test/vectors/aes-cmac.json" with { type: "json" };
import aesVectors from "../../test/vectors/aes-modes.json" with { type: "json" };
import hmacVectors from "../../test/vectors/hmac.json" with { type: "json" };
import pbkdf2Vectors from "../../test/vectors/pbkdf2.json" with { type: "json" };
import shaVectors from "../../test/vectors/sha.json" with { type: "json" };
import type { Primitives } from "../hal/primitives.ts";
import { type BoardOptions, boardWithRoutines } from "../native/board-with-routines.ts";
import { nativeImage, ROUTINE_NAMES } from "../native/routine-text.ts";
import { pbkdf2 } from "./pbkdf2.ts";
import { MachineCode } from "./routine.ts";
import { routines } from "./routines.part.ts";
import { thumb } from "./thumb.part.ts";
import { typescript } from "./typescript.part.ts";

const names: HashName[] = ["sha1", "sha256", "sha512"];
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (array: Uint8Array) => Buffer.from(array).toString("hex");

/** What a routine's place is left to, here: it says so when it is asked. */
const software: Primitives = {
  hashes: expected,
  loadAes128: () => openssl,
  providers: typescript().providers,
  broken: [],
  intact: () => true,
};

/** Names of the primitives that are routines. */
const routinesIn = ({ providers }: Primitives) => ROUTINE_NAMES.filter((name) => providers[name] === "thumb");

const ALL_THUMB = { sha1: "thumb", sha256: "thumb", sha512: "thumb", aes128: "thumb" } as const;

function find(options: BoardOptions) {
  const { globals, calls } = boardWithRoutines(options);
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  return { found: thumb(new MachineCode("ochre.img", 0, () => software)), calls };
}
afterEach(() => vi.unstubAllGlobals());

describe("the routines of a board", () => {
  test("are all in use once each has answered its known question", () => {
    const { found, calls } = find({ image: nativeImage() });
    expect(routinesIn(found)).toEqual([...ROUTINE_NAMES]);
    // One question for each hash, and two for AES, which works both ways.
    expect(calls).toHaveLength(5);
  });

  test.each<[string, BoardOptions]>([
    ["there is no file with routines", {}],
    ["the interpreter cannot call machine code", { image: nativeImage(), nativeCall: false }],
    ["flash has no address", { image: nativeImage(), address: 0 }],
  ])("are left alone when %s, and the token computes without them", (_, options) => {
    const { found, calls } = find(options);
    expect(routinesIn(found)).toEqual([]);
    expect(calls).toEqual([]);
    expect(found.hashes).toEqual(expected);
    expect(found.loadAes128()).toBe(openssl);
    expect(found.broken).toEqual([]);
    for (const name of ROUTINE_NAMES) expect(found.intact(name)).toBe(true);
  });

  test.each<[string, BoardOptions]>([
    ["arrays have no address", { image: nativeImage(), ram: 0 }],
    ["arrays lie across words", { image: nativeImage(), ram: 0x20008002 }],
    ["the file lies across words", { image: nativeImage(), address: 0x101c0022 }],
    ["the file is another one", { image: new Uint8Array(8000).fill(0xff) }],
    ["the file is empty", { image: new Uint8Array(0) }],
    ["the file is another one and can't be called", { image: new Uint8Array(8000), nativeCall: false }],
  ])("are broken when %s: none is called, and the token computes without them", (_, options) => {
    const { found, calls } = find(options);
    expect(routinesIn(found)).toEqual([]);
    expect(calls).toEqual([]);
    expect(found.hashes).toEqual(expected);
    expect(found.loadAes128()).toBe(openssl);
    expect(found.broken).toEqual([...ROUTINE_NAMES]);
    for (const name of ROUTINE_NAMES) expect(found.intact(name)).toBe(false);
  });

  test("with any one bit flipped are not called, and the others take no harm", () => {
    const image = nativeImage();
    fc.assert(
      fc.property(fc.nat(image.length * 8 - 1), (bit) => {
        const flipped = image.slice();
        flipped[bit >> 3] ^= 1 << (bit & 7);
        const broken = ROUTINE_NAMES.find((name) => bit >> 3 < routines()[name].at + routines()[name].length)!;
        const { found, calls } = find({ image: flipped });
        expect(routinesIn(found)).toEqual(ROUTINE_NAMES.filter((name) => name !== broken));
        expect(calls).toHaveLength(broken === "aes128" ? 3 : 4);
        expect(found.broken).toEqual([broken]);
        const sha256 = found.hashes.sha256.digest(bytes("616263"));
        expect(sha256).toEqual(expected.sha256.digest(bytes("616263")));
      }),
      { numRuns: runs(25) },
    );
  });

  test("that answer a question wrongly are not used", () => {
    // The code is the one that was built, and the processor is not: every CRC over the answers fails.
    const { globals } = boardWithRoutines({ image: nativeImage() });
    const { E } = globals;
    vi.stubGlobal("E", { ...E, nativeCall: () => () => 0 });
    vi.stubGlobal("espruinoRequire", globals.espruinoRequire);
    const found = thumb(new MachineCode("ochre.img", 0, () => software));
    expect([routinesIn(found), found.broken]).toEqual([[], [...ROUTINE_NAMES]]);
  });

  test("with a bit that flips while the token runs are found before a key is given to them, and replaced", () => {
    const image = nativeImage();
    fc.assert(
      fc.property(fc.nat(image.length * 8 - 1), (bit) => {
        const flash = image.slice();
        const broken = ROUTINE_NAMES.find((name) => bit >> 3 < routines()[name].at + routines()[name].length)!;
        const { found, calls } = find({ image: flash });
        for (const name of ROUTINE_NAMES) expect(found.intact(name)).toBe(true);
        const before = calls.length;
        flash[bit >> 3] ^= 1 << (bit & 7);
        for (const name of ROUTINE_NAMES) expect(found.intact(name)).toBe(name !== broken);
        expect(found.providers).toEqual({ ...ALL_THUMB, [broken]: "typescript" });
        expect(found.broken).toEqual([broken]);
        if (broken === "aes128") expect(found.loadAes128()).toBe(openssl);
        else expect(found.hashes[broken]).toBe(expected[broken]);
        expect(calls).toHaveLength(before);
        // For good: a bit that is right again has been wrong.
        flash.set(image);
        expect(found.intact(broken)).toBe(false);
        expect(found.broken).toEqual([broken]);
      }),
      { numRuns: runs(25) },
    );
  });
});

describe("with routines", () => {
  test("every digest of the published vectors comes out", () => {
    const { found } = find({ image: nativeImage() });
    for (const vector of shaVectors.vectors as unknown as Record<string, string>[]) {
      const repeat = vector.msgRepeat as unknown as [string, number] | null;
      const message = Array.isArray(repeat) ? repeat[0].repeat(repeat[1]) : (vector.msgAscii ?? "");
      if (message.length > 100_000) continue;
      for (const name of names)
        expect(hex(found.hashes[name].digest(new Uint8Array(Buffer.from(message, "latin1"))))).toBe(vector[name]);
    }
  });

  test("every HMAC of the published vectors comes out", () => {
    const { found } = find({ image: nativeImage() });
    for (const vector of hmacVectors.vectors as unknown as Record<string, string>[]) {
      for (const name of names.filter((hash) => vector[hash] !== undefined)) {
        const mac = hex(hmac(found.hashes[name], bytes(vector.key), bytes(vector.data)));
        expect(mac.slice(0, vector[name].length), vector.source).toBe(vector[name]);
      }
    }
  });

  test.each(
    pbkdf2Vectors.vectors
      .filter(({ c }) => c <= 4096)
      .map((vector) => [vector.prf, vector.c, vector.source, vector] as const),
  )("PBKDF2 with HMAC-%s and %s rounds comes out, %s", (prf, c, _, vector) => {
    const { found } = find({ image: nativeImage() });
    const key = pbkdf2(found.hashes[prf as HashName], bytes(vector.password), bytes(vector.salt), c, vector.dkLen);
    expect(hex(key)).toBe(vector.dk);
  });

  test("any message, key, salt and count gives what OpenSSL gives, and all stay as they were", () => {
    const { found } = find({ image: nativeImage() });
    const any = (maxLength: number) => fc.uint8Array({ maxLength });
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        any(700),
        any(300),
        fc.integer({ min: 1, max: 3 }),
        (name, message, key, rounds) => {
          const before = [message.slice(), key.slice()];
          const hash = found.hashes[name];
          expect(hash.digest(message)).toEqual(expected[name].digest(message));
          expect(hmac(hash, key, message)).toEqual(hmac(expected[name], key, message));
          const derived = new Uint8Array(pbkdf2Sync(key, message, rounds, 100, name));
          expect(pbkdf2(hash, key, message, rounds, 100)).toEqual(derived);
          expect([message, key]).toEqual(before);
        },
      ),
      { numRuns: runs(60) },
    );
  });

  test("a key that is kept ready gives the HMAC of message after message, until it is wiped", () => {
    const { found } = find({ image: nativeImage() });
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.uint8Array({ maxLength: 150 }), (name, key) => {
        const ready = hmacKey(found.hashes[name], key);
        for (const length of [8, 173, 400]) {
          const message = new Uint8Array(length).fill(length);
          expect(hmacWith(ready, message)).toEqual(hmac(expected[name], key, message));
        }
        wipeHmacKey(ready);
        expect(ready.states).toEqual([new Uint8Array(128)]);
      }),
      { numRuns: runs(20) },
    );
  });

  test("AES-128 gives the vectors of NIST SP 800-38A both ways, and several keys stay apart", () => {
    const { found } = find({ image: nativeImage() });
    const other = found.loadAes128()(new Uint8Array(16));
    const cipher = found.loadAes128()(bytes(aesVectors.ecb.key));
    const [clear, secret] = [bytes(aesVectors.ecb.pt), bytes(aesVectors.ecb.ct)];
    for (let at = 0; at < clear.length; at += 16) {
      expect(cipher.encryptBlock(clear.subarray(at, at + 16))).toEqual(secret.slice(at, at + 16));
      expect(other.encryptBlock(clear.subarray(at, at + 16))).not.toEqual(secret.slice(at, at + 16));
      expect(cipher.decryptBlock(secret.subarray(at, at + 16))).toEqual(clear.slice(at, at + 16));
    }
    expect(() => found.loadAes128()(new Uint8Array(15))).toThrow("16 bytes, not 15");
  });

  test("CBC and CMAC of any length give what the cipher gives block by block, and all stays as it was", () => {
    const { found } = find({ image: nativeImage() });
    const block = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(block, block, fc.uint8Array({ maxLength: 800 }), (key, iv, data) => {
        const whole = data.subarray(0, data.length & ~15);
        const before = [key, iv, data].map((array) => array.slice());
        const [ours, theirs] = [found.loadAes128()(key), openssl(key)];
        const secret = cbcEncrypt(ours, iv, whole);
        expect(secret).toEqual(cbcEncrypt(theirs, iv, whole));
        expect(cbcDecrypt(ours, iv, secret)).toEqual(whole);
        for (const message of [data, whole]) {
          expect(cmac(cmacKey(ours), [message])).toEqual(cmac(cmacKey(theirs), [message]));
        }
        expect([key, iv, data]).toEqual(before);
      }),
      { numRuns: runs(60) },
    );
  });

  test("CBC and CMAC give the published vectors", () => {
    const { found } = find({ image: nativeImage() });
    const { key, iv, pt, ct } = aesVectors.cbc;
    const cipher = found.loadAes128()(bytes(key));
    expect(hex(cbcEncrypt(cipher, bytes(iv), bytes(pt)))).toBe(ct);
    expect(hex(cbcDecrypt(cipher, bytes(iv), bytes(ct)))).toBe(pt);
    for (const vector of cmacVectors.vectors.filter(({ keyBits }) => keyBits === 128)) {
      expect(hex(cmac(cmacKey(found.loadAes128()(bytes(vector.key))), [bytes(vector.msg)]))).toBe(vector.cmac);
    }
  });

  test("AES-128 knows its key no more once it was wiped", () => {
    const { found } = find({ image: nativeImage() });
    const key = new Uint8Array(16).fill(9);
    const cipher = found.loadAes128()(key);
    cipher.wipe?.();
    expect(key).toEqual(new Uint8Array(16).fill(9));
    expect(cipher.encryptBlock(key)).toEqual(openssl(new Uint8Array(16)).encryptBlock(key));
  });
});
