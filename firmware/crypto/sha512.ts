/**
 * SHA-512 (FIPS 180-4 6.4) written for an interpreter: one function, 64-bit words as two 32-bit halves in locals (`ah`, `al`), one
 * typed array for the message schedule, no call inside the rounds. Low halves are kept unsigned: their plain sum stays exact far below
 * 2^53, and what exceeds 2^32 is the carry.
 */
import type { Hash } from "../../protocol/primitives.ts";

const BLOCK = 128;
const CARRY = 0x100000000;

/** 4.2.3, high half before low half; made at the first digest: a bundle makes nothing while it is evaluated. */
let constants: Uint32Array | undefined;

const digest = function (message: Uint8Array): Uint8Array {
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
  if (constants === undefined) {
    constants = new Uint32Array([
      0x428a2f98, 0xd728ae22, 0x71374491, 0x23ef65cd, 0xb5c0fbcf, 0xec4d3b2f, 0xe9b5dba5, 0x8189dbbc, 0x3956c25b,
      0xf348b538, 0x59f111f1, 0xb605d019, 0x923f82a4, 0xaf194f9b, 0xab1c5ed5, 0xda6d8118, 0xd807aa98, 0xa3030242,
      0x12835b01, 0x45706fbe, 0x243185be, 0x4ee4b28c, 0x550c7dc3, 0xd5ffb4e2, 0x72be5d74, 0xf27b896f, 0x80deb1fe,
      0x3b1696b1, 0x9bdc06a7, 0x25c71235, 0xc19bf174, 0xcf692694, 0xe49b69c1, 0x9ef14ad2, 0xefbe4786, 0x384f25e3,
      0x0fc19dc6, 0x8b8cd5b5, 0x240ca1cc, 0x77ac9c65, 0x2de92c6f, 0x592b0275, 0x4a7484aa, 0x6ea6e483, 0x5cb0a9dc,
      0xbd41fbd4, 0x76f988da, 0x831153b5, 0x983e5152, 0xee66dfab, 0xa831c66d, 0x2db43210, 0xb00327c8, 0x98fb213f,
      0xbf597fc7, 0xbeef0ee4, 0xc6e00bf3, 0x3da88fc2, 0xd5a79147, 0x930aa725, 0x06ca6351, 0xe003826f, 0x14292967,
      0x0a0e6e70, 0x27b70a85, 0x46d22ffc, 0x2e1b2138, 0x5c26c926, 0x4d2c6dfc, 0x5ac42aed, 0x53380d13, 0x9d95b3df,
      0x650a7354, 0x8baf63de, 0x766a0abb, 0x3c77b2a8, 0x81c2c92e, 0x47edaee6, 0x92722c85, 0x1482353b, 0xa2bfe8a1,
      0x4cf10364, 0xa81a664b, 0xbc423001, 0xc24b8b70, 0xd0f89791, 0xc76c51a3, 0x0654be30, 0xd192e819, 0xd6ef5218,
      0xd6990624, 0x5565a910, 0xf40e3585, 0x5771202a, 0x106aa070, 0x32bbd1b8, 0x19a4c116, 0xb8d2d0c8, 0x1e376c08,
      0x5141ab53, 0x2748774c, 0xdf8eeb99, 0x34b0bcb5, 0xe19b48a8, 0x391c0cb3, 0xc5c95a63, 0x4ed8aa4a, 0xe3418acb,
      0x5b9cca4f, 0x7763e373, 0x682e6ff3, 0xd6b2b8a3, 0x748f82ee, 0x5defb2fc, 0x78a5636f, 0x43172f60, 0x84c87814,
      0xa1f0ab72, 0x8cc70208, 0x1a6439ec, 0x90befffa, 0x23631e28, 0xa4506ceb, 0xde82bde9, 0xbef9a3f7, 0xb2c67915,
      0xc67178f2, 0xe372532b, 0xca273ece, 0xea26619c, 0xd186b8c7, 0x21c0c207, 0xeada7dd6, 0xcde0eb1e, 0xf57d4f7f,
      0xee6ed178, 0x06f067aa, 0x72176fba, 0x0a637dc5, 0xa2c898a6, 0x113f9804, 0xbef90dae, 0x1b710b35, 0x131c471b,
      0x28db77f5, 0x23047d84, 0x32caab7b, 0x40c72493, 0x3c9ebe0a, 0x15c9bebc, 0x431d67c4, 0x9c100d4c, 0x4cc5d4be,
      0xcb3e42b6, 0x597f299c, 0xfc657e2a, 0x5fcb6fab, 0x3ad6faec, 0x6c44198c, 0x4a475817,
    ]);
  }
  const k = constants;
  // w1[t] is w[t + 1], and so on: an index that needs no addition.
  const k1 = k.subarray(1);
  const w1 = w.subarray(1);
  const w2 = w.subarray(2);
  const w3 = w.subarray(3);
  const w18 = w.subarray(18);
  const w19 = w.subarray(19);
  const w28 = w.subarray(28);
  const w29 = w.subarray(29);
  const w32 = w.subarray(32);
  const w33 = w.subarray(33);
  const length = message.length;
  // 5.1.2: one bit, zeros, the length in bits as 128 bits.
  const end = ((length + 16) >> 7) * BLOCK + BLOCK;
  const padded = new Uint8Array(end);
  const bytes = new DataView(padded.buffer);
  padded.set(message);
  padded[length] = 0x80;
  bytes.setUint32(end - 4, length << 3);
  bytes.setUint32(end - 8, length >>> 29);
  // 5.3.5
  const state = new Uint32Array([
    0x6a09e667, 0xf3bcc908, 0xbb67ae85, 0x84caa73b, 0x3c6ef372, 0xfe94f82b, 0xa54ff53a, 0x5f1d36f1, 0x510e527f,
    0xade682d1, 0x9b05688c, 0x2b3e6c1f, 0x1f83d9ab, 0xfb41bd6b, 0x5be0cd19, 0x137e2179,
  ]);
  for (; at < end; at += BLOCK) {
    for (t = 0; t < 32; t++) w[t] = bytes.getUint32(at + 4 * t);
    for (t = 0; t < 128; t += 2) {
      ah = w28[t];
      al = w29[t];
      bh = w2[t];
      bl = w3[t];
      low =
        (((al >>> 19) ^ (ah << 13) ^ (ah >>> 29) ^ (al << 3) ^ (al >>> 6) ^ (ah << 26)) >>> 0) +
        w19[t] +
        (((bl >>> 1) ^ (bh << 31) ^ (bl >>> 8) ^ (bh << 24) ^ (bl >>> 7) ^ (bh << 25)) >>> 0) +
        w1[t];
      w32[t] =
        (((ah >>> 19) ^ (al << 13) ^ (al >>> 29) ^ (ah << 3) ^ (ah >>> 6)) +
          w18[t] +
          ((bh >>> 1) ^ (bl << 31) ^ (bh >>> 8) ^ (bl << 24) ^ (bh >>> 7)) +
          w[t] +
          ((low / carry) | 0)) |
        0;
      w33[t] = low >>> 0;
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
    for (t = 0; t < 160; t += 2) {
      low =
        hl +
        (((el >>> 14) ^ (eh << 18) ^ (el >>> 18) ^ (eh << 14) ^ (eh >>> 9) ^ (el << 23)) >>> 0) +
        ((gl ^ (el & (fl ^ gl))) >>> 0) +
        k1[t] +
        w1[t];
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
  const out = new Uint8Array(64);
  const words = new DataView(out.buffer);
  for (t = 0; t < 16; t++) words.setUint32(4 * t, state[t]);
  padded.fill(0);
  w.fill(0);
  state.fill(0);
  return out;
};

export const sha512: Hash = { blockLen: BLOCK, outputLen: 64, digest: digest };
