/**
 * A firmware image: all that a token needs of one version, which goes into one slot of its flash.
 *
 *     image  = header (24) | fonts | machine code | bundle | FF up to a multiple of 4
 *     header = "OCI1" (4) | version (4) | where the bundle begins in the image (4) | bytes of the bundle (4) | model (4) | sum (4)
 *
 * Numbers are little-endian, as the interpreter's typed arrays have them: the boot file reads them without a function of its own. The
 * sum makes 0 of the header's CRC-32. A slot whose header is whole holds a whole image, because the header is written last, after all
 * the rest was read back. The *digest* of an image is the SHA-256 of the SHA-256s of what comes behind its header, in pieces of 32768
 * bytes: an interpreter's arrays have fewer than 65536. The version is a number that grows with each release: 0.1.2 is 00 00 01 02, read as one number.
 */

/** "OCI1", its first character in the lowest byte. */
const MAGIC = 0x3149434f;
export const IMAGE_HEADER_LENGTH = 24;
/** Bytes of an image that are hashed at once. */
export const IMAGE_PIECE = 32768;
const DIGEST_LENGTH = 32;
/** The four bytes, lowest first, whose CRC-32 is 0. */
const SUM_OF_NOTHING = 0x6dd90a9d;

export interface ImageHeader {
  /** Of the release, as `versionNumber` makes it. */
  readonly version: number;
  readonly bundleAt: number;
  readonly bundleLength: number;
  /** Of the board that it is for, 0 to 65535. */
  readonly model: number;
}

/** Bytes of the image that a header describes, a multiple of four. */
export function imageLength(header: ImageHeader): number {
  return (header.bundleAt + header.bundleLength + 3) & ~3;
}

/**
 * The digest of an image, 32 bytes.
 * @param length of what comes behind the header
 * @param piece gives bytes of that: an offset, and how many
 */
export function imageDigest(
  sha256: { digest(message: Uint8Array): Uint8Array },
  length: number,
  piece: (at: number, length: number) => Uint8Array,
): Uint8Array {
  const digests = new Uint8Array(DIGEST_LENGTH * Math.ceil(length / IMAGE_PIECE));
  for (let at = 0, i = 0; at < length; at += IMAGE_PIECE, i += DIGEST_LENGTH)
    digests.set(sha256.digest(piece(at, Math.min(IMAGE_PIECE, length - at))), i);
  return sha256.digest(digests);
}

/** The number of a release `major.minor.patch`, each 0 to 255; 0 for what is none. */
export function versionNumber(release: string): number {
  const parts = release.split(".");
  let number = 0;
  for (let i = 0; i < 3; i++) {
    const part = parts.length === 3 ? parseInt(parts[i], 10) : 256;
    if (!(part >= 0 && part < 256)) return 0;
    number = number * 256 + part;
  }
  return number;
}

/** The release of a number. */
export function versionText(number: number): string {
  return (number >> 16) + "." + ((number >> 8) & 255) + "." + (number & 255);
}

/** @returns 24 bytes */
export function encodeImageHeader(header: ImageHeader, crc32: (data: Uint8Array) => number): Uint8Array {
  const bytes = new Uint8Array(IMAGE_HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  const words = [MAGIC, header.version, header.bundleAt, header.bundleLength, header.model];
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i], true);
  view.setUint32(20, (crc32(bytes.subarray(0, 20)) ^ SUM_OF_NOTHING) >>> 0, true);
  return bytes;
}

/** What a header says, or undefined when it is not whole. */
export function parseImageHeader(bytes: Uint8Array, crc32: (data: Uint8Array) => number): ImageHeader | undefined {
  if (bytes.length !== IMAGE_HEADER_LENGTH || crc32(bytes) !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, IMAGE_HEADER_LENGTH);
  const word = function (at: number): number {
    return view.getUint32(at, true);
  };
  if (word(0) !== MAGIC) return undefined;
  return { version: word(4), bundleAt: word(8), bundleLength: word(12), model: word(16) };
}
