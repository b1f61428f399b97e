/*
 * Digest, HMAC (RFC 2104) and the loop of PBKDF2 (RFC 8018 5.2) around a compression function.
 *
 * The including file defines WORDS (32-bit words of the chaining value), DIGEST and BLOCK (bytes), STACK_BYTES, and
 *
 *   static const u32 initial[WORDS]   the chaining value to start from
 *   compress(work)                    result := compression of result with the block in schedule, both as words; changes schedule
 *
 * A call hashes `length` bytes of input: at most WORK_INPUT, and without FINISH a multiple of BLOCK.
 *
 *   START    a new message; without it, the one of the call before goes on
 *   FINISH   its end: the result is the digest
 *   KEYED    HMAC under the key whose states are in work->outer and work->inner at START
 *
 * `rounds` counts with KEYED | FINISH alone: the result is U1 xor ... xor U(rounds), where U1 is the MAC of the message and every
 * other U the MAC of the one before it. 1 gives the MAC itself.
 *
 *   STATES   by itself: the result is the states, in work->outer and work->inner, of the key in work->key, which has zeros behind its
 *            own bytes and is overwritten
 */
#ifndef HASH_H
#define HASH_H

#define START 1
#define FINISH 2
#define KEYED 4
#define STATES 8

/* Words of the field that ends the last block and holds the length in bits (FIPS 180-4 5.1). */
#define LENGTH_WORDS (BLOCK / 32)

static inline u32 big_endian(u32 word) {
  return word << 24 | (word & 0xff00) << 8 | (word >> 8 & 0xff00) | word >> 24;
}

static NOINLINE void copy(volatile u32 *to, const u32 *from) {
  for (int i = 0; i < WORDS; i++) to[i] = from[i];
}

/* The chaining value after the block K xor pad. */
static NOINLINE void pad_key(struct work *work, u32 pad, u32 *state) {
  for (int i = 0; i < BLOCK / 4; i++) work->schedule[i] = big_endian(((const u32 *)work->key)[i]) ^ pad;
  copy(work->result, initial);
  compress(work);
  copy(state, work->result);
}

/* The last block: its words from `used` on, with the length of the message, `total` bytes. */
static NOINLINE void last_block(struct work *work, int used, u32 total) {
  wipe(work->schedule + used, BLOCK / 4 - 2 - used);
  work->schedule[BLOCK / 4 - 2] = total >> 29;
  work->schedule[BLOCK / 4 - 1] = total << 3;
  compress(work);
}

static NOINLINE void states(struct work *work) {
  pad_key(work, 0x5c5c5c5c, work->outer);
  pad_key(work, 0x36363636, work->inner);
  wipe(work->result, 16);
  wipe(work->sum, WORK_WORDS - 48);
}

/* The digest of a key's pad, of which `state` is what remains, and the digest in result. */
static NOINLINE void rehash(struct work *work, const u32 *state) {
  for (int i = 0; i < DIGEST / 4; i++) work->schedule[i] = work->result[i];
  work->schedule[DIGEST / 4] = 0x80000000;
  copy(work->result, state);
  last_block(work, DIGEST / 4 + 1, BLOCK + DIGEST);
}

static NOINLINE void hash(struct work *work, int flags, int length, int rounds) {
  if (flags & START) {
    work->total = flags & KEYED ? BLOCK : 0;
    copy(work->result, flags & KEYED ? work->inner : initial);
  }
  work->total += length;
  const u32 *input = (const u32 *)work->input;
  int used = 0;
  if (flags & FINISH) {
    /* 5.1: a one bit, and zeros up to the word's end. */
    for (int i = 0; i < 4; i++) work->input[length + i] = i == 0 ? 0x80 : 0;
    length += 4;
  }
  for (int words = length / 4; words > 0; words--) {
    work->schedule[used++] = big_endian(*input++);
    if (used == BLOCK / 4) {
      compress(work);
      used = 0;
    }
  }
  if (!(flags & FINISH)) return;
  if (used > BLOCK / 4 - LENGTH_WORDS) {
    wipe(work->schedule + used, BLOCK / 4 - used);
    compress(work);
    used = 0;
  }
  last_block(work, used, work->total);
  if (flags & KEYED) {
    rehash(work, work->outer);
    copy(work->sum, work->result);
    while (--rounds > 0) {
      rehash(work, work->inner);
      rehash(work, work->outer);
      for (int i = 0; i < DIGEST / 4; i++) work->sum[i] ^= work->result[i];
    }
    copy(work->result, work->sum);
  }
  for (int i = 0; i < DIGEST / 4; i++) work->result[i] = big_endian(work->result[i]);
  wipe(work->result + DIGEST / 4, WORK_WORDS - DIGEST / 4);
}

ENTRY int routine(struct work *work, int flags, int length, int rounds) {
  if (flags & STATES) states(work);
  else hash(work, flags, length, rounds);
  wipe_stack();
  return 0;
}

#endif
