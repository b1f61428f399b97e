/**
 * JavaScript's own objects as Espruino has them: with what it lacks taken away, and with what it does differently done its way or
 * refused. What cannot be refused at run time (methods of strings and arrays, for one) is the business of the dialect gate, which every
 * bundle goes through before it boots, and of the tests on a genuine interpreter.
 */
import { arrayArguments } from "./array-arguments.ts";
import { latin1Bytes } from "./byte-arguments.ts";
import { Uint24Array } from "./uint24-array.ts";

const MATH =
  "E PI LN2 LN10 LOG2E LOG10E SQRT2 SQRT1_2 abs acos asin atan atan2 ceil cos exp floor log max min pow round sign sin sqrt tan";
const OBJECT =
  "keys values entries fromEntries create assign getOwnPropertyNames getOwnPropertyDescriptor getOwnPropertyDescriptors defineProperty defineProperties getPrototypeOf setPrototypeOf";
const NUMBER = "NaN MAX_VALUE MIN_VALUE NEGATIVE_INFINITY POSITIVE_INFINITY";
/** Static and other methods of typed arrays that Espruino lacks. */
const STATICS_NOT_OF_TYPED_ARRAYS = "BYTES_PER_ELEMENT from of";
const NOT_OF_TYPED_ARRAYS =
  "BYTES_PER_ELEMENT at copyWithin entries findLast findLastIndex keys lastIndexOf reduceRight toLocaleString toReversed toSorted values with";

type AnyFunction = (...args: unknown[]) => unknown;

/** The members of `whole` that `names` lists. */
function part(whole: object, names: string): Record<string, unknown> {
  return Object.fromEntries(names.split(" ").map((name) => [name, (whole as Record<string, unknown>)[name]]));
}

/** A constructor that makes what `base` makes and has none of its static methods but `statics`. */
function restricted(base: { prototype: object }, statics: Record<string, unknown>): unknown {
  const build = base as unknown as (new (...args: unknown[]) => object) & AnyFunction;
  function Restricted(...args: unknown[]): unknown {
    return new.target === undefined ? build(...args) : Reflect.construct(build, args, new.target);
  }
  Restricted.prototype = base.prototype;
  return Object.assign(Restricted, statics);
}

/** What the typed arrays have in common, as far as it is overridden here. */
interface ArrayOfNumbers {
  readonly length: number;
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
  set(source: ArrayLike<number>, offset?: number): void;
  subarray(begin?: number, end?: number): ArrayOfNumbers;
  slice(...range: unknown[]): Iterable<number>;
  map(...args: unknown[]): ArrayOfNumbers;
  filter(...args: unknown[]): ArrayOfNumbers;
  fill(value: unknown, begin?: unknown, end?: unknown): this;
}

/**
 * A typed array that copies strings by character and refuses ranges that Espruino would not clamp. To the outside it is one of `base`:
 * its `constructor` says so, hence its methods must make their results themselves.
 */
