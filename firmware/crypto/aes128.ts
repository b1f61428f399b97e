/**
 * AES-128 (FIPS 197) written for an interpreter: 32-bit words and two tables of 256 words for each direction (a third and a fourth
 * would be these two turned by 16 bits, which costs 3 ms a block and saves 2 KB), no call inside the rounds.
 *
 * The index into a table is a secret byte. That matters where a neighbour shares a data cache; the boards this provider is for have none
 * in front of their RAM.
 */
import type { Aes128 } from "../../protocol/primitives.ts";
import { bytesOfBase64 } from "./base64.ts";

// Made at the first use: a bundle makes nothing while it is evaluated.
let sBox: Uint8Array | undefined;
/** The column (2s, s, s, 3s) of MixColumns for s = S(x), and the same turned right by a byte. */
let encrypt0: Int32Array;
let encrypt1: Int32Array;

let inverseSBox: Uint8Array | undefined;
/** The column (14s, 9s, 13s, 11s) of InvMixColumns for s = S^-1(x), and the same turned right by a byte. */
let decrypt0: Int32Array;
let decrypt1: Int32Array;

const encryptionTables = function (): Uint8Array {
  if (sBox !== undefined) return sBox;
  let s = 0;
  let x = 0;
  // FIPS 197 figure 7.
  const s1 = bytesOfBase64(
    "Y3x3e/Jrb8UwAWcr/terdsqCyX36WUfwrdSir5ykcsC3/ZMmNj/3zDSl5fFx2DEVBMcjwxiWBZoHEoDi6yeydQmDLBobblqgUjvW" +
      "synjL4RT0QDtIPyxW2rLvjlKTFjP0O+q+0NNM4VF+QJ/UDyfqFGjQI+SnTj1vLbaIRD/89LNDBPsX5dEF8Snfj1kXRlzYIFP3CIq" +
      "kIhG7rgU3l4L2+AyOgpJBiRcwtOsYpGV5HnnyDdtjdVOqWxW9Opleq4IunglLhymtMbo3XQfS72LinA+tWZIA/YOYTVXuYbBHZ7h" +
      "+JgRadmOlJseh+nOVSjfjKGJDb/mQmhBmS0PsFS7Fg==",
  );
  const t0 = new Int32Array(256);
  const t1 = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    s = s1[i];
    // 4.2: multiplication by x.
    x = s << 1;
    if (x > 255) x ^= 0x11b;
    t0[i] = s = (x << 24) ^ (s << 16) ^ (s << 8) ^ s ^ x;
    t1[i] = (s << 24) ^ (s >>> 8);
  }
  encrypt0 = t0;
  encrypt1 = t1;
  sBox = s1;
  return s1;
};

const decryptionTables = function (): Uint8Array {
  if (inverseSBox !== undefined) return inverseSBox;
  let s = 0;
  let x2 = 0;
  let x4 = 0;
  let x8 = 0;
  let x = 0;
  const forward = encryptionTables();
  const s1 = new Uint8Array(256);
  const t0 = new Int32Array(256);
  const t1 = new Int32Array(256);
  for (s = 0; s < 256; s++) {
    x = forward[s];
    s1[x] = s;
    x2 = s << 1;
    if (x2 > 255) x2 ^= 0x11b;
    x4 = x2 << 1;
    if (x4 > 255) x4 ^= 0x11b;
    x8 = x4 << 1;
    if (x8 > 255) x8 ^= 0x11b;
    x4 ^= x8;
    x8 ^= s;
    t0[x] = x4 = ((x4 ^ x2) << 24) ^ (x8 << 16) ^ ((x4 ^ s) << 8) ^ x8 ^ x2;
    t1[x] = (x4 << 24) ^ (x4 >>> 8);
  }
  decrypt0 = t0;
  decrypt1 = t1;
  inverseSBox = s1;
  return s1;
};

/** Key expansion (5.2): 44 words. */
const expand = function (key: Uint8Array): Int32Array {
  let a = (key[0] << 24) ^ (key[1] << 16) ^ (key[2] << 8) ^ key[3];
  let b = (key[4] << 24) ^ (key[5] << 16) ^ (key[6] << 8) ^ key[7];
  let c = (key[8] << 24) ^ (key[9] << 16) ^ (key[10] << 8) ^ key[11];
  let d = (key[12] << 24) ^ (key[13] << 16) ^ (key[14] << 8) ^ key[15];
  let i = 4;
  let rcon = 1;
  const s = encryptionTables();
  const w = new Int32Array(44);
  w[0] = a;
  w[1] = b;
  w[2] = c;
  w[3] = d;
  while (i < 44) {
    a ^= ((s[(d >>> 16) & 255] ^ rcon) << 24) ^ (s[(d >>> 8) & 255] << 16) ^ (s[d & 255] << 8) ^ s[d >>> 24];
    b ^= a;
    c ^= b;
    d ^= c;
    w[i++] = a;
    w[i++] = b;
    w[i++] = c;
    w[i++] = d;
    rcon <<= 1;
    if (rcon > 255) rcon ^= 0x11b;
  }
  return w;
};

