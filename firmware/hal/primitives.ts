/** What a board computes with, and where each part of it comes from. */
import type { Aes128Key, Hashes, HashName } from "../../protocol/primitives.ts";

export type PrimitiveName = HashName | "aes128";

/** `espruino`: the interpreter's own `crypto`; `thumb`: the routines of firmware/native/. */
export type ProviderName = "espruino" | "thumb" | "typescript";

/** A provider is handed the one after it, and calls it for the primitives that it can't give itself. */
export interface Primitives {
  /** What is in here changes when `intact` finds a routine broken: taken anew for each key. */
  readonly hashes: Hashes;
  /**
   * Loads what makes ciphers of keys: kept by whoever works with AES, and dropped after. Only a host needs it, and a token on its batteries
   * has better use for the memory.
   */
  loadAes128(): Aes128Key;
  readonly providers: Record<PrimitiveName, ProviderName>;
  /** Those whose machine code is installed and was found broken: its CRC, its place, or its answer to a known question. */
  readonly broken: PrimitiveName[];
  /**
   * Whether a primitive is still what was proven, asked before it is given a key: a token on a battery boots once in years. False from
   * then on for one whose machine code is broken; the next provider has its place when this returns.
   */
  intact(name: PrimitiveName): boolean;
}
