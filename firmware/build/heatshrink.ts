/**
 * Compression that every Espruino can undo by itself, `require("heatshrink").decompress`: LZSS as heatshrink writes it, with a window of 8
 * bits and a lookahead of 6. A stream of bits, the highest first: 1 and a byte, or 0, the distance less 1 (8 bits) and the length less 1
 * (6 bits) of what stood there before; filled up with zeros to a whole byte.
 */

const WINDOW = 256;
const LOOKAHEAD = 64;
const LITERAL_BITS = 9;
const REFERENCE_BITS = 15;

/** The shortest stream that gives the bytes again. */
export function compress(bytes: Uint8Array): Uint8Array {
  const matches = Array.from(bytes, (_, at) => longestMatch(bytes, at));
  /** Bits from each place to the end, and how many bytes the best first step goes: 1 is a literal. */
  const costs = new Array<number>(bytes.length + 1).fill(0);
  const steps = new Array<number>(bytes.length).fill(1);
  for (let at = bytes.length - 1; at >= 0; at--) {
    costs[at] = LITERAL_BITS + costs[at + 1];
    for (let length = 2; length <= matches[at].length; length++) {
      const cost = REFERENCE_BITS + costs[at + length];
      if (cost < costs[at]) [costs[at], steps[at]] = [cost, length];
    }
  }
  const bits: string[] = [];
  const number = (value: number, width: number) => value.toString(2).padStart(width, "0");
  for (let at = 0; at < bytes.length; at += steps[at]) {
    if (steps[at] === 1) bits.push("1", number(bytes[at], 8));
    else bits.push("0", number(matches[at].distance - 1, 8), number(steps[at] - 1, 6));
  }
  const stream = bits.join("");
  return Uint8Array.from({ length: Math.ceil(stream.length / 8) }, (_, i) =>
    parseInt(stream.slice(8 * i, 8 * i + 8).padEnd(8, "0"), 2),
  );
}

/** What stands at a place too, and begins before it; it may run into what it is copied to. */
function longestMatch(bytes: Uint8Array, at: number): { distance: number; length: number } {
  let best = { distance: 0, length: 0 };
  for (let distance = 1; distance <= Math.min(at, WINDOW); distance++) {
    let length = 0;
    while (length < LOOKAHEAD && at + length < bytes.length && bytes[at + length] === bytes[at + length - distance]) {
      length++;
    }
    if (length > best.length) best = { distance, length };
  }
  return best;
}
