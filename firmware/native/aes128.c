/*
 * AES-128 (FIPS 197) in CBC mode (NIST SP 800-38A 6.2) and CMAC (SP 800-38B), many blocks in a call, in a time that depends on neither key
 * nor data: no branch and no address comes from a secret.
 *
 * Bit-sliced: word b holds the bits b of all sixteen bytes, byte i (row i mod 4, column i / 4 of the state) at bit i. The upper halves of
 * the words are nobody's.
 *
 * A call takes `length` bytes of input, at most WORK_INPUT, under the key in work->key, going on from the block in work->result: an IV, or
 * what CHAIN left there.
 *
 *   ENCRYPT, DECRYPT   whole blocks of CBC, in place
 *   CHAIN              whole blocks of CBC, of which the last is the result: what a MAC has before its last part
 *   CMAC               the last part of a message, of any length: the result is the MAC
 */
#define STACK_BYTES 288
#include "work.h"

#define ENCRYPT 0
#define DECRYPT 1
#define CHAIN 2
#define CMAC 3

#define ROUNDS 10

/* 5.2, Rcon: public, and asked for by the number of the round alone. */
static const u8 round_constants[ROUNDS] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36};

static NOINLINE void to_planes(u32 *planes, const u8 *bytes) {
  for (int b = 0; b < 8; b++) planes[b] = 0;
  for (int i = 0; i < 16; i++) {
    for (int b = 0; b < 8; b++) planes[b] |= (bytes[i] >> b & 1) << i;
  }
}

static NOINLINE void from_planes(volatile u8 *bytes, const u32 *planes) {
  for (int i = 0; i < 16; i++) {
    u32 byte = 0;
    for (int b = 0; b < 8; b++) byte |= (planes[b] >> i & 1) << b;
    bytes[i] = byte;
  }
}

/*
 * SubBytes (5.1.1) of every lane: the circuit of Boyar and Peralta, "A small depth-16 circuit for the AES S-box" (2011), with its names;
 * x0 is the most significant bit.
 */
static NOINLINE void s_box(u32 *q) {
  u32 x0 = q[7], x1 = q[6], x2 = q[5], x3 = q[4], x4 = q[3], x5 = q[2], x6 = q[1], x7 = q[0];

  u32 y14 = x3 ^ x5, y13 = x0 ^ x6, y9 = x0 ^ x3, y8 = x0 ^ x5;
  u32 t0 = x1 ^ x2, y1 = t0 ^ x7, y4 = y1 ^ x3, y12 = y13 ^ y14;
  u32 y2 = y1 ^ x0, y5 = y1 ^ x6, y3 = y5 ^ y8, t1 = x4 ^ y12;
  u32 y15 = t1 ^ x5, y20 = t1 ^ x1, y6 = y15 ^ x7, y10 = y15 ^ t0;
  u32 y11 = y20 ^ y9, y7 = x7 ^ y11, y17 = y10 ^ y11, y19 = y10 ^ y8;
  u32 y16 = t0 ^ y11, y21 = y13 ^ y16, y18 = x0 ^ y16;

  u32 t2 = y12 & y15, t3 = y3 & y6, t4 = t3 ^ t2, t5 = y4 & x7, t6 = t5 ^ t2;
  u32 t7 = y13 & y16, t8 = y5 & y1, t9 = t8 ^ t7, t10 = y2 & y7, t11 = t10 ^ t7;
  u32 t12 = y9 & y11, t13 = y14 & y17, t14 = t13 ^ t12, t15 = y8 & y10, t16 = t15 ^ t12;
  u32 t17 = t4 ^ t14, t18 = t6 ^ t16, t19 = t9 ^ t14, t20 = t11 ^ t16;
  u32 t21 = t17 ^ y20, t22 = t18 ^ y19, t23 = t19 ^ y21, t24 = t20 ^ y18;

  u32 t25 = t21 ^ t22, t26 = t21 & t23, t27 = t24 ^ t26, t28 = t25 & t27, t29 = t28 ^ t22;
  u32 t30 = t23 ^ t24, t31 = t22 ^ t26, t32 = t31 & t30, t33 = t32 ^ t24, t34 = t23 ^ t33;
  u32 t35 = t27 ^ t33, t36 = t24 & t35, t37 = t36 ^ t34, t38 = t27 ^ t36, t39 = t29 & t38;
  u32 t40 = t25 ^ t39, t41 = t40 ^ t37, t42 = t29 ^ t33, t43 = t29 ^ t40, t44 = t33 ^ t37, t45 = t42 ^ t41;

  u32 z0 = t44 & y15, z1 = t37 & y6, z2 = t33 & x7, z3 = t43 & y16, z4 = t40 & y1, z5 = t29 & y7;
  u32 z6 = t42 & y11, z7 = t45 & y17, z8 = t41 & y10, z9 = t44 & y12, z10 = t37 & y3, z11 = t33 & y4;
  u32 z12 = t43 & y13, z13 = t40 & y5, z14 = t29 & y2, z15 = t42 & y9, z16 = t45 & y14, z17 = t41 & y8;

  u32 t46 = z15 ^ z16, t47 = z10 ^ z11, t48 = z5 ^ z13, t49 = z9 ^ z10, t50 = z2 ^ z12, t51 = z2 ^ z5;
  u32 t52 = z7 ^ z8, t53 = z0 ^ z3, t54 = z6 ^ z7, t55 = z16 ^ z17, t56 = z12 ^ t48, t57 = t50 ^ t53;
  u32 t58 = z4 ^ t46, t59 = z3 ^ t54, t60 = t46 ^ t57, t61 = z14 ^ t57, t62 = t52 ^ t58, t63 = t49 ^ t58;
  u32 t64 = z4 ^ t59, t65 = t61 ^ t62, t66 = z1 ^ t63, t67 = t64 ^ t65;
  u32 s3 = t53 ^ t66;
  q[7] = t59 ^ t63;
  q[6] = t64 ^ ~s3;
  q[5] = t55 ^ ~t67;
  q[4] = s3;
  q[3] = t51 ^ t66;
  q[2] = t47 ^ t65;
  q[1] = t56 ^ ~t62;
  q[0] = t48 ^ ~t60;
}

