/**
 * SHA-1 (FIPS 180-4 6.1) written for an interpreter: one function, working variables as locals, one typed array for the message
 * schedule, no call inside the rounds. Five rounds stand in a row so that the working variables change their roles instead of values.
 */
import { type Compress, MerkleDamgard } from "./merkle-damgard.ts";

const BLOCK = 64;

const compress: Compress = function (bytes, end, from) {
  // What the rounds use comes first, and no block has locals of its own: the interpreter finds a name by walking these lists.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let e = 0;
  let k = 0;
  let t = 0;
  let at = 0;
  const w = new Int32Array(80);
  // w2[t] is w[t + 2], and so on: an index that needs no addition.
  const w2 = w.subarray(2);
  const w8 = w.subarray(8);
  const w13 = w.subarray(13);
  const w16 = w.subarray(16);
  // 5.3.1
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  if (from !== undefined) new Uint8Array(state.buffer).set(from);
  for (; at < end; at += BLOCK) {
    for (t = 0; t < 16; t++) w[t] = bytes.getInt32(at + 4 * t);
    t = 0;
    while (t < 64) {
      a = w13[t] ^ w8[t] ^ w2[t] ^ w[t];
      w16[t++] = (a << 1) | (a >>> 31);
    }
    a = state[0];
    b = state[1];
    c = state[2];
    d = state[3];
    e = state[4];
    t = 0;
    k = 0x5a827999;
    while (t < 20) {
      e = (((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + e + k + w[t++]) | 0;
      b = (b << 30) | (b >>> 2);
      d = (((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + d + k + w[t++]) | 0;
      a = (a << 30) | (a >>> 2);
      c = (((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + c + k + w[t++]) | 0;
      e = (e << 30) | (e >>> 2);
      b = (((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + b + k + w[t++]) | 0;
      d = (d << 30) | (d >>> 2);
      a = (((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + a + k + w[t++]) | 0;
      c = (c << 30) | (c >>> 2);
    }
    k = 0x6ed9eba1;
    // Rounds 20 to 39, and behind 40 to 59 those from 60 on: the same function, another constant.
    while (t < 80) {
      e = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + k + w[t++]) | 0;
      b = (b << 30) | (b >>> 2);
      d = (((e << 5) | (e >>> 27)) + (a ^ b ^ c) + d + k + w[t++]) | 0;
      a = (a << 30) | (a >>> 2);
      c = (((d << 5) | (d >>> 27)) + (e ^ a ^ b) + c + k + w[t++]) | 0;
      e = (e << 30) | (e >>> 2);
      b = (((c << 5) | (c >>> 27)) + (d ^ e ^ a) + b + k + w[t++]) | 0;
      d = (d << 30) | (d >>> 2);
      a = (((b << 5) | (b >>> 27)) + (c ^ d ^ e) + a + k + w[t++]) | 0;
      c = (c << 30) | (c >>> 2);
      if (t === 40) {
        k = 0x8f1bbcdc;
        while (t < 60) {
          e = (((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) + e + k + w[t++]) | 0;
          b = (b << 30) | (b >>> 2);
          d = (((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) + d + k + w[t++]) | 0;
          a = (a << 30) | (a >>> 2);
          c = (((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) + c + k + w[t++]) | 0;
          e = (e << 30) | (e >>> 2);
          b = (((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) + b + k + w[t++]) | 0;
          d = (d << 30) | (d >>> 2);
          a = (((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) + a + k + w[t++]) | 0;
          c = (c << 30) | (c >>> 2);
        }
        k = 0xca62c1d6;
      }
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
  }
  w.fill(0);
  return state;
};

export const sha1 = new MerkleDamgard(BLOCK, 20, compress);
