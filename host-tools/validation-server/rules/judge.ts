/** Judging one code against one credential. Pure: what is accepted in the end, the store's compare-and-set decides. */
import { timingSafeEqual } from "node:crypto";
import type { Hashes } from "../../../protocol/primitives.ts";
import type { CredentialSuite } from "./credential-suite.ts";
import type { Window } from "./policy.ts";

/**
 * `right`: the code of a step that was not accepted yet, nor any later one. `used`: the code of a step that was, or of one before it.
 */
export type Judgement = { verdict: "right"; step: number } | { verdict: "used" } | { verdict: "wrong" };

export interface Question {
  suite: CredentialSuite;
  window: Window;
  /** Steps of the token's clock ahead of the server's. */
  drift: number;
  /** The latest step that must not come again; -1: none. */
  lastStep: number;
  /** The ten digits that the customer typed in, or what stands for the order that was signed; empty for a time code. */
  question: string;
}

/** The step that the server's clock is in. */
export function stepAt(now: number, period: number): number {
  return Math.floor(now / 1000 / period);
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  // The length is the caller's own, and that of the right code is public.
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Computes the code of every step of the window whatever comes, so that the time taken does not tell where a code matched.
 * @param now Unix milliseconds of the server's clock
 */
export function judge(hashes: Hashes, seed: Uint8Array, question: Question, code: string, now: number): Judgement {
  const { suite, window, drift, lastStep, question: asked } = question;
  const middle = stepAt(now, suite.period) + drift;
  let verdict: Judgement = { verdict: "wrong" };
  for (let step = middle + window.forward; step >= Math.max(0, middle - window.back); step--) {
    if (!sameText(suite.codeAt(hashes, seed, step, asked), code)) continue;
    // Going back in time, so of two steps with one code the earlier unused one is taken.
    if (step > lastStep) verdict = { verdict: "right", step };
    else if (verdict.verdict === "wrong") verdict = { verdict: "used" };
  }
  return verdict;
}
