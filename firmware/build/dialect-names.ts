/** What a bundle may name: the interpreter's globals, what may be taken from them, and the methods that it lacks. */

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Globals of Espruino that a bundle may use, on a board, on the virtual board and on the interpreter's Linux build. */
export const allowedGlobals: ReadonlySet<string> = new Set([
  ...words("I2C1 USB digitalRead digitalWrite pinMode analogRead analogWrite setWatch clearWatch getTime setTime"),
  ...words("setTimeout clearTimeout setInterval clearInterval load E require atob btoa console print process"),
  ...words("Object Array Math String Number JSON Date Error ArrayBuffer DataView"),
  ...words("Uint8Array Uint16Array Uint24Array Uint32Array Int32Array parseInt isNaN undefined NaN Infinity arguments"),
  ...Array.from({ length: 30 }, (_, pin) => `D${pin}`),
  // Of a Pixl.js.
  ...words("g Graphics Pixl NRF BTN1 BTN2 BTN3 BTN4"),
]);

/** What may be taken from a global. One that is not listed here is only called. */
export const allowedMembers: Readonly<Record<string, readonly string[]>> = {
  I2C1: words("setup writeTo readFrom"),
  USB: words("on write"),
  E: words(
    "CRC32 toString toFlatString toArrayBuffer toUint8Array hwRand getAddressOf mapInPlace nativeCall setConsole",
  ),
  g: words("drawImage flip"),
  Graphics: words("createArrayBuffer"),
  Pixl: words("setLCDPower"),
  NRF: words("sleep"),
  console: words("log"),
  process: words("version env memory"),
  Math: words("floor ceil round abs min max pow sqrt sign"),
  Object: words("keys values entries fromEntries assign create defineProperty getPrototypeOf setPrototypeOf"),
  Array: words("isArray"),
  String: words("fromCharCode"),
  Number: words("MAX_VALUE"),
  JSON: words("parse stringify"),
  Date: words("now"),
  Error: [],
  ArrayBuffer: [],
  DataView: [],
  Uint8Array: [],
  Uint16Array: [],
  Uint24Array: [],
  Uint32Array: [],
  Int32Array: [],
};

/** Globals that are only containers: as a bare value nobody could see what is taken from them. */
export const namespaces: ReadonlySet<string> = new Set(words("E Graphics Pixl NRF console process Math JSON"));

/** Modules that `require` finds in the interpreter, and what may be taken from them. */
export const allowedModules: Readonly<Record<string, readonly string[]>> = {
  Storage: words("read write erase list getFree"),
  Flash: words("getPage erasePage write read"),
  heatshrink: words("decompress"),
  crypto: words("SHA1 SHA256 SHA512 AES"),
};

/** Built-in classes that a class must not extend: `super(message)` throws there, and `instanceof` says no. */
export const nativeClasses: ReadonlySet<string> = new Set(
  words("Error TypeError RangeError SyntaxError ReferenceError Array Object Promise Uint8Array Map Set"),
);

export const typedArrays: ReadonlySet<string> = new Set(
  words(
    "Uint8Array Uint8ClampedArray Int8Array Uint16Array Int16Array Uint24Array Uint32Array Int32Array Float32Array Float64Array",
  ),
);

/** Methods of ECMAScript's built-in values that Espruino has on none of its own. */
export const missingMethods: ReadonlySet<string> = new Set([
  // Array
  ...words("at flat flatMap findLast findLastIndex reduceRight copyWithin toSorted toSpliced toReversed with"),
  // String
  ...words(
    "codePointAt localeCompare matchAll normalize search trimStart trimEnd trimLeft trimRight anchor at isWellFormed",
  ),
  ...words("toWellFormed toLocaleUpperCase toLocaleLowerCase"),
  // Number, Object
  ...words(
    "toPrecision toExponential toLocaleString isPrototypeOf propertyIsEnumerable __defineGetter__ __lookupGetter__",
  ),
  // DataView, ArrayBuffer
  ...words("getBigInt64 getBigUint64 setBigInt64 setBigUint64 transfer resize"),
  // RegExp, Function
  ...words("compile toSource"),
]);
