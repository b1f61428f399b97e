/* SHA-1 (FIPS 180-4 6.1). */
#define WORDS 5
#define DIGEST 20
#define BLOCK 64
#define STACK_BYTES 128
#include "work.h"

static const u32 initial[WORDS] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

static inline u32 rotl(u32 x, int n) {
  return x << n | x >> (32 - n);
}

/* Word t of the schedule, which holds the last sixteen. */
static inline u32 schedule(u32 *w, int t) {
  if (t < 16) return w[t];
  return w[t & 15] = rotl(w[(t + 13) & 15] ^ w[(t + 8) & 15] ^ w[(t + 2) & 15] ^ w[t & 15], 1);
}

static NOINLINE void compress(struct work *work) {
  u32 *h = work->result;
  u32 *w = work->schedule;
  u32 a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
  for (int t = 0; t < 80; t++) {
    u32 f;
    if (t < 20) f = (d ^ (b & (c ^ d))) + 0x5a827999;
    else if (t < 40) f = (b ^ c ^ d) + 0x6ed9eba1;
    else if (t < 60) f = ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
    else f = (b ^ c ^ d) + 0xca62c1d6;
    f += rotl(a, 5) + e + schedule(w, t);
    e = d;
    d = c;
    c = rotl(b, 30);
    b = a;
    a = f;
  }
  h[0] += a;
  h[1] += b;
  h[2] += c;
  h[3] += d;
  h[4] += e;
}

#include "hash.h"