/**
 * The round keys of the equivalent inverse cipher (5.3.5): in reverse order, the inner ones through InvMixColumns; the second and the
 * fourth column of each change places, as `transform` has them.
 */
const invert = function (w: Int32Array): Int32Array {
  let x = 0;
  let y = 0;
  const s = encryptionTables();
  decryptionTables();
  const t0 = decrypt0;
  const t1 = decrypt1;
  const v = new Int32Array(44);
  for (let i = 0; i < 44; i++) {
    x = w[40 - (i & 60) + (-i & 3)];
    if (i > 3 && i < 40) {
      y = t0[s[(x >>> 8) & 255]] ^ t1[s[x & 255]];
      x = t0[s[x >>> 24]] ^ t1[s[(x >>> 16) & 255]] ^ (y << 16) ^ (y >>> 16);
    }
    v[i] = x;
  }
  return v;
};

/**
 * Cipher (5.1), and equivalent inverse cipher (5.3.5): the same steps over other tables and keys, with the second and the fourth column
 * of the state in each other's place, because InvShiftRows turns the other way.
 *
 * @param second where the column that follows the first stands in a block: 4 to encrypt, 12 to decrypt
 */
const transform = function (
  w: Int32Array,
  block: Uint8Array,
  t0: Int32Array,
  t1: Int32Array,
  s: Uint8Array,
  second: number,
): Uint8Array {
  const fourth = 16 - second;
  let a = (block[0] << 24) ^ (block[1] << 16) ^ (block[2] << 8) ^ block[3] ^ w[0];
  let b = (block[second] << 24) ^ (block[second + 1] << 16) ^ (block[second + 2] << 8) ^ block[second + 3] ^ w[1];
  let c = (block[8] << 24) ^ (block[9] << 16) ^ (block[10] << 8) ^ block[11] ^ w[2];
  let d = (block[fourth] << 24) ^ (block[fourth + 1] << 16) ^ (block[fourth + 2] << 8) ^ block[fourth + 3] ^ w[3];
  let p = 0;
  let q = 0;
  let r = 0;
  let x = 0;
  let i = 4;
  while (i < 40) {
    x = t0[(c >>> 8) & 255] ^ t1[d & 255];
    p = t0[a >>> 24] ^ t1[(b >>> 16) & 255] ^ (x << 16) ^ (x >>> 16) ^ w[i++];
    x = t0[(d >>> 8) & 255] ^ t1[a & 255];
    q = t0[b >>> 24] ^ t1[(c >>> 16) & 255] ^ (x << 16) ^ (x >>> 16) ^ w[i++];
    x = t0[(a >>> 8) & 255] ^ t1[b & 255];
    r = t0[c >>> 24] ^ t1[(d >>> 16) & 255] ^ (x << 16) ^ (x >>> 16) ^ w[i++];
    x = t0[(b >>> 8) & 255] ^ t1[c & 255];
    d = t0[d >>> 24] ^ t1[(a >>> 16) & 255] ^ (x << 16) ^ (x >>> 16) ^ w[i++];
    a = p;
    b = q;
    c = r;
  }
  const out = new Uint8Array(16);
  const words = new DataView(out.buffer);
  words.setInt32(0, (s[a >>> 24] << 24) ^ (s[(b >>> 16) & 255] << 16) ^ (s[(c >>> 8) & 255] << 8) ^ s[d & 255] ^ w[40]);
  words.setInt32(
    second,
    (s[b >>> 24] << 24) ^ (s[(c >>> 16) & 255] << 16) ^ (s[(d >>> 8) & 255] << 8) ^ s[a & 255] ^ w[41],
  );
  words.setInt32(8, (s[c >>> 24] << 24) ^ (s[(d >>> 16) & 255] << 16) ^ (s[(a >>> 8) & 255] << 8) ^ s[b & 255] ^ w[42]);
  words.setInt32(
    fourth,
    (s[d >>> 24] << 24) ^ (s[(a >>> 16) & 255] << 16) ^ (s[(b >>> 8) & 255] << 8) ^ s[c & 255] ^ w[43],
  );
  return out;
};

/**
 * @param key 16 bytes, not kept
 * @throws RangeError for a key of another length
 */
export const aes128 = function (key: Uint8Array): Aes128 {
  if (key.length !== 16) throw new RangeError("an AES-128 key has 16 bytes, not " + key.length);
  const forward = expand(key);
  let backward: Int32Array | undefined;
  return {
    encryptBlock: function (block) {
      return transform(forward, block, encrypt0, encrypt1, encryptionTables(), 4);
    },
    decryptBlock: function (block) {
      if (backward === undefined) backward = invert(forward);
      return transform(backward, block, decrypt0, decrypt1, decryptionTables(), 12);
    },
    wipe: function () {
      forward.fill(0);
      if (backward !== undefined) backward.fill(0);
    },
  };
};
