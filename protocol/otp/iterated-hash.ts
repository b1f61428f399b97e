/** HMAC (RFC 2104), H(K xor opad, H(K xor ipad, message)), over any hash function that works block by block. */
import type { Hash } from "../primitives.ts";

export abstract class IteratedHash implements Hash {
  readonly blockLen: number;
  readonly outputLen: number;

  constructor(blockLen: number, outputLen: number) {
    this.blockLen = blockLen;
    this.outputLen = outputLen;
  }

  /** @param from what `chainingValue` gave of a block: the digest is then that of this block and the message */
  abstract digest(message: Uint8Array, from?: Uint8Array): Uint8Array;

  /** What the hash function remembers of a message's first block. */
  abstract chainingValue(block: Uint8Array): Uint8Array;

  hmacStates(key: Uint8Array): Uint8Array[] {
    const states: Uint8Array[] = [];
    const short = key.length > this.blockLen ? this.digest(key) : key;
    // By words, of which the token's interpreter has a quarter to go through; in each byte, what turns no pad into ipad and ipad into opad.
    const words = new Int32Array(this.blockLen >> 2);
    const block = new Uint8Array(words.buffer);
    block.set(short);
    for (let pad = 0x36363636; states.length < 2; pad = 0x36363636 ^ 0x5c5c5c5c) {
      for (let i = 0; i < words.length; i++) words[i] ^= pad;
      states.push(this.chainingValue(block));
    }
    block.fill(0);
    if (short !== key) short.fill(0);
    return states;
  }

  hmac(states: Uint8Array[], message: Uint8Array, rounds: number): Uint8Array {
    let u = message;
    let sum = message;
    for (let round = 0; round < rounds; round++) {
      const inner = this.digest(u, states[0]);
      if (round > 1) u.fill(0);
      u = this.digest(inner, states[1]);
      inner.fill(0);
      if (round === 0) sum = u;
      else for (let i = 0; i < u.length; i++) sum[i] ^= u[i];
    }
    if (rounds > 1) u.fill(0);
    return sum;
  }
}

/** A hash function from which nothing but whole digests can be had: what it remembers of a first block is the block itself. */
export class BareHash extends IteratedHash {
  private readonly compute: (message: Uint8Array) => Uint8Array;

  /** @param compute the digest of a message, fresh */
  constructor(blockLen: number, outputLen: number, compute: (message: Uint8Array) => Uint8Array) {
    super(blockLen, outputLen);
    this.compute = compute;
  }

  digest(message: Uint8Array, from?: Uint8Array): Uint8Array {
    if (from === undefined) return this.compute(message);
    const whole = new Uint8Array(from.length + message.length);
    whole.set(from);
    whole.set(message, from.length);
    const digest = this.compute(whole);
    whole.fill(0);
    return digest;
  }

  chainingValue(block: Uint8Array): Uint8Array {
    return new Uint8Array(block);
  }
}
