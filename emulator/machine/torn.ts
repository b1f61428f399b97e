/** What a loss of power leaves of an operation of the flash. */

/** The stream of a seed that decides about the bits of torn operations. */
export const TEARING = 4;

/**
 * Does an operation in part.
 * @param bytes what the operation reaches, as it is before
 * @param after what it would leave there
 * @param share the probability with which each bit that should change does: 0 is a cut before the operation, 1 one after it
 * @param random asked about each of those bits, byte by byte, the lowest first
 */
export function tear(
  bytes: Uint8Array,
  after: Uint8Array,
  share: number,
  random: { chance(probability: number): boolean },
): void {
  for (let i = 0; i < after.length; i++) {
    const changing = bytes[i] ^ after[i];
    for (let bit = 1; bit <= changing; bit <<= 1) if ((changing & bit) !== 0 && random.chance(share)) bytes[i] ^= bit;
  }
}