/* The inverse of the affine transformation of 5.1.1. Around `s_box` on both sides it makes InvSubBytes (5.3.2). */
static NOINLINE void inverse_affine(u32 *state) {
  u32 x[8];
  for (int b = 0; b < 8; b++) x[b] = 0x63 >> b & 1 ? ~state[b] : state[b];
  for (int b = 0; b < 8; b++) state[b] = x[(b + 2) & 7] ^ x[(b + 5) & 7] ^ x[(b + 7) & 7];
}

/* 5.1.2: row r turns left by r columns, which is r nibbles to the right here; 5.3.1 for `left` and `right` in each other's place. */
static NOINLINE void shift_rows(u32 *state, int left, int right) {
  for (int b = 0; b < 8; b++) {
    u32 x = state[b] & 0xffff, twice = x << 16 | x;
    state[b] = (x & 0x1111) | (twice >> left & 0x2222) | (twice >> 8 & 0x4444) | (twice >> right & 0x8888);
  }
}

/* 5.1.3: with t = a + (the row below a), each byte becomes 2t + (the row below a) + (t two rows below). */
static NOINLINE void mix_columns(u32 *state) {
  u32 below[8], t[8];
  for (int b = 0; b < 8; b++) {
    u32 a = state[b];
    below[b] = (a >> 1 & 0x7777) | (a << 3 & 0x8888);
    t[b] = a ^ below[b];
  }
  for (int b = 0; b < 8; b++) {
    u32 doubled = b == 0 ? t[7] : t[b - 1];
    if (b == 1 || b == 3 || b == 4) doubled ^= t[7];
    state[b] = doubled ^ below[b] ^ (t[b] >> 2 & 0x3333) ^ (t[b] << 2 & 0xcccc);
  }
}

static NOINLINE void add(u32 *state, const u32 *key) {
  for (int b = 0; b < 8; b++) state[b] ^= key[b];
}

/* The work area, between the result and the input. */
struct cipher {
  u32 unused[16];
  u32 key[ROUNDS + 1][8]; /* round keys: up to where the key itself is, which has been read by then */
};

