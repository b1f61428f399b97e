/** What is around the compression functions of SHA-1, SHA-256 and SHA-512: padding (FIPS 180-4 5.1), chaining values, digests. */
import { IteratedHash } from "../../protocol/otp/iterated-hash.ts";

/**
 * The chaining value after `bytes`, whole blocks up to `end`, as words: from the standard's initial value, or from the chaining value
 * whose bytes, in the machine's own order, are `from`. A fresh array.
 */
export type Compress = (bytes: DataView, end: number, from: Uint8Array | undefined) => Int32Array | Uint32Array;

export class MerkleDamgard extends IteratedHash {
  private readonly compress: Compress;

  constructor(blockLen: number, outputLen: number, compress: Compress) {
    super(blockLen, outputLen);
    this.compress = compress;
  }

  digest(message: Uint8Array, from?: Uint8Array): Uint8Array {
    const length = message.length;
    const block = this.blockLen;
    // One bit, zeros, the length in bits as 64 or 128 bits: an eighth of a block.
    const end = ((length + (block >> 3)) & -block) + block;
    const padded = new Uint8Array(end);
    const bytes = new DataView(padded.buffer);
    const total = from === undefined ? length : length + block;
    padded.set(message);
    padded[length] = 0x80;
    bytes.setUint32(end - 4, total << 3);
    bytes.setUint32(end - 8, total >>> 29);
    const state = this.compress(bytes, end, from);
    const digest = new Uint8Array(this.outputLen);
    const words = new DataView(digest.buffer);
    for (let i = 0; i < state.length; i++) words.setUint32(4 * i, state[i]);
    padded.fill(0);
    state.fill(0);
    return digest;
  }

  chainingValue(block: Uint8Array): Uint8Array {
    const copy = new Uint8Array(block);
    const state = this.compress(new DataView(copy.buffer), copy.length, undefined);
    copy.fill(0);
    return new Uint8Array(state.buffer);
  }
}
