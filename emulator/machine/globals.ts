/**
 * The names that a bundle finds: Espruino's hardware and JavaScript as Espruino has it. Every other name that the emulator's own
 * surroundings would offer (Map, Promise, Buffer, window, ...) is undefined to it, as on the board.
 */
import { builtins, EspruinoUint8Array, espruinoDate } from "./builtins.ts";
import { bytesOf, latin1 } from "./byte-arguments.ts";
import { compile, type Program } from "./compile.ts";
import { crc32 } from "./crc32.ts";
import type { Flash } from "./flash.ts";
import type { I2cBus } from "./i2c.ts";
import type { Device } from "./manifest.ts";
import { PIN_COUNT, type Pins, pinNumber } from "./pins.ts";
import type { Random } from "./random.ts";
import { sha1 } from "./sha1.ts";
import type { St7567 } from "./st7567.ts";
import type { Storage } from "./storage.ts";
import type { Timers } from "./timers.ts";
import { Uint24Array } from "./uint24-array.ts";
import type { Usb } from "./usb.ts";
import type { Watches } from "./watches.ts";

/** What the names stand for. */
export interface Hardware {
  pins: Pins;
  watches: Watches;
  timers: Timers;
  i2c: I2cBus;
  usb: Usb;
  flash: Flash;
  storage: Storage;
  random: Random;
  /** Espruino's name of the board. */
  board: string;
  devices: readonly Device[];
  /** Names of pins that have no number. */
  namedPins: readonly string[];
  /** The display that the interpreter draws on, where there is one. */
  lcd: St7567 | undefined;
  /** The microcontroller's clock, in seconds: it starts at 0 with the power. */
  getTime: () => number;
  setTime: (seconds: number) => void;
  /** Starts the firmware anew, once what runs now is done. */
  restart: () => void;
  /** A line that the firmware printed. */
  print: (line: string) => void;
  /** Throws once the power that this hardware ran on is gone. */
  alive: () => void;
}

/** What the bundle evaluates to. */
export type BundleExports = Record<string, unknown> & {
  /** Transport keys; or, of a token without a host's line, all that its journal begins with. */
  install(serial: string, keyVersion: number, enc: Uint8Array, mac: Uint8Array, dek: Uint8Array): void;
  install(entries: { id: number; value: Uint8Array }[]): void;
  /** @param file Storage file with the bundle's image @param at where in it the image begins */
  start(file: string, at: number): void;
};

const INTERPRETER = "2v29.277";
/** JsVars of the RP2040 and bytes of each. */
const VARIABLES = 12000;
const VARIABLE_SIZE = 14;
/** Lengths of arrays have 16 bits on an interpreter with so small variables. */
const LONGEST_ARRAY = 65535;
const RAM_LENGTH = 264 * 1024;
/** More questions for the time than any callback has: it waits for a time that does not move. */
const IMPATIENT = 1_000_000;

const espruinoBytes = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : new EspruinoUint8Array(bytes);

/** The bundle that was compiled last: a thousand tokens of one bundle share its code. */
let compiled: { bundle: string; run: Program } | undefined;

/** Evaluates a bundle with its hardware. @throws what the bundle throws */
export function evaluate(bundle: string, hardware: Hardware): BundleExports {
  const known: Record<string, unknown> = { ...builtins, ...guarded(espruino(hardware), hardware.alive) };
  if (compiled?.bundle !== bundle)
    compiled = { bundle, run: compile(bundle, Object.keys({ ...foreignNames(), ...known })) };
  return compiled.run(known) as BundleExports;
}

/**
 * The same functions, dead once the power is gone: code that the loss of power ended may go on in a `catch` of its own, and nothing
 * that it does there may reach the hardware.
 */
function guarded(functions: Record<string, unknown>, alive: () => void): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(functions).map(([name, value]) => {
      if (name === "Date") return [name, value];
      if (typeof value === "object" && value !== null) return [name, guarded(value as Record<string, unknown>, alive)];
      if (typeof value !== "function") return [name, value];
      const call = (...args: unknown[]) => {
        alive();
        return value(...args);
      };
      return [name, call];
    }),
  );
}

