/** A token's clock was set at the desk: what was learned of its drift holds no longer. */
import { windowOf } from "./compare.ts";
import { checkClock, type Judging } from "./judging.ts";
import { credentialSuite } from "./rules/credential-suite.ts";
import { stepAt } from "./rules/judge.ts";

/**
 * Judges the token as one whose clock is right. Of a token that ran ahead the window moves back, over codes that expired in the old one:
 * none of a step that the old window had reached is accepted any more. The price is that this token is refused until time has caught
 * up with what it once showed: as long as it ran ahead (MAX_DRIFT_SECONDS at most), and the window's forward steps.
 * @returns false: no such token
 * @throws ClockError, StoreBusyError: nothing was changed
 */
export async function forgetDrift(judging: Judging, serial: string): Promise<boolean> {
  const { store, realm } = judging;
  const token = await store.token(realm, serial);
  if (!token) return false;
  const now = judging.clock();
  const reaches = token.credentials.map((credential) => {
    checkClock(now, credential.seenAt);
    const suite = credentialSuite(credential.kind, credential.suite);
    return { ...credential, reach: stepAt(now, suite.period) + windowOf(judging, suite).forward };
  });
  return store.forgetDrift(reaches, now);
}
