/**
 * SHA-1, SHA-256, SHA-512, HMAC, the loop of PBKDF2, and AES-128 in machine code (firmware/native/), for boards with an ARM Cortex-M and
 * flash that is mapped into memory. The code lies in a Storage file and is called where it lies.
 *
 * A routine is used when its CRC-32 is right, which is looked at before anything is called, and when it then answers a known question.
 * What is missing or wrong is left to the primitives that were handed in.
 */
import { copyBytes } from "../../protocol/copy-bytes.ts";
import type { Aes128, Aes128Key, Hash, HashName } from "../../protocol/primitives.ts";
import type { PrimitiveName, Primitives, ProviderName } from "../hal/primitives.ts";
import { routines } from "./routines.ts";

/** A routine of firmware/native/: the work area's address, and what its source says of the other three. */
type Routine = (work: number, operation: number, length: number, rounds: number) => number;

interface StorageModule {
  read(name: string): string | undefined;
  read(name: string, at: number, length: number): string;
}
declare const espruinoRequire: (module: "Storage") => StorageModule;
declare const E: {
  CRC32(data: string | Uint8Array): number;
  /** Where the data lies, or 0 when it does not lie in one piece. */
  getAddressOf(data: string | Uint8Array, flat: true): number;
  /** Not on every build of the interpreter. */
  nativeCall?: (address: number, signature: string) => Routine;
};
type Native = Required<typeof E>;

// struct work of firmware/native/work.h.
const WORK_STATES = 64;
const STATES_LENGTH = 128;
const WORK_KEY = 384;
const WORK_INPUT = 516;
const WORK_LENGTH = 776;
/** Bytes of a message that one call takes. */
const PART = 256;
// firmware/native/hash.h.
const START = 1;
const FINISH = 2;
const KEYED = 4;
const STATES = 8;
// firmware/native/aes128.c.
const ENCRYPT = 0;
const DECRYPT = 1;
const CHAIN = 2;
const CMAC = 3;

/**
 * @param file the Storage file that holds the image of firmware/native/
 * @param software what takes the place of a routine that is not there; called only where one is missing or wrong
 */
