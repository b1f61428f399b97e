/**
 * The machine code in the Storage file of a board, by routine. Written by firmware/native/compile.ts.
 *
 * `at` and `length` in bytes, `crc32` of the code, `answer` the CRC-32 of what it answers to the known question of thumb.ts.
 */
export const routines = {
  sha1: { at: 0, length: 1060, crc32: 2005673297, answer: 2019336105 },
  sha256: { at: 1060, length: 2252, crc32: 2557590710, answer: 253676734 },
  sha512: { at: 3312, length: 2224, crc32: 3360145197, answer: 2732293540 },
  aes128: { at: 5536, length: 2068, crc32: 1176635016, answer: 317453434 },
} as const;
