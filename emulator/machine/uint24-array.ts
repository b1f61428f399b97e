/** Espruino's `Uint24Array`, which ECMAScript lacks: elements of three bytes, little-endian, at any offset of a buffer. */
import { arrayArguments, ForeignArray, isArrayBuffer } from "./array-arguments.ts";

const BYTES = 3;
const INDEX = /^(0|[1-9]\d*)$/;
/** What a computed name may be that is meant for an index. */
const NO_INDEX = /^(-?\d.*|NaN|undefined|null)$/;

export class Uint24Array extends ForeignArray {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly length: number;
  readonly [index: number]: number;

  /**
   * `new Uint24Array(elements)`, `(list)`, `(buffer, byteOffset, elements)`: 0 elements of a buffer are as many as fit.
   * @throws TypeError for a string and the like, RangeError for elements beyond the buffer's end
   */
  constructor(...args: unknown[]) {
    super();
    const [source, byteOffset, elements] = arrayArguments(args, BYTES);
    if (isArrayBuffer(source)) {
      this.buffer = source;
      this.byteOffset = byteOffset as number;
      this.length = elements as number;
    } else {
      this.length = typeof source === "number" ? source : (source as ArrayLike<number>).length;
      this.buffer = new ArrayBuffer(this.length * BYTES);
      this.byteOffset = 0;
    }
    const bytes = new Uint8Array(this.buffer, this.byteOffset, this.length * BYTES);
    const unknown = (name: string | symbol): never => {
      throw new TypeError(
        `Field or method "${String(name)}" does not already exist, and can't create it on Uint24Array`,
      );
    };
    const isIndex = (name: string | symbol): name is string => typeof name === "string" && INDEX.test(name);
    const proxy = new Proxy(this, {
      get: (target, name) => {
        if (!isIndex(name))
          return typeof name === "string" && NO_INDEX.test(name) ? unknown(name) : Reflect.get(target, name);
        const at = Number(name) * BYTES;
        return Number(name) < target.length ? bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) : undefined;
      },
      has: (target, name) => (isIndex(name) ? Number(name) < target.length : Reflect.has(target, name)),
      set: (target, name, value) => {
        if (!isIndex(name)) return unknown(name);
        const at = Number(name) * BYTES;
        if (Number(name) < target.length)
          for (let byte = 0; byte < BYTES; byte++) bytes[at + byte] = Number(value) >> (8 * byte);
        return true;
      },
    });
    if (typeof source === "object" && !isArrayBuffer(source))
      for (let i = 0; i < this.length; i++) Reflect.set(proxy, i, (source as ArrayLike<number>)[i]);
    // biome-ignore lint/correctness/noConstructorReturn: elements are reached by number, as those of every typed array
    return proxy;
  }
}