export const thumb = function (file: string, software: () => Primitives): Primitives {
  const storage = espruinoRequire("Storage");
  if (E.nativeCall === undefined || storage.read(file) === undefined) return software();
  // An array of this length lies in one piece or has no address. One in a piece stays so, but the interpreter may move it when it makes
  // room (`E.defrag`, `E.toFlatString`): where it lies is asked before each call.
  const work = new Uint8Array(WORK_LENGTH);
  const address = E.getAddressOf(work, true);
  if (address === 0 || (address & 3) !== 0) return software();
  const providers: Record<PrimitiveName, ProviderName> = {
    sha1: "typescript",
    sha256: "typescript",
    sha512: "typescript",
    aes128: "typescript",
  };
  let others: Primitives | undefined;
  const broken: PrimitiveName[] = [];
  const zero = new Uint8Array(64);
  const zeros = new Uint8Array(PART);
  const question = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

  /** Whether the routine's bytes are the ones that were built. */
  const whole = function (name: PrimitiveName): boolean {
    const routine = routines[name];
    return E.CRC32(storage.read(file, routine.at, routine.length)) >>> 0 === routine.crc32;
  };

  /** The routine, once its bytes are known to be the ones that were built. */
  const load = function (name: PrimitiveName): Routine | undefined {
    const routine = routines[name];
    const code = storage.read(file, routine.at, routine.length);
    const place = E.getAddressOf(code, true);
    if (place === 0 || (place & 3) !== 0) return undefined;
    if (!whole(name)) {
      broken.push(name);
      return undefined;
    }
    // The lowest bit says that it is Thumb code.
    return (E as Native).nativeCall(place | 1, "int(int,int,int,int)");
  };

  /** Whether a routine's answer is the one that is known; if so, it is the provider from now on. */
  const proven = function (name: PrimitiveName, answer: Uint8Array): boolean {
    if (E.CRC32(answer) >>> 0 !== routines[name].answer) {
      broken.push(name);
      return false;
    }
    providers[name] = "thumb";
    return true;
  };

  /** The result of a call, which is overwritten in the work area. */
  const take = function (at: number, length: number): Uint8Array {
    const result = copyBytes(work, at, at + length);
    work.set(length > 64 ? zeros : zero, at);
    return result;
  };

  /** What comes after this provider, with what it computes by itself. */
  const instead = function (name: PrimitiveName): Primitives {
    if (others === undefined) others = software();
    providers[name] = others.providers[name];
    return others;
  };

  const hashOf = function (name: HashName, blockLen: number, outputLen: number): Hash {
    const call = load(name);
    if (call === undefined) return instead(name).hashes[name];
    const run = function (flags: number, message: Uint8Array, rounds: number): Uint8Array {
      let part = message;
      while (part.length > PART) {
        work.set(part.subarray(0, PART), WORK_INPUT);
        call(E.getAddressOf(work, true), flags, PART, 0);
        flags &= KEYED;
        part = part.subarray(PART);
      }
      work.set(part, WORK_INPUT);
      call(E.getAddressOf(work, true), flags | FINISH, part.length, rounds);
      return take(0, outputLen);
    };
    const hmacStates = function (key: Uint8Array): Uint8Array[] {
      if (key.length > blockLen) {
        const digest = run(START, key, 1);
        work.set(digest, WORK_KEY);
        digest.fill(0);
      } else work.set(key, WORK_KEY);
      call(E.getAddressOf(work, true), STATES, 0, 0);
      return [take(WORK_STATES, STATES_LENGTH)];
    };
    const hmac = function (states: Uint8Array[], message: Uint8Array, rounds: number): Uint8Array {
      work.set(states[0], WORK_STATES);
      return run(START | KEYED, message, rounds);
    };
    if (!proven(name, run(START, question, 1))) return instead(name).hashes[name];
    return {
      blockLen: blockLen,
      outputLen: outputLen,
      digest: function (message) {
        return run(START, message, 1);
      },
      hmacStates: hmacStates,
      hmac: hmac,
    };
  };

  const aes128Of = function (): Aes128Key {
    const call = load("aes128");
    if (call === undefined) return instead("aes128").aes128;
    /** The block that a call goes on from is zero unless somebody sets it: each call but CHAIN leaves it so, or `take` does. */
    const cbc = function (key: Uint8Array, data: Uint8Array, operation: number): Uint8Array {
      const length = data.length;
      work.set(key, WORK_KEY);
      work.set(data, WORK_INPUT);
      call(E.getAddressOf(work, true), operation, length, 0);
      return take(WORK_INPUT, length);
    };
    class Cipher implements Aes128 {
      private readonly key: Uint8Array;
      constructor(key: Uint8Array) {
        this.key = new Uint8Array(key);
      }
      encryptBlock(block: Uint8Array): Uint8Array {
        return cbc(this.key, block, ENCRYPT);
      }
      decryptBlock(block: Uint8Array): Uint8Array {
        return cbc(this.key, block, DECRYPT);
      }
      cbcEncrypt(iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
        work.set(iv);
        return cbc(this.key, plaintext, ENCRYPT);
      }
      cbcDecrypt(iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
        work.set(iv);
        return cbc(this.key, ciphertext, DECRYPT);
      }
      cmac(parts: Uint8Array[]): Uint8Array {
        const key = this.key;
        let used = 0;
        for (let i = 0; i < parts.length; i++) {
          let part = parts[i];
          // What fills the place, and is not the end: that one is CMAC's.
          while (used + part.length > PART) {
            work.set(part.subarray(0, PART - used), WORK_INPUT + used);
            work.set(key, WORK_KEY);
            (call as Routine)(E.getAddressOf(work, true), CHAIN, PART, 0);
            part = part.subarray(PART - used);
            used = 0;
          }
          work.set(part, WORK_INPUT + used);
          used += part.length;
        }
        work.set(key, WORK_KEY);
        (call as Routine)(E.getAddressOf(work, true), CMAC, used, 0);
        return take(0, 16);
      }
      wipe(): void {
        this.key.fill(0);
      }
    }
    const secret = cbc(question, question, ENCRYPT);
    if (E.CRC32(cbc(question, secret, DECRYPT)) !== E.CRC32(question) || !proven("aes128", secret))
      return instead("aes128").aes128;
    return function (key) {
      if (key.length !== 16) throw new RangeError("an AES-128 key has 16 bytes, not " + key.length);
      return new Cipher(key);
    };
  };

  return {
    hashes: { sha1: hashOf("sha1", 64, 20), sha256: hashOf("sha256", 64, 32), sha512: hashOf("sha512", 128, 64) },
    aes128: aes128Of(),
    providers: providers,
    broken: broken,
    intact: function () {
      return providers.sha256 !== "thumb" || whole("sha256");
    },
  };
};
