/**
 * `require("heatshrink").decompress` of Espruino. A stream of bits, the highest first: 1 and a byte, or 0, how far back (8 bits, less 1)
 * and how many bytes (6 bits, less 1) to copy; what is left behind the last whole one fills a byte.
 */

export function decompress(stream: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  let at = 0;
  const left = () => 8 * stream.length - at;
  const take = (width: number): number => {
    let value = 0;
    for (let i = 0; i < width; i++, at++) value = 2 * value + ((stream[at >> 3] >> (7 - (at & 7))) & 1);
    return value;
  };
  while (left() >= 1) {
    if (take(1) === 1) {
      if (left() < 8) break;
      bytes.push(take(8));
    } else {
      if (left() < 14) break;
      const distance = take(8) + 1;
      // The window is zeros before anything is in it.
      for (let length = take(6) + 1; length > 0; length--) bytes.push(bytes[bytes.length - distance] ?? 0);
    }
  }
  return Uint8Array.from(bytes);
}
