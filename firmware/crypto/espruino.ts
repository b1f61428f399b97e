/**
 * The sound parts of Espruino's own `crypto` module, for boards whose interpreter has it: bare hashes, and AES in ECB over whole blocks.
 * Its CTR ignores the IV, CTR and CFB do not decrypt what they encrypted, and ECB leaves a last piece of a block as it is: none of
 * these is used.
 *
 * A function is used when it answers a known question.
 */
import { BareHash } from "../../protocol/otp/iterated-hash.ts";
import type { Aes128Key, Hash, HashName } from "../../protocol/primitives.ts";
import type { PrimitiveName } from "../hal/board.ts";
import type { Primitives } from "./primitives.ts";

type HashFunction = (message: Uint8Array) => ArrayBuffer;
type BlockFunction = (block: Uint8Array, key: Uint8Array, options: { mode: "ECB" }) => ArrayBuffer;

interface CryptoModule {
  readonly SHA1?: HashFunction;
  readonly SHA256?: HashFunction;
  readonly SHA512?: HashFunction;
  readonly AES?: { encrypt: BlockFunction; decrypt: BlockFunction };
}
declare const espruinoRequire: (module: "crypto") => CryptoModule;
declare const E: { CRC32(data: Uint8Array): number };

/** CRC-32 of the digest of the bytes 0 to 15; for AES-128, of that block encrypted under itself. */
const ANSWERS: Record<PrimitiveName, number> = {
  sha1: 0x785c9fa9,
  sha256: 0x0f1eccbe,
  sha512: 0xa2db7da4,
  aes128: 0x12ebf47a,
};

/** @param others what takes the place of a function that is not there */
export const espruino = function (others: Primitives): Primitives {
  let crypto: CryptoModule;
  try {
    crypto = espruinoRequire("crypto");
  } catch {
    return others;
  }
  const providers = Object.assign({}, others.providers);
  const question = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  const proven = function (name: PrimitiveName, answer: Uint8Array): boolean {
    if (E.CRC32(answer) >>> 0 !== ANSWERS[name]) return false;
    providers[name] = "espruino";
    return true;
  };

  const hashOf = function (name: HashName, call: HashFunction | undefined): Hash {
    const other = others.hashes[name];
    if (call === undefined) return other;
    const digest = function (message: Uint8Array): Uint8Array {
      return new Uint8Array(call(message));
    };
    if (!proven(name, digest(question))) return other;
    return new BareHash(other.blockLen, other.outputLen, digest);
  };

  const aes128Of = function (): Aes128Key {
    const aes = crypto.AES;
    if (aes === undefined) return others.aes128;
    const secret = new Uint8Array(aes.encrypt(question, question, { mode: "ECB" }));
    const clear = new Uint8Array(aes.decrypt(secret, question, { mode: "ECB" }));
    if (E.CRC32(clear) !== E.CRC32(question) || !proven("aes128", secret)) return others.aes128;
    return function (key) {
      if (key.length !== 16) throw new RangeError("an AES-128 key has 16 bytes, not " + key.length);
      const own = new Uint8Array(key);
      return {
        encryptBlock: function (block: Uint8Array) {
          return new Uint8Array(aes.encrypt(block, own, { mode: "ECB" }));
        },
        decryptBlock: function (block: Uint8Array) {
          return new Uint8Array(aes.decrypt(block, own, { mode: "ECB" }));
        },
        wipe: function () {
          own.fill(0);
        },
      };
    };
  };

  return {
    hashes: {
      sha1: hashOf("sha1", crypto.SHA1),
      sha256: hashOf("sha256", crypto.SHA256),
      sha512: hashOf("sha512", crypto.SHA512),
    },
    aes128: aes128Of(),
    providers: providers,
    broken: others.broken,
  };
};
