/**
 * SHA-1, SHA-256, SHA-512, HMAC, the loop of PBKDF2, and AES-128 in machine code (firmware/native/): how a routine is called, once
 * `thumb.part.ts` has proven it.
 */
import { copyBytes } from "../../protocol/copy-bytes.ts";
import type { Aes128, Aes128Key, Hash, HashName } from "../../protocol/primitives.ts";
import type { PrimitiveName, Primitives, ProviderName } from "../hal/primitives.ts";
import { routines } from "./routines.part.ts";

/** A routine of firmware/native/: the work area's address, and what its source says of the other three. */
export type Routine = (work: number, operation: number, length: number, rounds: number) => number;

declare const espruinoRequire: (module: "Storage") => { read(name: string, at: number, length: number): string };
declare const E: {
  CRC32(data: string): number;
  /** Where the data lies, or 0 when it does not lie in one piece. */
  getAddressOf(data: Uint8Array, flat: true): number;
};

// struct work of firmware/native/work.h.
const WORK_STATES = 64;
const STATES_LENGTH = 128;
const WORK_KEY = 384;
const WORK_INPUT = 516;
export const WORK_LENGTH = 776;
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
 * What the routines work on. An array of this length lies in one piece or has no address. One in a piece stays so, but the interpreter may
 * move it when it makes room (`E.defrag`, `E.toFlatString`): where it lies is asked before each call.
 */
export class WorkArea {
  readonly bytes = new Uint8Array(WORK_LENGTH);
  private readonly zero = new Uint8Array(64);

  /** The result of a call, which is overwritten here. */
  take(at: number, length: number): Uint8Array {
    const result = copyBytes(this.bytes, at, at + length);
    for (const end = at + length; at < end; at += 64)
      this.bytes.set(at + 64 > end ? this.zero.subarray(0, end - at) : this.zero, at);
    return result;
  }
}

export class RoutineHash implements Hash {
  readonly blockLen: number;
  readonly outputLen: number;
  private readonly area: WorkArea;
  private readonly call: Routine;

  constructor(area: WorkArea, call: Routine, blockLen: number, outputLen: number) {
    this.area = area;
    this.call = call;
    this.blockLen = blockLen;
    this.outputLen = outputLen;
  }

  digest(message: Uint8Array): Uint8Array {
    return this.run(START, message, 1);
  }

  hmacStates(key: Uint8Array): Uint8Array[] {
    const work = this.area.bytes;
    if (key.length > this.blockLen) {
      const digest = this.run(START, key, 1);
      work.set(digest, WORK_KEY);
      digest.fill(0);
    } else work.set(key, WORK_KEY);
    const call = this.call;
    call(E.getAddressOf(work, true), STATES, 0, 0);
    return [this.area.take(WORK_STATES, STATES_LENGTH)];
  }

  hmac(states: Uint8Array[], message: Uint8Array, rounds: number): Uint8Array {
    this.area.bytes.set(states[0], WORK_STATES);
    return this.run(START | KEYED, message, rounds);
  }

  private run(flags: number, message: Uint8Array, rounds: number): Uint8Array {
    const work = this.area.bytes;
    // Not called as a method: the machine code would be handed an object it knows nothing of.
    const call = this.call;
    let part = message;
    while (part.length > PART) {
      work.set(part.subarray(0, PART), WORK_INPUT);
      call(E.getAddressOf(work, true), flags, PART, 0);
      flags &= KEYED;
      part = part.subarray(PART);
    }
    work.set(part, WORK_INPUT);
    call(E.getAddressOf(work, true), flags | FINISH, part.length, rounds);
    return this.area.take(0, this.outputLen);
  }
}

export class RoutineCipher implements Aes128 {
  private readonly area: WorkArea;
  private readonly call: Routine;
  private readonly key: Uint8Array;