/** Every global name of the surroundings, standing for undefined. */
function foreignNames(): Record<string, undefined> {
  const names: Record<string, undefined> = {};
  for (let object: object | null = globalThis; object !== null; object = Object.getPrototypeOf(object)) {
    for (const name of Object.getOwnPropertyNames(object)) if (/^[A-Za-z_$][\w$]*$/.test(name)) names[name] = undefined;
  }
  // Values of the language rather than of the surroundings, and names that strict code cannot take as parameters.
  for (const name of ["undefined", "NaN", "Infinity", "eval", "arguments"]) delete names[name];
  return names;
}

function espruino(hardware: Hardware): Record<string, unknown> {
  const { pins, watches, timers, flash, storage, random } = hardware;
  let questions = 0;
  let asked = -1;
  const getTime = () => {
    const time = hardware.getTime();
    questions = time === asked ? questions + 1 : 0;
    asked = time;
    if (questions > IMPATIENT) throw new Error("the firmware waits in a loop: time moves only between callbacks");
    return time;
  };
  const functions: Record<string, object> = {
    Storage: {
      read: (name: unknown, offset?: unknown, length?: unknown) => storage.read(name, offset, length),
      write: (name: unknown, data: unknown, offset?: unknown, size?: unknown) =>
        storage.write(name, data, offset, size),
      erase: (name: unknown) => storage.erase(name),
      list: (pattern?: unknown) => storage.list(pattern),
      getFree: () => storage.getFree(),
    },
    Flash: {
      getPage: (address: unknown) => flash.getPage(address),
      erasePage: (address: unknown) => flash.erasePage(address),
      write: (data: unknown, address: unknown) => flash.write(data, address),
      read: (length: unknown, address: unknown) => espruinoBytes(flash.read(length, address)),
    },
  };
  if (hardware.devices.includes("SHA1"))
    functions.crypto = { SHA1: (message: unknown) => new EspruinoUint8Array(sha1(bytesOf(message))).buffer };
  const modules = guarded(functions, hardware.alive);
  const print = (...values: unknown[]) =>
    hardware.print(values.map((value) => (typeof value === "string" ? value : show(value))).join(" "));
  return {
    ...Object.fromEntries(Array.from({ length: PIN_COUNT }, (_, number) => [`D${number}`, number])),
    ...Object.fromEntries(hardware.namedPins.map((name) => [name, pinNumber(hardware.namedPins, name)])),
    ...devices(hardware),
    digitalRead: (pin: unknown) => pins.digitalRead(pin),
    digitalWrite: (pin: unknown, value: unknown) => pins.digitalWrite(pin, value),
    pinMode: (pin: unknown, mode?: unknown, automatic?: unknown) => pins.pinMode(pin, mode, automatic),
    analogRead: (pin: unknown) => pins.analogRead(pin),
    analogWrite: (pin: unknown, value: unknown, options?: { freq?: unknown }) => pins.analogWrite(pin, value, options),
    setWatch: (call: unknown, pin: unknown, options?: unknown) => {
      const level = pins.read(pin);
      return watches.set(call, pins.number(pin), options, level);
    },
    clearWatch: (...args: unknown[]) => watches.clear(args),
    setTimeout: (call: unknown, ms?: unknown, ...args: unknown[]) => timers.set(call, ms, args, false),
    setInterval: (call: unknown, ms?: unknown, ...args: unknown[]) => timers.set(call, ms, args, true),
    clearTimeout: (...args: unknown[]) => timers.clear("clearTimeout", args),
    clearInterval: (...args: unknown[]) => timers.clear("clearInterval", args),
    load: (file?: unknown) => {
      if (file !== undefined) throw new Error("load is modelled without a file: as a restart");
      hardware.restart();
    },
    getTime,
    setTime: (seconds: unknown) => hardware.setTime(Number(seconds)),
    Date: espruinoDate(() => getTime() * 1000),
    E: {
      CRC32: (data: unknown) => crc32(bytesOf(data)),
      toString: (...args: unknown[]) => latin1(bytesOf(...args)),
      toFlatString: (...args: unknown[]) => latin1(bytesOf(...args)),
      toArrayBuffer: (text: unknown) => {
        if (typeof text !== "string") throw new Error("E.toArrayBuffer is modelled for strings");
        if (text.length > LONGEST_ARRAY) throw new Error(`an array of the RP2040 has ${LONGEST_ARRAY} bytes at most`);
        return bytesOf(text).buffer;
      },
      toUint8Array: (...args: unknown[]) => espruinoBytes(bytesOf(...args)),
      hwRand: () => random.next() | 0,
      mapInPlace,
      getAddressOf: (text: unknown, flat?: unknown) => {
        if (flat !== true)
          throw new Error("E.getAddressOf without flat = true is an address in RAM, which means nothing here");
        return storage.addressOf(text);
      },
      // The console left the line before the bundle was evaluated.
      setConsole: () => undefined,
    },
    require: (name: unknown) => {
      const module = modules[String(name)];
      if (module === undefined) throw new Error(`Module ${JSON.stringify(name)} not found`);
      return module;
    },
    console: { log: print, warn: print, error: print },
    print,
    process: {
      version: INTERPRETER,
      env: {
        VERSION: INTERPRETER,
        BOARD: hardware.board,
        RAM: RAM_LENGTH,
        FLASH: flash.chipLength,
        STORAGE: flash.end - flash.start,
        CONSOLE: null,
      },
      // How many variables a program takes cannot be told here.
      memory: () => ({
        free: VARIABLES,
        usage: 0,
        total: VARIABLES,
        history: 0,
        blocksize: VARIABLE_SIZE,
        flash_code_start: flash.start,
      }),
    },
  };
}

