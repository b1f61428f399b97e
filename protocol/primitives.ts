/**
 * The primitives that protocol/ is handed in by either side: `node:crypto` on the host, the board's provider on the token.
 * Nothing in protocol/ implements a hash, a cipher or a checksum.
 */

/**
 * A hash function (FIPS 180-4) with its HMAC (RFC 2104), as `otp/iterated-hash.ts` makes it of any. No function changes its arguments,
 * and what they return is fresh.
 */
export interface Hash {
  /** Bytes of one block: 64 for SHA-1 and SHA-256, 128 for SHA-512. */
  readonly blockLen: number;
  /** Bytes of the digest: 20, 32 or 64. */
  readonly outputLen: number;
  digest(message: Uint8Array): Uint8Array;
  /** What `hmac` takes of a key of any length, in a form of the provider's own. As secret as the key: the caller overwrites it. */
  hmacStates(key: Uint8Array): Uint8Array[];
  /**
   * U1 xor ... xor U(rounds), where U1 is the HMAC of the message and every other U that of the one before. One round is the HMAC itself;
   * more of them are the loop of PBKDF2 (RFC 8018 5.2).
   */
  hmac(states: Uint8Array[], message: Uint8Array, rounds: number): Uint8Array;
}

/** The three hash functions that RFC 6238 and RFC 6287 name. */
export interface Hashes {
  readonly sha1: Hash;
  readonly sha256: Hash;
  readonly sha512: Hash;
}

export type HashName = keyof Hashes;

/** AES-128 under one key (FIPS 197). No function changes its arguments, and what they return is fresh. */
export interface Aes128 {
  /** Of one block of 16 bytes. */
  encryptBlock(block: Uint8Array): Uint8Array;
  decryptBlock(block: Uint8Array): Uint8Array;
  /** Where the provider has a faster way to CBC (NIST SP 800-38A 6.2): the IV is a block, the data are 1 to 16 blocks. */
  cbcEncrypt?(iv: Uint8Array, plaintext: Uint8Array): Uint8Array;
  cbcDecrypt?(iv: Uint8Array, ciphertext: Uint8Array): Uint8Array;
  /** Where the provider has a faster way to CMAC (NIST SP 800-38B): 16 bytes, of the parts, one after another as one message. */
  cmac?(parts: Uint8Array[]): Uint8Array;
  /** Where the provider keeps the key or what it made of it: overwrites that. The cipher must not be used afterwards. */
  wipe?(): void;
}

/** Expands a key of 16 bytes. */
export type Aes128Key = (key: Uint8Array) => Aes128;

/**
 * What the wire needs. A frame is handled as a Latin-1 string (one character a byte), because that is how Espruino delivers serial
 * data and because its native `split` and `join` are ten times faster there than a loop over bytes.
 */
export interface Wire {
  /** CRC-32 (IEEE 802.3) of the bytes, as an unsigned 32-bit number. */
  crc32(bytes: Uint8Array): number;
  /** Bytes to a string of as many characters, U+0000 to U+00FF. */
  toLatin1(bytes: Uint8Array): string;
  /** The reverse of `toLatin1`. */
  fromLatin1(text: string): Uint8Array;
}
