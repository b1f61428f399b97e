/**
 * SHA-512 (FIPS 180-4 6.4) written for an interpreter: one function, 64-bit words as two 32-bit halves in locals (`ah`, `al`), one
 * typed array for the message schedule, no call inside the rounds. Low halves are kept unsigned: their plain sum stays exact far below
 * 2^53, and what exceeds 2^32 is the carry.
 */
import { type Compress, MerkleDamgard } from "./merkle-damgard.ts";
import { sha2Constants } from "./sha2-constants.ts";

const BLOCK = 128;
const CARRY = 0x100000000;

/** Made at the first digest: a bundle makes nothing while it is evaluated. */
let constants: Uint32Array | undefined;

const compress: Compress = function (bytes, end, from) {
  // What the rounds use comes first, and no block has locals of its own: the interpreter finds a name by walking these lists.
  let t = 0;
  let at = 0;
  let high = 0;
  let low = 0;
  let ah = 0;
  let al = 0;
  let eh = 0;
  let el = 0;
  let bh = 0;
  let bl = 0;
  let fh = 0;
  let fl = 0;
  let ch = 0;
  let cl = 0;
  let gh = 0;
  let gl = 0;
  let dh = 0;
  let dl = 0;
  let hh = 0;
  let hl = 0;
  const w = new Uint32Array(160);
  const carry = CARRY;
  if (constants === undefined) constants = sha2Constants();
  const k = constants;
  const kl = k.subarray(80);
  // High halves of the schedule, then low ones. h1[t] is h[t + 1], and so on: an index that needs no addition.
  const h1 = w.subarray(1);
  const h9 = w.subarray(9);
  const h14 = w.subarray(14);
  const h16 = w.subarray(16);
  const l = w.subarray(80);
  const l1 = w.subarray(81);
  const l9 = w.subarray(89);
  const l14 = w.subarray(94);
  const l16 = w.subarray(96);
  // 5.3.5
  const state = new Uint32Array([
    0x6a09e667, 0xf3bcc908, 0xbb67ae85, 0x84caa73b, 0x3c6ef372, 0xfe94f82b, 0xa54ff53a, 0x5f1d36f1, 0x510e527f,
    0xade682d1, 0x9b05688c, 0x2b3e6c1f, 0x1f83d9ab, 0xfb41bd6b, 0x5be0cd19, 0x137e2179,
  ]);
  if (from !== undefined) new Uint8Array(state.buffer).set(from);
  for (; at < end; at += BLOCK) {
    for (t = 0; t < 16; t++) {
      w[t] = bytes.getUint32(at + 8 * t);
      l[t] = bytes.getUint32(at + 8 * t + 4);
    }
    for (t = 0; t < 64; t++) {
      ah = h14[t];
      al = l14[t];
      bh = h1[t];
      bl = l1[t];
      low =
        (((al >>> 19) ^ (ah << 13) ^ (ah >>> 29) ^ (al << 3) ^ (al >>> 6) ^ (ah << 26)) >>> 0) +
        l9[t] +
        (((bl >>> 1) ^ (bh << 31) ^ (bl >>> 8) ^ (bh << 24) ^ (bl >>> 7) ^ (bh << 25)) >>> 0) +
        l[t];
      h16[t] =
        (((ah >>> 19) ^ (al << 13) ^ (al >>> 29) ^ (ah << 3) ^ (ah >>> 6)) +
          h9[t] +
          ((bh >>> 1) ^ (bl << 31) ^ (bh >>> 8) ^ (bl << 24) ^ (bh >>> 7)) +
          w[t] +
          ((low / carry) | 0)) |
        0;
      l16[t] = low >>> 0;
    }
    ah = state[0];
    al = state[1];
    bh = state[2];
    bl = state[3];
    ch = state[4];
    cl = state[5];
    dh = state[6];
    dl = state[7];
    eh = state[8];
    el = state[9];
    fh = state[10];
    fl = state[11];
    gh = state[12];
    gl = state[13];
    hh = state[14];
    hl = state[15];
    for (t = 0; t < 80; t++) {
      low =
        hl +
        (((el >>> 14) ^ (eh << 18) ^ (el >>> 18) ^ (eh << 14) ^ (eh >>> 9) ^ (el << 23)) >>> 0) +
        ((gl ^ (el & (fl ^ gl))) >>> 0) +
        kl[t] +
        l[t];
      high =
        (hh +
          ((eh >>> 14) ^ (el << 18) ^ (eh >>> 18) ^ (el << 14) ^ (el >>> 9) ^ (eh << 23)) +
          (gh ^ (eh & (fh ^ gh))) +
          k[t] +
          w[t] +
          ((low / carry) | 0)) |
        0;
      low = low >>> 0;
      hh = gh;
      hl = gl;
      gh = fh;
      gl = fl;
      fh = eh;
      fl = el;
      el = dl + low;
      eh = (dh + high + ((el / carry) | 0)) | 0;
      el = el >>> 0;
      dh = ch;
      dl = cl;
      low +=
        (((al >>> 28) ^ (ah << 4) ^ (ah >>> 2) ^ (al << 30) ^ (ah >>> 7) ^ (al << 25)) >>> 0) +
        (((al & bl) ^ (cl & (al ^ bl))) >>> 0);
      high =
        (high +
          ((ah >>> 28) ^ (al << 4) ^ (al >>> 2) ^ (ah << 30) ^ (al >>> 7) ^ (ah << 25)) +
          ((ah & bh) ^ (ch & (ah ^ bh))) +
          ((low / carry) | 0)) |
        0;
      ch = bh;
      cl = bl;
      bh = ah;
      bl = al;
      ah = high;
      al = low >>> 0;
    }
    low = state[1] + al;
    state[0] += ah + ((low / carry) | 0);
    state[1] = low >>> 0;
    low = state[3] + bl;
    state[2] += bh + ((low / carry) | 0);
    state[3] = low >>> 0;
    low = state[5] + cl;
    state[4] += ch + ((low / carry) | 0);
    state[5] = low >>> 0;
    low = state[7] + dl;
    state[6] += dh + ((low / carry) | 0);
    state[7] = low >>> 0;
    low = state[9] + el;
    state[8] += eh + ((low / carry) | 0);
    state[9] = low >>> 0;
    low = state[11] + fl;
    state[10] += fh + ((low / carry) | 0);
    state[11] = low >>> 0;
    low = state[13] + gl;
    state[12] += gh + ((low / carry) | 0);
    state[13] = low >>> 0;
    low = state[15] + hl;
    state[14] += hh + ((low / carry) | 0);
    state[15] = low >>> 0;
  }
  w.fill(0);
  return state;
};

export const sha512 = new MerkleDamgard(BLOCK, 64, compress);
