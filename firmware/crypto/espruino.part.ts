/**
 * The sound parts of Espruino's own `crypto` module, for boards whose interpreter has it: bare hashes, and AES over whole
 * blocks, in CBC to encrypt and in ECB to decrypt. Its CTR ignores the IV, CTR and CFB do not decrypt what they encrypted, and ECB leaves a last piece of a block as it is: none of
 * these is used.
 *
 * A function is used when it answers a known question.
 */
import { BareHash } from "../../protocol/otp/iterated-hash.ts";
import type { Aes128Key, Hash, HashName } from "../../protocol/primitives.ts";
import type { PrimitiveName, Primitives, ProviderName } from "../hal/primitives.ts";

type HashFunction = (message: Uint8Array) => ArrayBuffer;
type CipherFunction = (
  blocks: Uint8Array,
  key: Uint8Array,
  options: { mode: "ECB" } | { mode: "CBC"; iv: Uint8Array },
) => ArrayBuffer;

export interface CryptoModule {
  readonly SHA1?: HashFunction;
  readonly SHA256?: HashFunction;
  readonly SHA512?: HashFunction;
  readonly AES?: { encrypt: CipherFunction; decrypt: CipherFunction };
}
declare const E: { CRC32(data: Uint8Array): number };

/** CRC-32 of the digest of the bytes 0 to 15; for AES-128, of that block twice, under itself in CBC with an IV of zeros. */
const ANSWERS: Record<PrimitiveName, number> = {
  sha1: 0x785c9fa9,
  sha256: 0x0f1eccbe,
  sha512: 0xa2db7da4,
  aes128: 0xad444069,
};

/**
 * @param crypto the interpreter's module
 * @param next what takes the place of a function that is not there or answers wrongly; called only then
 */
export function espruino(crypto: CryptoModule, next: () => Primitives): Primitives {
  const providers = {} as Record<PrimitiveName, ProviderName>;
  let others: Primitives | undefined;
  /** A primitive of those that come after. */
  const other = function (name: PrimitiveName): Primitives {
    if (others === undefined) others = next();
    providers[name] = others.providers[name];
    return others;
  };
  const question = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  const proven = function (name: PrimitiveName, answer: Uint8Array): boolean {
    if (E.CRC32(answer) >>> 0 !== ANSWERS[name]) return false;
    providers[name] = "espruino";
    return true;
  };

  const hashOf = function (name: HashName, blockLen: number, outputLen: number, call: HashFunction | undefined): Hash {
    if (call === undefined) return other(name).hashes[name];
    const digest = function (message: Uint8Array): Uint8Array {
      return new Uint8Array(call(message));
    };
    return proven(name, digest(question)) ? new BareHash(blockLen, outputLen, digest) : other(name).hashes[name];
  };

  const aes128Of = function (): Aes128Key {
    const aes = crypto.AES;
    if (aes === undefined) return other("aes128").loadAes128();
    const zero = new Uint8Array(16);
    const encrypt = function (key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
      return new Uint8Array(aes.encrypt(plaintext, key, { mode: "CBC", iv: iv }));
    };
    const decrypt = function (key: Uint8Array, block: Uint8Array): Uint8Array {
      return new Uint8Array(aes.decrypt(block, key, { mode: "ECB" }));
    };
    const twice = new Uint8Array(32);
    twice.set(question);
    twice.set(question, 16);
    const secret = encrypt(question, zero, twice);
    const clear = decrypt(question, new Uint8Array(secret.subarray(0, 16)));
    if (E.CRC32(clear) !== E.CRC32(question) || !proven("aes128", secret)) return other("aes128").loadAes128();
    return function (key) {
      if (key.length !== 16) throw new RangeError("an AES-128 key has 16 bytes, not " + key.length);
      const own = new Uint8Array(key);
      return {
        encryptBlock: function (block) {
          return encrypt(own, zero, block);
        },
        decryptBlock: function (block) {
          return decrypt(own, block);
        },
        cbcEncrypt: function (iv, plaintext) {
          return encrypt(own, iv, plaintext);
        },
        wipe: function () {
          own.fill(0);
        },
      };
    };
  };

  const hashes = {
    sha1: hashOf("sha1", 64, 20, crypto.SHA1),
    sha256: hashOf("sha256", 64, 32, crypto.SHA256),
    sha512: hashOf("sha512", 128, 64, crypto.SHA512),
  };
  let ciphers = aes128Of();
  return {
    hashes: hashes,
    loadAes128: function () {
      return ciphers;
    },
    providers: providers,
    broken: others === undefined ? [] : others.broken,
    intact: function (name: PrimitiveName): boolean {
      if (others === undefined || providers[name] === "espruino") return true;
      const intact = others.intact(name);
      providers[name] = others.providers[name];
      if (name === "aes128") ciphers = others.loadAes128();
      else hashes[name] = others.hashes[name];
      return intact;
    },
  };
}
