/**
 * The primitives in machine code, for boards with an ARM Cortex-M and flash that is mapped into memory. The code lies in a Storage file and
 * is called where it lies.
 *
 * A routine is used when its CRC-32 is right, which is looked at before anything is called, and when it then answers a known question.
 * What is missing or wrong is left to the primitives that come after. All this is done at boot, and then dropped: what is proven is called
 * by `routine.ts` and `ciphers.part.ts`.
 */
import type { HashName } from "../../protocol/primitives.ts";
import type { PrimitiveName, Primitives } from "../hal/primitives.ts";
import { type MachineCode, RoutineHash } from "./routine.ts";
import { routines } from "./routines.part.ts";
import type { Routine } from "./work-area.ts";

declare const espruinoRequire: (module: "Storage") => {
  read(name: string, at: number, length: number): string | undefined;
};
declare const E: {
  CRC32(data: Uint8Array): number;
  getAddressOf(data: string | Uint8Array, flat: true): number;
  /** Not on every build of the interpreter. */
  nativeCall?: (address: number, signature: string) => Routine;
};

/** @param found that of the board, to be filled; erased flash in the place of its first routine is a board without any */
export function thumb(found: MachineCode): Primitives {
  const first = espruinoRequire("Storage").read(found.file, found.from, 4);
  if (first === undefined || first === "\xff\xff\xff\xff") return found.software();
  const question = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

  /** The routine, once its bytes are known to be the ones that were built. Without one, what comes after is in its place. */
  const load = function (name: PrimitiveName): Routine | undefined {
    const code = found.codeOf(name);
    const nativeCall = E.nativeCall;
    const place = code === undefined || nativeCall === undefined ? 0 : E.getAddressOf(code, true);
    // An interpreter that can't call what lies there does without: this is no fault.
    const work = place === 0 ? 0 : E.getAddressOf(found.area.bytes, true);
    // The lowest bit says that it is Thumb code.
    if (work !== 0 && ((place | work) & 3) === 0) return nativeCall!(place | 1, "int(int,int,int,int)");
    found.leave(name, code === undefined || place !== 0);
    return undefined;
  };

  /** Keeps a routine whose answer is the one that is known. */
  const judge = function (name: PrimitiveName, answer: Uint8Array): void {
    if (E.CRC32(answer) >>> 0 === routines()[name].answer) found.providers[name] = "thumb";
    else found.leave(name, true);
  };

  const takeHash = function (name: HashName, blockLen: number, outputLen: number): void {
    const call = load(name);
    if (call === undefined) return;
    const hash = new RoutineHash(found.area, call, blockLen, outputLen);
    found.hashes[name] = hash;
    judge(name, hash.digest(question));
  };

  takeHash("sha1", 64, 20);
  takeHash("sha256", 64, 32);
  takeHash("sha512", 128, 64);
  const call = load("aes128");
  if (call !== undefined) {
    found.aes128 = call;
    const cipher = found.loadAes128()(question);
    const secret = cipher.encryptBlock(question);
    const back = E.CRC32(cipher.decryptBlock(secret)) === E.CRC32(question);
    judge("aes128", back ? secret : question);
  }
  return found;
}