function typedArray(base: { BYTES_PER_ELEMENT: number }, name: string): typeof Uint8Array {
  const EspruinoArray = class extends (base as unknown as new (...args: unknown[]) => ArrayOfNumbers) {
    constructor(...args: unknown[]) {
      super(...arrayArguments(args, base.BYTES_PER_ELEMENT));
      // It has elements alone: what else is written to it is an error.
      Object.preventExtensions(this);
    }

    override set(source: unknown, offset?: number): void {
      super.set(typeof source === "string" ? latin1Bytes(source) : (source as ArrayLike<number>), offset);
    }

    override subarray(begin = 0, end = this.length): ArrayOfNumbers {
      if (begin > this.length || end > this.length || begin < -this.length) {
        throw new RangeError(`subarray(${begin}, ${end}) of ${this.length} elements: Espruino would run over the end`);
      }
      const view = super.subarray(begin, end);
      // One without elements is of no buffer there.
      return view.length === 0 ? new EspruinoArray(0) : new EspruinoArray(view.buffer, view.byteOffset, view.length);
    }

    override fill(value: unknown, begin?: unknown, end?: unknown): this {
      if (Number(begin ?? 0) < -this.length || Number(end ?? 0) < -this.length)
        throw new RangeError(`fill(${begin}, ${end}) of ${this.length} elements is before the first`);
      return super.fill(value, begin, end);
    }

    /** A plain array there, and so without `subarray`. */
    override slice(...args: unknown[]): number[] {
      return [...super.slice(...args)];
    }

    override map(...args: unknown[]): ArrayOfNumbers {
      return new EspruinoArray(super.map(...args));
    }

    override filter(...args: unknown[]): ArrayOfNumbers {
      return new EspruinoArray(super.filter(...args));
    }
  };
  Object.defineProperty(EspruinoArray, "name", { value: name });
  Object.defineProperty(EspruinoArray.prototype, "constructor", { value: base });
  for (const missing of STATICS_NOT_OF_TYPED_ARRAYS.split(" "))
    Object.defineProperty(EspruinoArray, missing, { value: undefined });
  for (const missing of NOT_OF_TYPED_ARRAYS.split(" ")) {
    Object.defineProperty(EspruinoArray.prototype, missing, { value: undefined });
  }
  return EspruinoArray as unknown as typeof Uint8Array;
}

/** The typed array that native functions hand to firmware: Espruino's, so that it takes strings. */
export const EspruinoUint8Array = typedArray(Uint8Array, "Uint8Array");

/** The RP2040's strings have one byte a character: of an escape beyond that, JSON takes the low one. */
const latin1Escapes = (text: string) =>
  text.replaceAll(/\\(?:u[\da-f]{2}([\da-f]{2})|.)/gis, (whole, low) => (low === undefined ? whole : `\\u00${low}`));

/** The same for every machine. `Math.random` is not among them: nothing on a token may be left to it. */
export const builtins: Readonly<Record<string, unknown>> = {
  Object: restricted(Object, part(Object, OBJECT)),
  Array: restricted(Array, part(Array, "isArray")),
  String: restricted(String, {
    // The RP2040's strings have one byte a character.
    fromCharCode: (...codes: number[]) => String.fromCharCode(...codes.map((code) => code & 0xff)),
  }),
  Number: restricted(Number, part(Number, NUMBER)),
  Math: part(Math, MATH),
  JSON: { parse: (text: unknown) => JSON.parse(latin1Escapes(String(text))), stringify: JSON.stringify },
  Uint8Array: EspruinoUint8Array,
  Uint16Array: typedArray(Uint16Array, "Uint16Array"),
  Uint24Array,
  Uint32Array: typedArray(Uint32Array, "Uint32Array"),
  Int32Array: typedArray(Int32Array, "Int32Array"),
  ArrayBuffer: restricted(ArrayBuffer, {}),
  DataView,
  parseInt,
  isNaN,
  Error,
  atob,
  btoa,
};

/** `Date` by the microcontroller's clock, in UTC wherever the emulator runs. */
export function espruinoDate(now: () => number): unknown {
  const EspruinoDate = class extends Date {
    constructor(...args: unknown[]) {
      if (args.length === 0) super(now());
      else if (args.length === 1) super(args[0] as number);
      else super(Date.UTC(...(args as [number, number])));
    }

    static override now(): number {
      return Math.floor(now());
    }
  };
  for (const name of Object.getOwnPropertyNames(Date.prototype)) {
    const inUtc = /^[gs]et(?!UTC|Time|Year)/.test(name) ? name.replace(/^(.et)/, "$1UTC") : "";
    const method = (Date.prototype as unknown as Record<string, unknown>)[inUtc];
    if (method !== undefined) Object.defineProperty(EspruinoDate.prototype, name, { value: method });
  }
  Object.defineProperty(EspruinoDate.prototype, "getTimezoneOffset", { value: () => 0 });
  return EspruinoDate;
}
