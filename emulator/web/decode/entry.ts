/** One thing that was seen on the line, as the page shows it. Words are keys of strings.ts, so that they can be said in either language. */
import type { StringKey } from "../strings.ts";

export type Direction = "to-token" | "to-host";

export interface Field {
  label: StringKey;
  /** Names, numbers and bytes as they are ... */
  value: string;
  /** ... or a word to translate. */
  word?: StringKey;
}

export interface LineEntry {
  direction: Direction;
  /** Of the frame; undefined for bytes that were none. */
  sequence?: number;
  /** What the standard calls it, in any language. */
  name: string;
  /** What that means. */
  meaning: StringKey;
  /** Of a response: the status word, undefined for everything else. */
  statusWord?: number;
  /** The payload is encrypted, and nobody here has the keys. */
  secured: boolean;
  fields: Field[];
  /** The payload of the frame. */
  payload: Uint8Array;
}

/** Bytes as people write them: pairs of capitals with a space between. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(" ");
}
