/** The last resort, which every board has: loaded where a faster provider can't give everything. */

import type { Primitives } from "../hal/primitives.ts";
import { aes128 } from "./aes128.ts";
import { sha1 } from "./sha1.ts";
import { sha256 } from "./sha256.ts";
import { sha512 } from "./sha512.ts";

export function typescript(): Primitives {
  return {
    hashes: { sha1: sha1, sha256: sha256, sha512: sha512 },
    loadAes128: function () {
      return aes128;
    },
    providers: { sha1: "typescript", sha256: "typescript", sha512: "typescript", aes128: "typescript" },
    broken: [],
    intact: function () {
      return true;
    },
  };
}
