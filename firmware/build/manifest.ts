/** What the build tells of a bundle beside it: `build/NAME.json`. */
import type { BuiltFont } from "./fonts.ts";

/** What of Espruino's hardware not every board has: `g` the built-in display, `NRF` Bluetooth, `SHA1` of its `crypto`. */
export type Device = "I2C1" | "USB" | "g" | "NRF" | "SHA1";

/** What a bundle is and what it runs on: plain data for whoever flashes or emulates it. */
export interface Manifest {
  board: string;
  /** True for a board that no customer should be given. */
  experimental?: boolean;
  /** Two bytes that diversify the token's keys. */
  model: number;
  version: string;
  /** Of the bundle file. */
  bytes: number;
  sha256: string;
  /** SHA-256 of the sources and the tools that it was made of. */
  sources: string;
  functions: number;
  /** Bytes of the bundle by source file. */
  modules: Record<string, number>;
  /** What each key joins: a row and a column, or its own pin and ground. */
  keypad: { legend: string[][] } & (
    | { rows: number[]; columns: number[] }
    | { pins: (number | string)[]; down?: "low" | "high" }
  );
  /** Without an address the interpreter draws on it. */
  display: { controller: string; width: number; height: number; address?: number };
  /** Absent where there is no clock chip. */
  clock?: { chip: string; address: number };
  /** Absent where there is no buzzer. */
  sound?: { pin: number };
  interpreter: {
    board: string;
    version: string;
    storage: { address: number; bytes: number };
    /** Absent where the interpreter does not come over USB. */
    drive?: { boardId: string; family: number };
    /** What a bundle finds there, where that is not what a Pico has. */
    devices?: Device[];
  };
  /**
   * Names of the Storage files, and what they have room for. `slotBytes` is the room for one image, `imagesFileBytes` the file that two of
   * them lie in, somewhere; `journalFileBytes` is the same of the journal's banks.
   */
  storage: {
    images: string;
    slotBytes: number;
    imagesFileBytes: number;
    loose: string;
    boot: string;
    fonts: string;
    /** Absent on a board without machine code. */
    native?: string;
    journal: string;
    journalBytes: number;
    journalFileBytes: number;
    /** Image, boot file and journal fill the whole Storage, in this order. */
    full?: boolean;
  };
  /** Text of the file `storage.boot`. */
  bootFile: string;
  /** The image's header, in base64. */
  imageHeader: string;
  /** What stands in the image between its header and the bundle, in this order: contents in base64 by name. */
  files: Record<string, string>;
  codePage: string[];
  fonts: BuiltFont[];
}
