/**
 * SHA-256 (FIPS 180-4 6.2) written for an interpreter: one function, working variables as locals, one typed array for the message
 * schedule, no call inside the rounds. Eight rounds stand in a row so that the working variables change their roles instead of values.
 */
import { type Compress, MerkleDamgard } from "./merkle-damgard.ts";
import { sha2Constants } from "./sha2-constants.ts";

const BLOCK = 64;

/** Made at the first digest: a bundle makes nothing while it is evaluated. */
let constants: Int32Array | undefined;

const compress: Compress = function (bytes, end, from) {
  // What the rounds use comes first, and no block has locals of its own: the interpreter finds a name by walking these lists.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let e = 0;
  let f = 0;
  let g = 0;
  let h = 0;
  let t = 0;
  let at = 0;
  const w = new Int32Array(64);
  if (constants === undefined) constants = new Int32Array(sha2Constants().subarray(0, 64));
  const k = constants;
  // w1[t] is w[t + 1], and so on: an index that needs no addition.
  const w1 = w.subarray(1);
  const w9 = w.subarray(9);
  const w14 = w.subarray(14);
  const w16 = w.subarray(16);
  // 5.3.3
  const state = new Int32Array([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ]);
  if (from !== undefined) new Uint8Array(state.buffer).set(from);
  for (; at < end; at += BLOCK) {
    for (t = 0; t < 16; t++) w[t] = bytes.getInt32(at + 4 * t);
    t = 0;
    while (t < 48) {
      a = w14[t];
      b = w1[t];
      w16[t] =
        ((a >>> 17) ^ (a >>> 19) ^ (a >>> 10) ^ (a << 15) ^ (a << 13)) +
        w9[t] +
        ((b >>> 7) ^ (b >>> 18) ^ (b >>> 3) ^ (b << 25) ^ (b << 14)) +
        w[t++];
    }
    a = state[0];
    b = state[1];
    c = state[2];
    d = state[3];
    e = state[4];
    f = state[5];
    g = state[6];
    h = state[7];
    t = 0;
    while (t < 64) {
      h +=
        ((e >>> 6) ^ (e >>> 11) ^ (e >>> 25) ^ (e << 26) ^ (e << 21) ^ (e << 7)) + (g ^ (e & (f ^ g))) + k[t] + w[t++];
      d = (d + h) | 0;
      h =
        (h + ((a >>> 2) ^ (a >>> 13) ^ (a >>> 22) ^ (a << 30) ^ (a << 19) ^ (a << 10)) + ((a & b) ^ (c & (a ^ b)))) | 0;
      g +=
        ((d >>> 6) ^ (d >>> 11) ^ (d >>> 25) ^ (d << 26) ^ (d << 21) ^ (d << 7)) + (f ^ (d & (e ^ f))) + k[t] + w[t++];
      c = (c + g) | 0;
      g =
        (g + ((h >>> 2) ^ (h >>> 13) ^ (h >>> 22) ^ (h << 30) ^ (h << 19) ^ (h << 10)) + ((h & a) ^ (b & (h ^ a)))) | 0;
      f +=
        ((c >>> 6) ^ (c >>> 11) ^ (c >>> 25) ^ (c << 26) ^ (c << 21) ^ (c << 7)) + (e ^ (c & (d ^ e))) + k[t] + w[t++];
      b = (b + f) | 0;
      f =
        (f + ((g >>> 2) ^ (g >>> 13) ^ (g >>> 22) ^ (g << 30) ^ (g << 19) ^ (g << 10)) + ((g & h) ^ (a & (g ^ h)))) | 0;
      e +=
        ((b >>> 6) ^ (b >>> 11) ^ (b >>> 25) ^ (b << 26) ^ (b << 21) ^ (b << 7)) + (d ^ (b & (c ^ d))) + k[t] + w[t++];
      a = (a + e) | 0;
      e =
        (e + ((f >>> 2) ^ (f >>> 13) ^ (f >>> 22) ^ (f << 30) ^ (f << 19) ^ (f << 10)) + ((f & g) ^ (h & (f ^ g)))) | 0;
      d +=
        ((a >>> 6) ^ (a >>> 11) ^ (a >>> 25) ^ (a << 26) ^ (a << 21) ^ (a << 7)) + (c ^ (a & (b ^ c))) + k[t] + w[t++];
      h = (h + d) | 0;
      d =
        (d + ((e >>> 2) ^ (e >>> 13) ^ (e >>> 22) ^ (e << 30) ^ (e << 19) ^ (e << 10)) + ((e & f) ^ (g & (e ^ f)))) | 0;
      c +=
        ((h >>> 6) ^ (h >>> 11) ^ (h >>> 25) ^ (h << 26) ^ (h << 21) ^ (h << 7)) + (b ^ (h & (a ^ b))) + k[t] + w[t++];
      g = (g + c) | 0;
      c =
        (c + ((d >>> 2) ^ (d >>> 13) ^ (d >>> 22) ^ (d << 30) ^ (d << 19) ^ (d << 10)) + ((d & e) ^ (f & (d ^ e)))) | 0;
      b +=
        ((g >>> 6) ^ (g >>> 11) ^ (g >>> 25) ^ (g << 26) ^ (g << 21) ^ (g << 7)) + (a ^ (g & (h ^ a))) + k[t] + w[t++];
      f = (f + b) | 0;
      b =
        (b + ((c >>> 2) ^ (c >>> 13) ^ (c >>> 22) ^ (c << 30) ^ (c << 19) ^ (c << 10)) + ((c & d) ^ (e & (c ^ d)))) | 0;
      a +=
        ((f >>> 6) ^ (f >>> 11) ^ (f >>> 25) ^ (f << 26) ^ (f << 21) ^ (f << 7)) + (h ^ (f & (g ^ h))) + k[t] + w[t++];
      e = (e + a) | 0;
      a =
        (a + ((b >>> 2) ^ (b >>> 13) ^ (b >>> 22) ^ (b << 30) ^ (b << 19) ^ (b << 10)) + ((b & c) ^ (d & (b ^ c)))) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
  w.fill(0);
  return state;
};

export const sha256 = new MerkleDamgard(BLOCK, 32, compress);
