/** SHA-1 (FIPS 180-4), as the interpreter of some boards has it in `require("crypto")`. */
export function sha1(message: Uint8Array): Uint8Array {
  const blocks = (message.length + 72) >> 6;
  const bytes = new Uint8Array(blocks * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 4, message.length * 8);
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const words = new Int32Array(80);
  for (let at = 0; at < bytes.length; at += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 80; i++) words[i] = turned(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    let [a, b, c, d, e] = state;
    for (let i = 0; i < 80; i++) {
      const round = Math.floor(i / 20);
      const mixed = [(b & c) | (~b & d), b ^ c ^ d, (b & c) | (b & d) | (c & d), b ^ c ^ d][round];
      const next = (turned(a, 5) + mixed + e + ROUNDS[round] + words[i]) | 0;
      [a, b, c, d, e] = [next, a, turned(b, 30), c, d];
    }
    for (const [i, word] of [a, b, c, d, e].entries()) state[i] += word;
  }
  const digest = new Uint8Array(20);
  for (const [i, word] of state.entries()) new DataView(digest.buffer).setInt32(4 * i, word);
  return digest;
}

const ROUNDS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];

function turned(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
