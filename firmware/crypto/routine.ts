/**
 * SHA-1, SHA-256, SHA-512, HMAC and the loop of PBKDF2 in machine code (firmware/native/): how a routine is called, once `thumb.part.ts`
 * has proven it. AES-128 is called by `ciphers.part.ts`.
 */
import type { Aes128Key, Hash, HashName } from "../../protocol/primitives.ts";
import type { PrimitiveName, Primitives, ProviderName } from "../hal/primitives.ts";
import { ciphers } from "./ciphers.part.ts";
import { routines } from "./routines.part.ts";
import { PART, type Routine, STATES_LENGTH, WORK_INPUT, WORK_KEY, WORK_STATES, WorkArea } from "./work-area.ts";

declare const espruinoRequire: (module: "Storage") => { read(name: string, at: number, length: number): string };
declare const E: {
  CRC32(data: string): number;
  /** Where the data lies, or 0 when it does not lie in one piece. */
  getAddressOf(data: Uint8Array, flat: true): number;
};

// firmware/native/hash.h.
const START = 1;
const FINISH = 2;
const KEYED = 4;
const STATES = 8;

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

/** What a board with machine code computes with; `thumb.part.ts` fills it. */
export class MachineCode implements Primitives {
  readonly hashes = {} as Record<HashName, Hash>;
  /** Undefined where another provider has its place. */
  aes128: Routine | undefined = undefined;
  readonly providers = {} as Record<PrimitiveName, ProviderName>;
  readonly broken: PrimitiveName[] = [];
  /** What the routines work on. */
  readonly area = new WorkArea();
  /** Storage file that holds the routines, one after the other. */
  readonly file: string;
  /** Where in the file the first of them begins. */
  readonly from: number;
  /** What takes the place of a routine that is not there or broken; called only then. */
  readonly software: () => Primitives;
  private others: Primitives | undefined;

  constructor(file: string, from: number, software: () => Primitives) {
    this.file = file;
    this.from = from;
    this.software = software;
  }

  loadAes128(): Aes128Key {
    return this.aes128 === undefined ? (this.others as Primitives).loadAes128() : ciphers(this.area, this.aes128);
  }

  intact(name: PrimitiveName): boolean {
    if (this.providers[name] === "thumb" && this.codeOf(name) === undefined) this.leave(name, true);
    return this.broken.indexOf(name) < 0;
  }

  /** Puts what comes after machine code in a routine's place. @param broken it is there, and not what was built */
  leave(name: PrimitiveName, broken: boolean): void {
    if (broken) this.broken.push(name);
    if (this.others === undefined) this.others = this.software();
    this.providers[name] = this.others.providers[name];
    if (name === "aes128") this.aes128 = undefined;
    else this.hashes[name] = this.others.hashes[name];
  }

  /** The code of a routine, in flash; undefined where other bytes stand there. */
  codeOf(name: PrimitiveName): string | undefined {
    const routine = routines()[name];
    const code = espruinoRequire("Storage").read(this.file, this.from + routine.at, routine.length);
    return E.CRC32(code) >>> 0 === routine.crc32 ? code : undefined;
  }
}
