/** Seeds at rest: each sealed under the storage key as the seed of one credential in one generation, and of no other. */
import { openSeed, SealError, sealSeed } from "../keys/seal.ts";
import type { CredentialKey } from "./store/store.ts";

export interface SeedIdentity extends CredentialKey {
  suite: string;
  keyVersion: number;
}

export interface Vault {
  seal(identity: SeedIdentity, seed: Uint8Array): string;
  /** The caller overwrites the seed after use. @throws SealError */
  open(identity: SeedIdentity, sealed: string): Uint8Array;
  /** A value without content, by which `isKeyCheck` knows this storage key again. */
  sealKeyCheck(realm: string): string;
  isKeyCheck(realm: string, sealed: string): boolean;
}

/** A JSON array: no two identities are written alike, whatever is in their texts. */
function storageAad(c: SeedIdentity): Uint8Array {
  return Buffer.from(JSON.stringify(["ochre-storage", c.realm, c.serial, c.slot, c.suite, c.generation, c.keyVersion]));
}

function keyCheckAad(realm: string): Uint8Array {
  return Buffer.from(JSON.stringify(["ochre-storage-key-check", realm]));
}

/** @param storageKey 32 bytes */
export function createVault(storageKey: Uint8Array): Vault {
  return {
    seal: (identity, seed) => sealSeed(storageKey, storageAad(identity), seed),
    open: (identity, sealed) => openSeed(storageKey, storageAad(identity), sealed),
    sealKeyCheck: (realm) => sealSeed(storageKey, keyCheckAad(realm), new Uint8Array(0)),
    isKeyCheck: (realm, sealed) => {
      try {
        return openSeed(storageKey, keyCheckAad(realm), sealed).length === 0;
      } catch (error) {
        if (error instanceof SealError) return false;
        throw error;
      }
    },
  };
}
