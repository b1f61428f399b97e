/** The two ways a counted code goes from here: compared with the seed, or refused without one in the same time. */
import { randomBytes } from "node:crypto";
import { hashes } from "../crypto/node.ts";
import type { Judging, Verdict } from "./judging.ts";
import { type CredentialSuite, credentialSuite } from "./rules/credential-suite.ts";
import { learnDrift } from "./rules/drift.ts";
import { type Judgement, judge, stepAt } from "./rules/judge.ts";
import { PolicyError, type Window } from "./rules/policy.ts";
import type { Counted, Credential, Learned } from "./store/store.ts";

/** @throws PolicyError when the policy, changed since the enrolment, has no window for the period */
export function windowOf(judging: Judging, suite: CredentialSuite): Window {
  const window = judging.policy.windows[suite.period];
  if (!window) throw new PolicyError(`the policy has no window for a period of ${suite.period} s`);
  return window;
}

/** Opens the seed for as long as one judgement takes. `lastStep`: see Question. */
export function compare(
  judging: Judging,
  credential: Credential,
  counted: Counted,
  code: string,
  now: number,
  bound: { lastStep: number; challenge: string },
): Judgement {
  const suite = credentialSuite(credential.kind, credential.suite);
  const window = windowOf(judging, suite);
  const seed = judging.vault.open(credential, credential.sealedSeed);
  try {
    return judge(hashes, seed, { suite, window, drift: counted.drift, ...bound }, code, now);
  } finally {
    seed.fill(0);
  }
}

/** What an accepted step teaches about the token's clock. */
export function learned(
  judging: Judging,
  credential: Credential,
  counted: Counted,
  step: number,
  now: number,
): Learned {
  const suite = credentialSuite(credential.kind, credential.suite);
  const before = { steps: counted.drift, at: counted.driftAt };
  const drift = learnDrift(before, step - stepAt(now, suite.period), now, suite.period, windowOf(judging, suite));
  return { step, drift: drift.steps, driftAt: drift.at };
}

const decoy = credentialSuite("time-code", "TOTP-SHA256-8-30");
const decoySeed = randomBytes(32);

/**
 * Refuses a code that nothing is compared with. One durable count and one judgement, as for a wrong code of a token in use: an answer
 * that came sooner would tell the unknown customer from the known, and the locked token from the mistyped code.
 */
export async function refuseUncompared(
  judging: Judging,
  reason: Verdict["reason"],
  code: string,
  credential?: Credential,
): Promise<Verdict> {
  const strays = await judging.store.countStray(judging.realm);
  const window = { back: 2, forward: 1 };
  judge(hashes, decoySeed, { suite: decoy, window, drift: 0, lastStep: -1, challenge: "" }, code, judging.clock());
  return { accepted: false, reason, strays, ...holderOf(credential) };
}

/** Who is meant, for the log. */
export function holderOf(credential: Credential | undefined): Pick<Verdict, "serial" | "customer"> {
  return credential ? { serial: credential.serial, customer: credential.customer ?? undefined } : {};
}