/*
 * 5.2: column 0 of a round key takes column 3 of the one before, turned and through the S-box; then each column is the sum of its own
 * in the key before and of all that stand before it.
 */
static NOINLINE void expand(struct work *work) {
  struct cipher *c = (struct cipher *)work;
  u32 k[8], q[8];
  to_planes(k, work->key);
  for (int round = 0;; round++) {
    for (int b = 0; b < 8; b++) q[b] = c->key[round][b] = k[b];
    if (round == ROUNDS) return;
    s_box(q);
    for (int b = 0; b < 8; b++) {
      u32 column = q[b] >> 12 & 15;
      u32 core = ((column >> 1 | column << 3) & 15) ^ (round_constants[round] >> b & 1);
      k[b] = (k[b] ^ k[b] << 4 ^ k[b] << 8 ^ k[b] << 12 ^ core * 0x1111) & 0xffff;
    }
  }
}

/* 5.1, in place. */
static NOINLINE void encrypt(struct work *work, u8 *block) {
  struct cipher *c = (struct cipher *)work;
  u32 state[8];
  to_planes(state, block);
  for (int round = 0; round < ROUNDS; round++) {
    add(state, c->key[round]);
    s_box(state);
    shift_rows(state, 4, 12);
    if (round < ROUNDS - 1) mix_columns(state);
  }
  add(state, c->key[ROUNDS]);
  from_planes(block, state);
}

/* 5.3, in place. */
static NOINLINE void decrypt(struct work *work, u8 *block) {
  struct cipher *c = (struct cipher *)work;
  u32 state[8];
  to_planes(state, block);
  for (int round = ROUNDS; round > 0; round--) {
    add(state, c->key[round]);
    if (round < ROUNDS) {
      /* 5.3.3: the fourth power of MixColumns is the identity. */
      for (int i = 0; i < 3; i++) mix_columns(state);
    }
    shift_rows(state, 12, 4);
    inverse_affine(state);
    s_box(state);
    inverse_affine(state);
  }
  add(state, c->key[0]);
  from_planes(block, state);
}

static NOINLINE void add_block(u32 *to, const u32 *block) {
  for (int i = 0; i < 4; i++) to[i] ^= block[i];
}

/* SP 800-38B 6.1: the product with x in GF(2^128). */
static NOINLINE void double_block(u8 *block) {
  u32 carry = block[0] >> 7;
  for (int i = 0; i < 15; i++) block[i] = block[i] << 1 | block[i + 1] >> 7;
  block[15] = block[15] << 1 ^ (0x87 & -carry);
}

/* 6.2 of it: pads the last part, and adds the subkey to its last block. Returns the length it has then. */
static NOINLINE int end_message(struct work *work, int length) {
  u32 subkey[4];
  int last = length > 0 ? (length - 1) & ~15 : 0;
  wipe(subkey, 4);
  encrypt(work, (u8 *)subkey);
  double_block((u8 *)subkey);
  if (length < last + 16) {
    double_block((u8 *)subkey);
    work->input[length] = 0x80;
    while (++length < last + 16) work->input[length] = 0;
  }
  add_block((u32 *)(work->input + last), subkey);
  return length;
}

static NOINLINE void process(struct work *work, int operation, int length) {
  u32 *chain = work->result;
  expand(work);
  if (operation == CMAC) length = end_message(work, length);
  for (int at = 0; at < length; at += 16) {
    u32 *block = (u32 *)(work->input + at);
    if (operation == DECRYPT) {
      u32 next[4];
      for (int i = 0; i < 4; i++) next[i] = block[i];
      decrypt(work, (u8 *)block);
      add_block(block, chain);
      for (int i = 0; i < 4; i++) chain[i] = next[i];
    } else {
      add_block(chain, block);
      encrypt(work, (u8 *)chain);
      if (operation == ENCRYPT) for (int i = 0; i < 4; i++) block[i] = chain[i];
    }
  }
  wipe(work->outer, (u32 *)work->input - work->outer);
  if (operation >= CHAIN) wipe((u32 *)work->input, sizeof work->input / 4);
  else wipe(chain, 4);
}

ENTRY int routine(struct work *work, int operation, int length) {
  process(work, operation, length);
  wipe_stack();
  return 0;
}
