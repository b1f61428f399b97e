/**
 * The machine code in the Storage file of a board, by routine. Written by firmware/native/compile.ts.
 *
 * `at` and `length` in bytes, `crc32` of the code. Of the bytes 00 to 0F, as CRC-32: `answer` their digest, or the block
 * encrypted under itself; `hmac` their HMAC under themselves in two rounds. A part, because objects would stay in RAM.
 */
export function routines() {
  return {
    sha1: { at: 0, length: 1060, crc32: 2005673297, answer: 2019336105, hmac: 473424546 },
    sha256: { at: 1060, length: 2252, crc32: 2557590710, answer: 253676734, hmac: 3674635887 },
    sha512: { at: 3312, length: 2224, crc32: 3360145197, answer: 2732293540, hmac: 1928645569 },
    aes128: { at: 5536, length: 2068, crc32: 1176635016, answer: 317453434 },
  } as const;
}
