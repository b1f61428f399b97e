/**
 * The primitives in machine code, for boards with an ARM Cortex-M and flash that is mapped into memory. The code lies in a Storage file and
 * is called where it lies.
 *
 * A routine is used when its CRC-32 is right, which is looked at before anything is called, and when it then answers a known question.
 * What is missing or wrong is left to the primitives that were handed in. All this is done at boot, and then dropped: what is proven is
 * called by `routine.ts`.
 */
import type { Aes128Key, Hash, HashName } from "../../protocol/primitives.ts";
import type { PrimitiveName, Primitives, ProviderName } from "../hal/primitives.ts";
import { cipherOf, intactWhile, type Routine, RoutineCipher, RoutineHash, WorkArea, wholeBytes } from "./routine.ts";
import { routines } from "./routines.ts";

interface StorageModule {
  read(name: string): string | undefined;
  read(name: string, at: number, length: number): string;
}
declare const espruinoRequire: (module: "Storage") => StorageModule;
declare const E: {
  CRC32(data: string | Uint8Array): number;
  getAddressOf(data: string | Uint8Array, flat: true): number;
  /** Not on every build of the interpreter. */
  nativeCall?: (address: number, signature: string) => Routine;
};
type Native = Required<typeof E>;

/**
 * @param file the Storage file that holds the image of firmware/native/
 * @param software what takes the place of a routine that is not there; called only where one is missing or wrong
 */
export function thumb(file: string, software: () => Primitives): Primitives {
  const storage = espruinoRequire("Storage");
  if (E.nativeCall === undefined || storage.read(file) === undefined) return software();
  const area = new WorkArea();
  const address = E.getAddressOf(area.bytes, true);
  if (address === 0 || (address & 3) !== 0) return software();
  const providers: Record<PrimitiveName, ProviderName> = {
    sha1: "typescript",
    sha256: "typescript",
    sha512: "typescript",
    aes128: "typescript",
  };
  let others: Primitives | undefined;
  const broken: PrimitiveName[] = [];
  const question = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

  /** The routine, once its bytes are known to be the ones that were built. */
  const load = function (name: PrimitiveName): Routine | undefined {
    const routine = routines[name];
    const place = E.getAddressOf(storage.read(file, routine.at, routine.length), true);
    if (place === 0 || (place & 3) !== 0) return undefined;
    if (!wholeBytes(file, routine.at, routine.length, routine.crc32)) {
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

  /** What comes after this provider, with what it computes by itself. */
  const instead = function (name: PrimitiveName): Primitives {
    if (others === undefined) others = software();
    providers[name] = others.providers[name];
    return others;
  };

  const hashOf = function (name: HashName, blockLen: number, outputLen: number): Hash {
    const call = load(name);
    if (call === undefined) return instead(name).hashes[name];
    const hash = new RoutineHash(area, call, blockLen, outputLen);
    return proven(name, hash.digest(question)) ? hash : instead(name).hashes[name];
  };

  const aes128Of = function (): Aes128Key {
    const call = load("aes128");
    if (call === undefined) return instead("aes128").aes128;
    const cipher = new RoutineCipher(area, call, question);
    const secret = cipher.encryptBlock(question);
    const back = E.CRC32(cipher.decryptBlock(secret)) === E.CRC32(question);
    return back && proven("aes128", secret) ? cipherOf(area, call) : instead("aes128").aes128;
  };

  const hashes = { sha1: hashOf("sha1", 64, 20), sha256: hashOf("sha256", 64, 32), sha512: hashOf("sha512", 128, 64) };
  const sha256 = routines.sha256;
  return {
    hashes: hashes,
    aes128: aes128Of(),
    providers: providers,
    broken: broken,
    intact: intactWhile(file, providers.sha256 === "thumb" ? sha256.length : 0, sha256.at, sha256.crc32),
  };
}
