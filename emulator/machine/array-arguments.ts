/** What the constructors of Espruino's typed arrays take (measured on 2v29.277). */

/** The byte offset of a view has sixteen bits there. */
const MOST_OFFSET = 65_535;

/** An array of elements that ECMAScript has no typed array for. */
export abstract class ForeignArray {
  abstract readonly length: number;
}

/**
 * The arguments that make the same array by ECMAScript's constructors. Over a buffer, a length of 0 is as many elements as fit, and of
 * anything else offset and length are not looked at.
 * @param elementBytes bytes of an element
 * @throws TypeError for what no array can be made of, RangeError for an offset that can't be
 */
export function arrayArguments(args: readonly unknown[], elementBytes: number): unknown[] {
  const [source, given, length] = args;
  const sized = typeof source === "number" || typeof source === "boolean";
  if (!sized && !isArrayLike(source) && !isArrayBuffer(source))
    throw new TypeError(`Unsupported first argument of type ${typeName(source)}`);
  const byteOffset = Math.trunc(Number(given ?? 0)) || 0;
  if (byteOffset < 0 || byteOffset > MOST_OFFSET) throw new RangeError("byteOffset too large (or negative)");
  if (sized) return [Math.trunc(Number(source)) || 0];
  if (!isArrayBuffer(source)) return [source];
  if (byteOffset > source.byteLength)
    throw new RangeError(`an array from byte ${byteOffset} of a buffer of ${source.byteLength} would be empty`);
  const elements = Math.trunc(Number(length ?? 0)) || Math.floor((source.byteLength - byteOffset) / elementBytes);
  return [source, byteOffset, elements];
}

/** Also by its tag: Jest gives a test the typed arrays of one realm and the ArrayBuffer of another. */
export const isArrayBuffer = (value: unknown): value is ArrayBuffer =>
  value instanceof ArrayBuffer || Object.prototype.toString.call(value) === "[object ArrayBuffer]";

const isArrayLike = (source: unknown): source is ArrayLike<number> =>
  Array.isArray(source) ||
  (ArrayBuffer.isView(source) && !(source instanceof DataView)) ||
  source instanceof ForeignArray;

function typeName(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return typeof value === "object" ? "Object" : typeof value === "function" ? "Function" : "String";
}
