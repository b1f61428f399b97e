/** A transaction: ten digits that name the payee and this order alone, and the one answer that confirms it. */
import { randomInt, randomUUID } from "node:crypto";
import { accountTail, makeChallenge } from "../../protocol/otp/challenge.ts";
import { OtpError } from "../../protocol/otp/errors.ts";
import { holderOf, openComparison, refuseUncompared } from "./compare.ts";
import { checkClock, type Judging, type Verdict } from "./judging.ts";
import type { Holder, NewTransaction } from "./store/store.ts";

/** What the customer is asked to confirm. */
export type Order = Pick<NewTransaction, "payeeAccount" | "payeeName" | "amount" | "currency" | "reference">;

/** This token has answered so many orders to this payee that no fresh challenge was found. */
export class ChallengesUsedUpError extends Error {
  override name = "ChallengesUsedUpError";
}

/** One draw in sixteen is refused by itself, and more only for a token with tens of thousands of orders to one payee. */
const DRAWS = 100;

/** Five uniform digits from the system's CSPRNG, with the payee's four; undefined: a multiple of 16. */
function drawChallenge(payeeAccount: string): string | undefined {
  const random = String(randomInt(100_000)).padStart(5, "0");
  try {
    return makeChallenge(accountTail(payeeAccount), random);
  } catch (error) {
    if (error instanceof OtpError && error.part === "multipleOf16") return undefined;
    throw error;
  }
}

/** Undefined: this holder has no token that answers challenges. @throws ChallengesUsedUpError, ClockError, StoreBusyError */
export async function openTransaction(
  judging: Judging,
  holder: Holder,
  order: Order,
): Promise<NewTransaction | undefined> {
  const credential = await judging.store.credential(judging.realm, holder, "challenge");
  if (!credential) return undefined;
  const { realm, serial, slot, generation, seenAt } = credential;
  const createdAt = judging.clock();
  checkClock(createdAt, seenAt);
  const expiresAt = createdAt + judging.policy.transactionSeconds * 1000;
  const id = randomUUID();
  for (let draw = 0; draw < DRAWS; draw++) {
    const challenge = drawChallenge(order.payeeAccount);
    if (challenge === undefined) continue;
    const transaction = { realm, serial, slot, generation, id, challenge, ...order, createdAt, expiresAt };
    if (await judging.store.openTransaction(transaction)) return transaction;
  }
  throw new ChallengesUsedUpError("no challenge to this payee is left for this token");
}

/**
 * Undefined: no such transaction.
 * @throws ClockError, StoreBusyError: the code was not judged
 * @throws PolicyError, SuiteError, SealError: this server can't judge the token's codes; nothing was counted
 */
export async function confirmTransaction(judging: Judging, id: string, code: string): Promise<Verdict | undefined> {
  const { store, policy, clock } = judging;
  const transaction = await store.transaction(judging.realm, id);
  if (!transaction) return undefined;
  const credential = await store.credentialOf(transaction);
  if (credential) checkClock(clock(), credential.seenAt);
  const closed =
    !credential ||
    transaction.state !== "open" ||
    transaction.expiresAt <= clock() ||
    transaction.tries >= policy.transactionTries;
  if (closed) return refuseUncompared(judging, "closed", code, credential);
  if (credential.lockedAt !== null) return refuseUncompared(judging, "locked", code, credential);

  const key = { ...transaction, id };
  const comparison = openComparison(judging, credential);
  try {
    const counted = await store.countTry(key, policy.transactionTries, policy.maxFailures, clock());
    if (!counted) return await refuseUncompared(judging, "closed", code, credential);

    const now = clock();
    // The challenge, which this token never gets twice, is what keeps an answer from counting again: not its step.
    const judgement = comparison.judge(counted, code, now, { lastStep: -1, challenge: transaction.challenge });
    if (judgement.verdict !== "right") return { accepted: false, reason: "wrong", ...holderOf(credential) };
    const accepted = await store.confirm(key, comparison.learned(counted, judgement.step, now), clock());
    if (accepted) return { accepted: true, reason: "right", ...holderOf(credential) };
    await store.giveBack(credential, counted.resets, policy.maxFailures);
    return { accepted: false, reason: "closed", ...holderOf(credential) };
  } finally {
    comparison.close();
  }
}
