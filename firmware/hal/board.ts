/**
 * What a board gives to the token. `core/` and `ui/` reach the world through these interfaces alone; `boards/` implements them with
 * drivers that call Espruino's assignable globals.
 */
import type { Wire } from "../../protocol/primitives.ts";
import type { Primitives } from "./primitives.ts";

/** A monochrome display in pages of eight rows, as SSD1306 and its relatives have it. */
export interface Display {
  /** Columns. */
  readonly width: number;
  /** Rows, a multiple of eight. */
  readonly height: number;
  on(): void;
  off(): void;
  /**
   * Sends the pages `first` to `last` (both included) of a page buffer of `width * height / 8` bytes. Byte `page * width + x` is the
   * column `x` of that page, its bit 0 the topmost row.
   */
  show(buffer: Uint8Array, first: number, last: number): void;
}

/** The keys that the core knows: the digits and these, by the name of what they do. */
export type Key =
  | "0"
  | "1"
  | "2"
  | "3"
  | "4"
  | "5"
  | "6"
  | "7"
  | "8"
  | "9"
  | "OK"
  | "CLEAR"
  | "UP"
  | "DOWN"
  | "MENU"
  | "OFF";

export interface Keypad {
  /** True where each `Key` has a key of its own. Otherwise there are UP, DOWN, OK and CLEAR, and OK held down is MENU. */
  readonly keyForEach: boolean;
  /** Calls `pressed` once for each debounced key press, from now on; a key also wakes the board from `sleep`. */
  start(pressed: (key: Key) => void): void;
}

/** A buzzer, where there is one. */
export interface Sound {
  /** Sounds from now on, at so many hertz; 0 is silence. */
  tone(hertz: number): void;
}

/** A clock in UTC: battery-backed, or, where there is none, the board's own, which loses its power with the board. */
export interface Clock {
  /** Unix time in whole seconds, whatever it is worth. */
  now(): number;
  /** The same, undefined when the clock stopped since it was last set: its time means nothing. */
  soundNow(): number | undefined;
  /** Sets the clock and clears the power-lost flag. `unixSeconds` is a whole number from 2000-01-01 to 2099-12-31. */
  set(unixSeconds: number): void;
  /** True when the clock stopped since it was last set. */
  lostPower(): boolean;
  /** True on a board that has no battery for its clock: that it does not know the time is then how it was built, and no sign of a thief. */
  readonly volatile: boolean;
}

/**
 * NOR flash that belongs to the journal alone: `pages` erase pages of `pageSize` bytes, addressed from 0 without gaps. A write can
 * only clear bits, and its offset and length are multiples of four.
 */
export interface Flash {
  readonly pageSize: number;
  readonly pages: number;
  read(address: number, length: number): Uint8Array;
  /** Cells that do not take what is written are no error here: whoever needs to know reads back. */
  write(address: number, bytes: Uint8Array): void;
  /** Sets a whole page to FF. `address` is the page's first byte. */
  erase(address: number): void;
}

/** The line to the host: bytes as Latin-1 strings, in pieces of any length. */
export interface Serial {
  /** @param cable told when a host's cable comes and goes, and at once when one is there; never on a board that can't see it */
  start(received: (text: string) => void, cable: (plugged: boolean) => void): void;
  write(text: string): void;
}

export interface Timers {
  /** Calls `call` once after `ms` milliseconds; the result cancels it when handed to `cancel`. */
  after(ms: number, call: () => void): number;
  cancel(timer: number): void;
}

/** Room for two firmware images: the one that runs, and the one that will replace it. */
export interface ImageSlots {
  /** Both slots, the second at `length`. Never written where the running image lies, but for its header. */
  readonly flash: Flash;
  /** Bytes of a slot, whole pages. */
  readonly length: number;
  /** Where the slot with the running image begins; -1 where that lies in neither, as on an emulated board. */
  readonly running: number;
  /** Whether an image is for this board. @param model as its header has it */
  fits(model: number): boolean;
  /** Bytes of the slots as they lie there, without a copy. Not to be written. */
  view(address: number, length: number): Uint8Array;
  /** Starts the token anew, with the image that is the current one by then. What runs now is gone. */
  restart(): void;
}

export interface Board {
  /** Name of the folder under boards/. */
  readonly name: string;
  /** Two bytes that diversify keys: the model. */
  readonly model: number;
  /** How well the board keeps a secret: O, P or S (see SECURITY.md). */
  readonly assurance: "O" | "P" | "S";
  /** On classes P and S: HMAC-SHA256(device root, k), a fresh array, which only this board can compute. Absent on class O. */
  readonly bind?: (k: Uint8Array) => Uint8Array;
  readonly display: Display;
  readonly keypad: Keypad;
  readonly sound?: Sound;
  readonly clock: Clock;
  readonly flash: Flash;
  /** Absent on a board that listens to nobody. */
  readonly serial?: Serial;
  readonly timers: Timers;
  /** What the board computes with: the fastest that prove themselves, which takes longer than a first picture should wait. */
  primitives: Primitives;
  /** Rounds of PBKDF2-HMAC-SHA256 for a new PIN: as many as a customer waits for, measured with these primitives when it is called. */
  pinRounds(primitives: Primitives): number;
  readonly wire: Wire;
  /** Undefined on a board whose firmware can't be updated by a session. */
  images(): ImageSlots | undefined;
  /** `length` random bytes. A board without a true generator says so here and keys nothing from it. */
  random(length: number): Uint8Array;
}
