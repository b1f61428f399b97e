/* SHA-256 (FIPS 180-4 6.2). */
#define WORDS 8
#define DIGEST 32
#define BLOCK 64
#define STACK_BYTES 160
#include "work.h"

static const u32 initial[WORDS] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* 4.2.2 */
static const u32 constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline u32 rotr(u32 x, int n) {
  return x >> n | x << (32 - n);
}

/* One round; the working variables change their names instead of their places. */
#define ROUND(a, b, c, d, e, f, g, h)                                                     \
  h += (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + (g ^ (e & (f ^ g))) + *k++ + *word++;   \
  d += h;                                                                                 \
  h += (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) | (c & (a | b)));

static NOINLINE void compress(struct work *work) {
  u32 *state = work->result;
  u32 *w = work->schedule;
  const u32 *k = constants;
  u32 a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
  for (int t = 0; t < 64; t += 16) {
    const u32 *word = w;
    for (int half = 0; half < 2; half++) {
      ROUND(a, b, c, d, e, f, g, h)
      ROUND(h, a, b, c, d, e, f, g)
      ROUND(g, h, a, b, c, d, e, f)
      ROUND(f, g, h, a, b, c, d, e)
      ROUND(e, f, g, h, a, b, c, d)
      ROUND(d, e, f, g, h, a, b, c)
      ROUND(c, d, e, f, g, h, a, b)
      ROUND(b, c, d, e, f, g, h, a)
    }
    /* The next sixteen words of the schedule, in the places of these. */
    for (int i = 0; i < 16; i++) {
      u32 x = w[(i + 1) & 15], y = w[(i + 14) & 15];
      w[i] += (rotr(x, 7) ^ rotr(x, 18) ^ x >> 3) + w[(i + 9) & 15] + (rotr(y, 17) ^ rotr(y, 19) ^ y >> 10);
    }
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

#include "hash.h"
