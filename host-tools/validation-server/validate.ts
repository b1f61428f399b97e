/** A time code: accepted once, within the window, and counted before it is compared. */
import { holderOf, openComparison, refuseUncompared } from "./compare.ts";
import { checkClock, type Judging, type Verdict } from "./judging.ts";
import type { Holder } from "./store/store.ts";

/**
 * @param code decimal digits as the customer typed them
 * @throws ClockError, StoreBusyError: the code was not judged
 * @throws PolicyError, SuiteError, SealError: this server can't judge the token's codes; nothing was counted
 */
export async function validate(judging: Judging, holder: Holder, code: string): Promise<Verdict> {
  const { store, policy, clock } = judging;
  const credential = await store.credential(judging.realm, holder, "time-code");
  if (!credential) return refuseUncompared(judging, "unknown", code);
  checkClock(clock(), credential.seenAt);
  if (credential.lockedAt !== null) return refuseUncompared(judging, "locked", code, credential);

  const comparison = openComparison(judging, credential);
  try {
    // The limit first, the count durably, and only then the comparison: a crash or a thousand parallel guesses find no free try.
    const counted = await store.count(credential, policy.maxFailures, clock());
    if (!counted) return await refuseUncompared(judging, "locked", code, credential);

    const now = clock();
    const judgement = comparison.judge(counted, code, now, { lastStep: counted.lastStep, question: "" });
    if (judgement.verdict === "wrong") return { accepted: false, reason: "wrong", ...holderOf(credential) };
    if (judgement.verdict === "right") {
      const accepted = await store.accept(credential, comparison.learned(counted, judgement.step, now));
      if (accepted) return { accepted: true, reason: "right", ...holderOf(credential) };
    }
    // Whoever sends a code that was right has the token: an impatient second click is refused, but costs no try.
    await store.giveBack(credential, counted.resets, policy.maxFailures);
    return { accepted: false, reason: "used", ...holderOf(credential) };
  } finally {
    comparison.close();
  }
}
