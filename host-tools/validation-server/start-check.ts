/** Whether this server can judge the codes of the tokens that its database knows. Asked once, before it listens. */
import { SealError } from "../keys/seal.ts";
import { windowOf } from "./compare.ts";
import type { Judging } from "./judging.ts";
import { credentialSuite, isJudged, SuiteError } from "./rules/credential-suite.ts";
import { PolicyError } from "./rules/policy.ts";
import { StartError } from "./start-error.ts";

/**
 * The storage key must be the one that the realm's check value was sealed under. A realm without one gets it now: from a key that opens
 * its seeds, where it has any.
 * @throws StartError
 */
async function checkStorageKey({ store, vault, realm }: Judging): Promise<void> {
  const wrong = new StartError(
    "the storage key in the keys file is not the one that this database's seeds are stored under: expected the keys file that was made with the database",
  );
  let kept = await store.keyCheck(realm);
  if (kept === undefined) {
    const credential = await store.anyCredential(realm);
    try {
      if (credential) vault.open(credential, credential.sealedSeed).fill(0);
    } catch (error) {
      throw error instanceof SealError ? wrong : error;
    }
    kept = await store.keepKeyCheck(realm, vault.sealKeyCheck(realm));
  }
  if (!vault.isKeyCheck(realm, kept)) throw wrong;
}

/** @throws StartError for a suite that is enrolled and can't be judged: unknown, or without a window in the policy */
async function checkSuites(judging: Judging): Promise<void> {
  for (const { kind, suite } of await judging.store.enrolledSuites(judging.realm))
    try {
      if (isJudged(kind)) windowOf(judging, credentialSuite(kind, suite));
    } catch (error) {
      if (!(error instanceof PolicyError || error instanceof SuiteError)) throw error;
      throw new StartError(`tokens with the suite ${suite} are enrolled, and can't be judged: ${error.message}`);
    }
}

/** @throws StartError with what is wrong and what was expected; nothing was counted against anybody */
export async function checkStart(judging: Judging): Promise<void> {
  await checkStorageKey(judging);
  await checkSuites(judging);
}
