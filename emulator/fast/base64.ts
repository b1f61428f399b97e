/** Base64 (RFC 4648, section 4) wherever JavaScript runs. */

const ALPHABET = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].map((character) =>
  character.charCodeAt(0),
);
const PADDING = 0x3d;

/** By hand: `btoa` wants a string of bytes, and of megabytes that takes ten times as long to make. */
export function base64FromBytes(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PADDING);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const left = bytes.length - from;
    const bits = (bytes[from] << 16) | ((left > 1 ? bytes[from + 1] : 0) << 8) | (left > 2 ? bytes[from + 2] : 0);
    text[to] = ALPHABET[bits >> 18];
    text[to + 1] = ALPHABET[(bits >> 12) & 63];
    if (left > 1) text[to + 2] = ALPHABET[(bits >> 6) & 63];
    if (left > 2) text[to + 3] = ALPHABET[bits & 63];
  }
  return new TextDecoder().decode(text);
}

/** @throws DOMException for what is not Base64 */
export function bytesFromBase64(text: string): Uint8Array {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}