/** What this board has of the hardware that not every board has. */
function devices({ devices: present, i2c, usb, lcd }: Hardware): Record<string, unknown> {
  const all: Partial<Record<Device, Record<string, unknown>>> = {
    I2C1: {
      I2C1: {
        setup: (options?: { bitrate?: number }) => i2c.setup(options),
        writeTo: (address: unknown, ...data: unknown[]) => i2c.writeTo(address, ...data),
        readFrom: (address: unknown, length: unknown) => espruinoBytes(i2c.readFrom(address, length)),
      },
    },
    USB: {
      USB: {
        on: (event: unknown, listener: unknown) => usb.on(event, listener),
        write: (...data: unknown[]) => usb.write(...data),
      },
    },
    g: lcd?.globals(),
    // There is no radio: nothing ever was awake.
    NRF: { NRF: { sleep: () => undefined } },
  };
  return Object.assign({}, ...present.map((device) => all[device] ?? {}));
}

function show(value: unknown): string {
  return typeof value === "object" && value !== null ? (JSON.stringify(value) ?? String(value)) : String(value);
}

/**
 * `E.mapInPlace`: each element of `from`, looked up in `map`, into the element of `to` in the same place; what one of them has more of is
 * left alone. Of a function instead of an array, and of elements in parts of `bits`, firmware makes no use. Nor of elements of 32 bits to
 * look up: Espruino masks each with `(1 << 32) - 1`, which C leaves open, so that some of its builds take the first of the table for all.
 */
function mapInPlace(...args: unknown[]): void {
  const [from, to, map] = args;
  for (const array of [from, to, map])
    if (!(array instanceof Uint24Array) && (!ArrayBuffer.isView(array) || array instanceof DataView))
      throw new Error("E.mapInPlace is modelled from one typed array to another by a third");
  if (args[3] !== undefined) throw new Error("E.mapInPlace is modelled without its fourth argument");
  const [source, target, table] = [from, to, map] as Uint8Array[];
  if (source instanceof Uint32Array || source instanceof Int32Array)
    throw new Error(
      "E.mapInPlace is modelled from elements of at most 24 bits: Espruino's builds disagree on wider ones",
    );
  // An element that the table lacks is undefined, which is written as 0.
  for (let i = 0; i < source.length && i < target.length; i++) target[i] = table[source[i]] ?? 0;
}
