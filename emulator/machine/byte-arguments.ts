/**
 * Arguments as bytes, the way that `E.toUint8Array`, `USB.write`, `I2C1.writeTo` and their like take them: numbers by their lowest
 * eight bits, strings by character, arrays and typed arrays item by item, `{data, count}` repeated, `{callback}` by what it returns.
 */

import { isArrayBuffer } from "./array-arguments.ts";

/** @throws RangeError for a character above U+00FF: a board would send its lowest byte alone, so it is always a mistake */
export function bytesOf(...args: unknown[]): Uint8Array {
  if (args.length === 1) {
    const only = args[0];
    if (typeof only === "string") return latin1Bytes(only);
    if (only instanceof Uint8Array) return Uint8Array.prototype.slice.call(only);
  }
  const bytes: number[] = [];
  for (const arg of args) append(bytes, arg);
  return new Uint8Array(bytes);
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  // In pieces, because a call takes only so many arguments; and not spread, which asks an iterator for each byte of a whole firmware.
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 4096) as unknown as number[]);
  return text;
}

/** @throws RangeError for a character above U+00FF */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff)
      throw new RangeError(`character ${i} of the text is U+${code.toString(16).padStart(4, "0")}, which is no byte`);
    bytes[i] = code;
  }
  return bytes;
}

function append(bytes: number[], arg: unknown): void {
  if (typeof arg === "string") bytes.push(...latin1Bytes(arg));
  else if (Array.isArray(arg)) for (const item of arg) append(bytes, item);
  else if (ArrayBuffer.isView(arg) && !(arg instanceof DataView)) bytes.push(...(arg as unknown as Iterable<number>));
  else if (isArrayBuffer(arg)) bytes.push(...new Uint8Array(arg));
  else if (typeof arg === "object" && arg !== null && "data" in arg && "count" in arg) {
    for (let i = 0; i < Number(arg.count); i++) append(bytes, arg.data);
  } else if (typeof arg === "object" && arg !== null && "callback" in arg && typeof arg.callback === "function")
    append(bytes, arg.callback());
  else bytes.push(Number(arg));
}
