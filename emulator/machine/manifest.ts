/**
 * What the emulator must know of a bundle's board: the part of the build's manifest that names hardware and fonts. The build writes more
 * into the file; nothing else is read here.
 */
export interface Manifest {
  /** Name of the board, as in `build/<board>.js`. */
  board: string;
  /** Firmware version. */
  version: string;
  keypad: {
    /** Pin numbers of the rows. */
    rows: number[];
    /** Pin numbers of the columns. */
    columns: number[];
    /** `legend[row][column]`: what the key does. */
    legend: string[][];
  };
  display: { controller: string; width: number; height: number; address: number };
  clock: { chip: string; address: number };
  storage: { bundle: string; boot: string; journal: string; journalBytes: number };
  /** Text of the file `storage.boot`. */
  bootFile: string;
  /** What Storage holds beside the bundle: file contents in base64 by name. */
  files: Record<string, string>;
  /** 256 entries: the character that each code stands for, "" for none. */
  codePage: string[];
  fonts: FontDescription[];
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
