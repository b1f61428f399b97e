/** The primitives of protocol/ by `node:crypto` and `node:zlib`. */
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { BareHash } from "../../protocol/otp/iterated-hash.ts";
import type { Aes128, Hash, Hashes, Wire } from "../../protocol/primitives.ts";

const hash = (name: string, blockLen: number, outputLen: number): Hash =>
  new BareHash(blockLen, outputLen, (message) => new Uint8Array(createHash(name).update(message).digest()));

export const hashes: Hashes = {
  sha1: hash("sha1", 64, 20),
  sha256: hash("sha256", 64, 32),
  sha512: hash("sha512", 128, 64),
};

/** AES-128 (FIPS 197) under a key of 16 bytes; a key of another length is a RangeError by `node:crypto`. */
export function aes128(key: Uint8Array): Aes128 {
  // ECB without padding is the bare block cipher, and one cipher object serves any number of blocks.
  const encryption = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  const decryption = createDecipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  return {
    encryptBlock: (block) => new Uint8Array(encryption.update(block)),
    decryptBlock: (block) => new Uint8Array(decryption.update(block)),
  };
}

export const wire: Wire = {
  crc32: (bytes) => crc32(bytes),
  toLatin1: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"),
  fromLatin1: (text) => new Uint8Array(Buffer.from(text, "latin1")),
};
