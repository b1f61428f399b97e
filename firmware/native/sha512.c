/* SHA-512 (FIPS 180-4 6.4). */
#define WORDS 16
#define DIGEST 64
#define BLOCK 128
#define STACK_BYTES 320
#include "work.h"

/* The high half of each 64-bit word first, as the bytes of a message have it. */
static const u32 initial[WORDS] = {
    0x6a09e667, 0xf3bcc908, 0xbb67ae85, 0x84caa73b, 0x3c6ef372, 0xfe94f82b, 0xa54ff53a, 0x5f1d36f1,
    0x510e527f, 0xade682d1, 0x9b05688c, 0x2b3e6c1f, 0x1f83d9ab, 0xfb41bd6b, 0x5be0cd19, 0x137e2179,
};

/* 4.2.3 */
static const u64 constants[80] = {
    0x428a2f98d728ae22u, 0x7137449123ef65cdu, 0xb5c0fbcfec4d3b2fu, 0xe9b5dba58189dbbcu, 0x3956c25bf348b538u, 0x59f111f1b605d019u,
    0x923f82a4af194f9bu, 0xab1c5ed5da6d8118u, 0xd807aa98a3030242u, 0x12835b0145706fbeu, 0x243185be4ee4b28cu, 0x550c7dc3d5ffb4e2u,
    0x72be5d74f27b896fu, 0x80deb1fe3b1696b1u, 0x9bdc06a725c71235u, 0xc19bf174cf692694u, 0xe49b69c19ef14ad2u, 0xefbe4786384f25e3u,
    0x0fc19dc68b8cd5b5u, 0x240ca1cc77ac9c65u, 0x2de92c6f592b0275u, 0x4a7484aa6ea6e483u, 0x5cb0a9dcbd41fbd4u, 0x76f988da831153b5u,
    0x983e5152ee66dfabu, 0xa831c66d2db43210u, 0xb00327c898fb213fu, 0xbf597fc7beef0ee4u, 0xc6e00bf33da88fc2u, 0xd5a79147930aa725u,
    0x06ca6351e003826fu, 0x142929670a0e6e70u, 0x27b70a8546d22ffcu, 0x2e1b21385c26c926u, 0x4d2c6dfc5ac42aedu, 0x53380d139d95b3dfu,
    0x650a73548baf63deu, 0x766a0abb3c77b2a8u, 0x81c2c92e47edaee6u, 0x92722c851482353bu, 0xa2bfe8a14cf10364u, 0xa81a664bbc423001u,
    0xc24b8b70d0f89791u, 0xc76c51a30654be30u, 0xd192e819d6ef5218u, 0xd69906245565a910u, 0xf40e35855771202au, 0x106aa07032bbd1b8u,
    0x19a4c116b8d2d0c8u, 0x1e376c085141ab53u, 0x2748774cdf8eeb99u, 0x34b0bcb5e19b48a8u, 0x391c0cb3c5c95a63u, 0x4ed8aa4ae3418acbu,
    0x5b9cca4f7763e373u, 0x682e6ff3d6b2b8a3u, 0x748f82ee5defb2fcu, 0x78a5636f43172f60u, 0x84c87814a1f0ab72u, 0x8cc702081a6439ecu,
    0x90befffa23631e28u, 0xa4506cebde82bde9u, 0xbef9a3f7b2c67915u, 0xc67178f2e372532bu, 0xca273eceea26619cu, 0xd186b8c721c0c207u,
    0xeada7dd6cde0eb1eu, 0xf57d4f7fee6ed178u, 0x06f067aa72176fbau, 0x0a637dc5a2c898a6u, 0x113f9804bef90daeu, 0x1b710b35131c471bu,
    0x28db77f523047d84u, 0x32caab7b40c72493u, 0x3c9ebe0a15c9bebcu, 0x431d67c49c100d4cu, 0x4cc5d4becb3e42b6u, 0x597f299cfc657e2au,
    0x5fcb6fab3ad6faecu, 0x6c44198c4a475817u,
};

/*
 * A 64-bit word of the schedule or of the chaining value. Shifts by 32 are a choice of registers; other shifts of 64-bit words would be
 * calls into the compiler's library, so the functions of 4.1.3 are written with halves.
 */
static inline u64 load(const u32 *words) {
  return (u64)words[0] << 32 | words[1];
}

static inline void store(u32 *words, u64 value) {
  words[0] = value >> 32;
  words[1] = (u32)value;
}

/* A half of rotr(x, n) for 0 < n < 32: `near` is the half it comes from, `far` the other one. */
#define ROTR(near, far, n) ((near) >> (n) | (far) << (32 - (n)))
#define WORD(high, low) ((u64)(high) << 32 | (low))

static inline u64 big_sigma0(u64 x) {
  u32 h = x >> 32, l = (u32)x;
  return WORD(ROTR(h, l, 28) ^ ROTR(l, h, 2) ^ ROTR(l, h, 7), ROTR(l, h, 28) ^ ROTR(h, l, 2) ^ ROTR(h, l, 7));
}

static inline u64 big_sigma1(u64 x) {
  u32 h = x >> 32, l = (u32)x;
  return WORD(ROTR(h, l, 14) ^ ROTR(h, l, 18) ^ ROTR(l, h, 9), ROTR(l, h, 14) ^ ROTR(l, h, 18) ^ ROTR(h, l, 9));
}

static inline u64 small_sigma0(u64 x) {
  u32 h = x >> 32, l = (u32)x;
  return WORD(ROTR(h, l, 1) ^ ROTR(h, l, 8) ^ h >> 7, ROTR(l, h, 1) ^ ROTR(l, h, 8) ^ ROTR(l, h, 7));
}

static inline u64 small_sigma1(u64 x) {
  u32 h = x >> 32, l = (u32)x;
  return WORD(ROTR(h, l, 19) ^ ROTR(l, h, 29) ^ h >> 6, ROTR(l, h, 19) ^ ROTR(h, l, 29) ^ ROTR(l, h, 6));
}

static NOINLINE void compress(struct work *work) {
  u32 *w = work->schedule;
  u64 v[8];
  for (int i = 0; i < 8; i++) v[i] = load(work->result + 2 * i);
  for (int t = 0; t < 80; t++) {
    u32 *word = w + (2 * t & 31);
    if (t >= 16) {
      u64 next = small_sigma0(load(w + (2 * (t + 1) & 31))) + load(w + (2 * (t + 9) & 31));
      store(word, load(word) + next + small_sigma1(load(w + (2 * (t + 14) & 31))));
    }
    u64 x = v[7] + constants[t] + load(word);
    x += big_sigma1(v[4]);
    x += v[6] ^ (v[4] & (v[5] ^ v[6]));
    u64 y = big_sigma0(v[0]);
    y += (v[0] & v[1]) | (v[2] & (v[0] | v[1]));
    for (int i = 7; i > 0; i--) v[i] = v[i - 1];
    v[4] += x;
    v[0] = x + y;
  }
  for (int i = 0; i < 8; i++) store(work->result + 2 * i, load(work->result + 2 * i) + v[i]);
}

#include "hash.h"
