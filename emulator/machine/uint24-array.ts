/** Espruino's `Uint24Array`, which ECMAScript lacks: elements of three bytes, little-endian, at any offset of a buffer. */

const BYTES = 3;

export class Uint24Array {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  readonly length: number;
  readonly [index: number]: number;

  /**
   * @param source a number of elements, the elements, or a buffer whose bytes they are
   * @param byteOffset of the buffer: 0
   * @param length in elements: as many as fit
   * @throws TypeError for a string, RangeError for elements beyond the buffer's end
   */
  constructor(source: number | ArrayLike<number> | ArrayBuffer, byteOffset = 0, length?: number) {
    if (typeof source === "string") throw new TypeError("Unsupported first argument of type String");
    const viewed = source instanceof ArrayBuffer;
    const room = viewed ? Math.floor((source.byteLength - byteOffset) / BYTES) : 0;
    if (viewed && (byteOffset < 0 || (length ?? 0) > room || room < 0))
      throw new RangeError(`${length ?? 0} elements from byte ${byteOffset} are beyond the end of the buffer`);
    this.length = viewed ? (length ?? room) : typeof source === "number" ? source : source.length;
    this.buffer = viewed ? source : new ArrayBuffer(this.length * BYTES);
    this.byteOffset = viewed ? byteOffset : 0;
    const bytes = new Uint8Array(this.buffer, this.byteOffset, this.length * BYTES);
    const within = (name: string | symbol) => typeof name === "string" && /^\d+$/.test(name);
    const proxy = new Proxy(this, {
      get: (target, name) => {
        if (!within(name)) return Reflect.get(target, name);
        const at = Number(name) * BYTES;
        return Number(name) < target.length ? bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) : undefined;
      },
      set: (target, name, value) => {
        if (!within(name)) return Reflect.set(target, name, value);
        const at = Number(name) * BYTES;
        if (Number(name) < target.length)
          for (let byte = 0; byte < BYTES; byte++) bytes[at + byte] = Number(value) >> (8 * byte);
        return true;
      },
    });
    if (typeof source === "object" && !viewed) for (let i = 0; i < this.length; i++) Reflect.set(proxy, i, source[i]);
    // biome-ignore lint/correctness/noConstructorReturn: elements are reached by number, as those of every typed array
    return proxy;
  }
}
