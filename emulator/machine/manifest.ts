/**
 * What the emulator must know of a bundle's board: the part of the build's manifest that names hardware and fonts. The build writes more
 * into the file; nothing else is read here.
 */
export interface Manifest {
  /** Name of the board, as in `build/<board>.js`. */
  board: string;
  /** Two bytes that diversify the token's keys. */
  model: number;
  /** Firmware version. */
  version: string;
  /** SHA-256 of the bundle's bytes, in hexadecimal, from the build that let it through the dialect gate; absent where no build did. */
  sha256?: string;
  keypad: KeyMatrix | Buttons;
  /** `address` on I2C; absent where the interpreter draws on the display itself. */
  display: { controller: string; width: number; height: number; address?: number };
  /** Absent on a board without a clock chip: it has the time from a host, and while it has power. */
  clock?: { chip: string; address: number };
  /** Absent on a board without a buzzer. */
  sound?: { pin: number };
  storage: {
    /** The file with the two slots for firmware images, and the room that it and each of them have: 0 where there are none. */
    images: string;
    slotBytes: number;
    imagesFileBytes: number;
    /** What a file is called that holds an image and no slots. */
    loose: string;
    boot: string;
    journal: string;
    journalBytes: number;
    /** A Storage so small that the emulator keeps the image in it too, as the board does, and the journal behind it. */
    full?: boolean;
  };
  /** The interpreter under the bundle; a Raspberry Pi Pico's where it is left out. */
  interpreter?: Interpreter;
  /** Text of the file `storage.boot`. */
  bootFile: string;
  /** What an image begins with, in base64: 24 bytes. */
  imageHeader: string;
  /** What stands in an image between its header and the bundle: contents in base64 by name. */
  files: Record<string, string>;
  /** 256 entries: the character that each code stands for, "" for none. */
  codePage: string[];
  fonts: FontDescription[];
}

/** `g`: the built-in display with `Graphics` and `Pixl`; `NRF`: Bluetooth, which can be put to sleep; `SHA1`: of `require("crypto")`. */
export type Device = "I2C1" | "USB" | "g" | "NRF" | "SHA1";

/** What the emulator needs to know of the interpreter. */
export interface Interpreter {
  /** Espruino's name of its build. */
  board: string;
  /** Where its Storage lies in the address space: whole pages of 4096 bytes. */
  storage: { address: number; bytes: number };
  /** Globals and functions that a bundle finds beside those of every board: a Pico's I2C1 and USB, where it is left out. */
  devices?: Device[];
}

/** Keys that join a row's wire with a column's. */
export interface KeyMatrix {
  /** Pin numbers of the rows. */
  rows: number[];
  /** Pin numbers of the columns. */
  columns: number[];
  /** `legend[row][column]`: what the key does. */
  legend: string[][];
}

/** Keys that join a pin of their own with ground, or with the supply. */
export interface Buttons {
  /** Pin numbers, or the names of the interpreter's globals for pins without one, in the order of the legend. */
  pins: (number | string)[];
  /** The level of a pin whose key is down: low where it is left out. */
  down?: "low" | "high";
  /** `legend[row][column]`: what the key does. */
  legend: string[][];
}

/** A font of equal cells as the bundle holds it. */
export interface FontDescription {
  name: string;
  /** Columns of a cell. */
  width: number;
  /** Rows of a cell, a multiple of eight. */
  height: number;
  /** Code of the first glyph; the others follow without gaps. */
  first: number;
  /**
   * Base64 of the glyphs, each `width * height / 8` bytes: the columns of its upper page from the left, then those of the page below,
   * and so on. Bit 0 of a byte is the topmost row.
   */
  glyphs: string;
}