  /** @param key 16 bytes @throws RangeError for another length */
  constructor(area: WorkArea, call: Routine, key: Uint8Array) {
    if (key.length !== 16) throw new RangeError("an AES-128 key has 16 bytes, not " + key.length);
    this.area = area;
    this.call = call;
    this.key = new Uint8Array(key);
  }

  encryptBlock(block: Uint8Array): Uint8Array {
    return this.cbc(block, ENCRYPT);
  }

  decryptBlock(block: Uint8Array): Uint8Array {
    return this.cbc(block, DECRYPT);
  }

  cbcEncrypt(iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
    this.area.bytes.set(iv);
    return this.cbc(plaintext, ENCRYPT);
  }

  cbcDecrypt(iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    this.area.bytes.set(iv);
    return this.cbc(ciphertext, DECRYPT);
  }

  cmac(parts: Uint8Array[]): Uint8Array {
    const work = this.area.bytes;
    const call = this.call;
    let used = 0;
    for (let i = 0; i < parts.length; i++) {
      let part = parts[i];
      // What fills the place, and is not the end: that one is CMAC's.
      while (used + part.length > PART) {
        work.set(part.subarray(0, PART - used), WORK_INPUT + used);
        work.set(this.key, WORK_KEY);
        call(E.getAddressOf(work, true), CHAIN, PART, 0);
        part = part.subarray(PART - used);
        used = 0;
      }
      work.set(part, WORK_INPUT + used);
      used += part.length;
    }
    work.set(this.key, WORK_KEY);
    call(E.getAddressOf(work, true), CMAC, used, 0);
    return this.area.take(0, 16);
  }

  wipe(): void {
    this.key.fill(0);
  }

  /** The block that a call goes on from is zero unless somebody sets it: each call but CHAIN leaves it so, or `take` does. */
  private cbc(data: Uint8Array, operation: number): Uint8Array {
    const work = this.area.bytes;
    const call = this.call;
    work.set(this.key, WORK_KEY);
    work.set(data, WORK_INPUT);
    call(E.getAddressOf(work, true), operation, data.length, 0);
    return this.area.take(WORK_INPUT, data.length);
  }
}

/** What makes ciphers of keys by a routine. */
export function cipherOf(area: WorkArea, call: Routine): Aes128Key {
  return function (key) {
    return new RoutineCipher(area, call, key);
  };
}

/**
 * What a board with machine code computes with; `thumb.part.ts` fills it, and would stay loaded for its sake if it made it of its own.
 */
export class MachineCode implements Primitives {
  readonly hashes = {} as Record<HashName, Hash>;
  aes128 = undefined as unknown as Aes128Key;
  readonly providers = {} as Record<PrimitiveName, ProviderName>;
  readonly broken: PrimitiveName[] = [];
  private readonly file: string;
  private readonly from: number;
  private readonly software: () => Primitives;
  private others: Primitives | undefined;

  /** @param software what takes the place of a routine that is not there or broken; called only then */
  constructor(file: string, from: number, software: () => Primitives) {
    this.file = file;
    this.from = from;
    this.software = software;
  }

  intact(name: PrimitiveName): boolean {
    if (this.providers[name] === "thumb" && codeOf(this.file, this.from, name) === undefined) this.fail(name);
    return this.broken.indexOf(name) < 0;
  }

  fail(name: PrimitiveName): void {
    this.broken.push(name);
    this.replace(name);
  }

  /** Puts what comes after machine code in a routine's place. */
  replace(name: PrimitiveName): void {
    if (this.others === undefined) this.others = this.software();
    this.providers[name] = this.others.providers[name];
    if (name === "aes128") this.aes128 = this.others.aes128;
    else this.hashes[name] = this.others.hashes[name];
  }
}

/** The code of a routine, in flash; undefined where other bytes stand there. */
export function codeOf(file: string, from: number, name: PrimitiveName): string | undefined {
  const routine = routines()[name];
  const code = espruinoRequire("Storage").read(file, from + routine.at, routine.length);
  return E.CRC32(code) >>> 0 === routine.crc32 ? code : undefined;
}
