/**
 * AES-128 in machine code: what makes ciphers of keys by the routine of firmware/native/. A part, because it is a host that it works for,
 * whose cable feeds the token.
 */
import type { Aes128, Aes128Key } from "../../protocol/primitives.ts";
import { PART, type Routine, WORK_INPUT, WORK_KEY, type WorkArea } from "./work-area.ts";

declare const E: { getAddressOf(data: Uint8Array, flat: true): number };

// firmware/native/aes128.c.
const ENCRYPT = 0;
const DECRYPT = 1;
const CHAIN = 2;
const CMAC = 3;

class RoutineCipher implements Aes128 {
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

export function ciphers(area: WorkArea, call: Routine): Aes128Key {
  return function (key) {
    return new RoutineCipher(area, call, key);
  };
}
