/** Two lower-case hex digits for each byte. Two bytes at a time: on the token each turn of a loop takes a millisecond. */
export function toHex(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let hex = "";
  let at = 0;
  for (; at + 1 < bytes.length; at += 2) hex += (0x10000 + view.getUint16(at)).toString(16).slice(1);
  if (at < bytes.length) hex += (0x100 + bytes[at]).toString(16).slice(1);
  return hex;
}
