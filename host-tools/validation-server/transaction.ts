/**
 * A transaction, and the one answer that confirms it: to ten digits that name the payee and this order alone, or over the order itself,
 * which the customer types with its transaction code.
 */
import { randomInt, randomUUID } from "node:crypto";
import { typedDigits } from "../../protocol/apdu/order-form.ts";
import { accountTail, CHALLENGE_LENGTH, formatChallenge, makeChallenge } from "../../protocol/otp/challenge.ts";
import { OtpError } from "../../protocol/otp/errors.ts";
import { encodeOrder, orderQuestion } from "../../protocol/otp/order.ts";
import { hashes } from "../crypto/node.ts";
import { holderOf, openComparison, refuseUncompared } from "./compare.ts";
import { checkClock, type Judging, type Verdict } from "./judging.ts";
import type { Credential, Holder, NewTransaction } from "./store/store.ts";

/** What the customer is asked to confirm. */
export type Order = Pick<NewTransaction, "payeeAccount" | "payeeName" | "amount" | "currency" | "reference">;

/** This token has answered so many orders to this payee that no fresh challenge was found. */
export class ChallengesUsedUpError extends Error {
  override name = "ChallengesUsedUpError";
}

/** The customer can't type this order into the token. `field` names what is at fault. */
export class OrderError extends Error {
  override name = "OrderError";
  readonly field: "payeeAccount" | "amount" | "currency";
  constructor(field: OrderError["field"], message: string) {
    super(message);
    this.field = field;
  }
}

/** Of a transaction code. */
const CODE_DIGITS = 8;

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

/** Uniform digits: the token's memory of the order, and never given to it twice. */
function drawCode(): string {
  return String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, "0");
}

/** @throws OrderError */
function checkTypable({ template, currency }: Credential, order: Order): void {
  if (order.currency !== currency) throw new OrderError("currency", `this token signs orders in ${currency}`);
  const [, account, amount] = typedDigits(template!);
  if (order.payeeAccount.length > account)
    throw new OrderError("payeeAccount", `this token's customer types ${account} digits at most`);
  if (order.amount.length > amount)
    throw new OrderError("amount", `this token's customer types ${amount} digits at most`);
}

/** What the token computes its answer from. */
function questionOf({ template, challenge, payeeAccount, amount, currency }: NewTransaction): string {
  if (template === null) return challenge;
  const fields = [challenge, payeeAccount, amount, currency].map((text, i) => ({
    tag: i + 1,
    value: new Uint8Array(Buffer.from(text)),
  }));
  return orderQuestion(hashes.sha256, encodeOrder(template, fields));
}

/** What the customer types, for reading. */
export function readable(challenge: string): string {
  if (challenge.length === CHALLENGE_LENGTH) return formatChallenge(challenge);
  return `${challenge.slice(0, CODE_DIGITS / 2)} ${challenge.slice(CODE_DIGITS / 2)}`;
}

/** Undefined: this holder has no token of that mode. @throws ChallengesUsedUpError, OrderError, ClockError, StoreBusyError */
export async function openTransaction(
  judging: Judging,
  holder: Holder,
  order: Order,
  mode: "challenge" | "sign" = "challenge",
): Promise<NewTransaction | undefined> {
  const credential = await judging.store.credential(judging.realm, holder, mode);
  if (!credential) return undefined;
  if (mode === "sign") checkTypable(credential, order);
  const { realm, serial, slot, generation, template, seenAt } = credential;
  const createdAt = judging.clock();
  checkClock(createdAt, seenAt);
  const expiresAt = createdAt + judging.policy.transactionSeconds * 1000;
  const id = randomUUID();
  for (let draw = 0; draw < DRAWS; draw++) {
    const challenge = mode === "sign" ? drawCode() : drawChallenge(order.payeeAccount);
    if (challenge === undefined) continue;
    const transaction = { realm, serial, slot, generation, id, challenge, template, ...order, createdAt, expiresAt };
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
    const judgement = comparison.judge(counted, code, now, { lastStep: -1, question: questionOf(transaction) });
    if (judgement.verdict !== "right") return { accepted: false, reason: "wrong", ...holderOf(credential) };
    const accepted = await store.confirm(key, comparison.learned(counted, judgement.step, now), clock());
    if (accepted) return { accepted: true, reason: "right", ...holderOf(credential) };
    await store.giveBack(credential, counted.resets, policy.maxFailures);
    return { accepted: false, reason: "closed", ...holderOf(credential) };
  } finally {
    comparison.close();
  }
}
