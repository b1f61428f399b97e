/*
 * The work area: one array of the caller's, 4-byte aligned, that every routine reads its input from and leaves its result in. Its
 * layout is repeated in firmware/crypto/routine.ts. A routine overwrites all of it that held a secret, except the result.
 */
#ifndef WORK_H
#define WORK_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define WORK_INPUT 256 /* bytes of a message taken at a time: a multiple of every block */

struct work {
  u32 result[16];           /*   0: digest, MAC or AES block as bytes; the chaining value until then */
  u32 outer[16];            /*  64: chaining value after the block K xor opad */
  u32 inner[16];            /* 128: chaining value after the block K xor ipad */
  u32 sum[16];              /* 192: T of PBKDF2 */
  u32 schedule[32];         /* 256: message schedule, the block first */
  u8 key[128];              /* 384: HMAC key, zeros behind it; AES key */
  u32 total;                /* 512: bytes hashed so far */
  u8 input[WORK_INPUT + 4]; /* 516: part of a message; AES block */
};

#define WORK_WORDS (sizeof(struct work) / 4)

/* An entry point stands first in its routine: the caller knows no other address. */
#define ENTRY __attribute__((section(".entry"), used))
#define NOINLINE __attribute__((noinline))

/* Through volatile: else the compiler may leave out what nobody reads, or call memset. */
static NOINLINE void wipe(volatile u32 *words, int count) {
  while (count > 0) words[--count] = 0;
}

/*
 * Overwrites the stack that a computation used, when called at the depth at which that was, and the one register that neither the
 * caller gets back nor this function uses. STACK_BYTES is at least what the computation takes; the tests look for what it leaves.
 */
static NOINLINE void wipe_stack(void) {
  u32 used[STACK_BYTES / 4];
  wipe(used, STACK_BYTES / 4);
  __asm__ volatile("mov r12, %0" : : "r"(0) : "r12");
}

#endif
