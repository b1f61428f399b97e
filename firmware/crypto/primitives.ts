/** What a board computes with, and where each part of it comes from. */
import type { Aes128Key, Hashes } from "../../protocol/primitives.ts";
import type { PrimitiveName, ProviderName } from "../hal/board.ts";
import { aes128 } from "./aes128.ts";
import { sha1 } from "./sha1.ts";
import { sha256 } from "./sha256.ts";
import { sha512 } from "./sha512.ts";

/** A provider takes the primitives of the one after it, and gives them back with its own in the places that it can fill. */
export interface Primitives {
  readonly hashes: Hashes;
  readonly aes128: Aes128Key;
  readonly providers: Record<PrimitiveName, ProviderName>;
  /** Those whose machine code is installed and was found broken: its CRC, or its answer to a known question. */
  readonly broken: PrimitiveName[];
  /** Whether SHA-256, which PINs go through, is still what was proven. */
  intact(): boolean;
}

/** The last resort, which every board has. */
export const typescript: Primitives = {
  hashes: { sha1: sha1, sha256: sha256, sha512: sha512 },
  aes128: aes128,
  providers: { sha1: "typescript", sha256: "typescript", sha512: "typescript", aes128: "typescript" },
  broken: [],
  intact: function () {
    return true;
  },
};
