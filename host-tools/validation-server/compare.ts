/** The two ways a counted code goes from here: compared with the seed, or refused without one in the same time. */
import { randomBytes } from "node:crypto";
import { hashes } from "../crypto/node.ts";
import type { Judging, Verdict } from "./judging.ts";
import { type CredentialSuite, credentialSuite } from "./rules/credential-suite.ts";
import { learnDrift } from "./rules/drift.ts";
import { type Judgement, judge, stepAt } from "./rules/judge.ts";
import { PolicyError, type Window } from "./rules/policy.ts";
import type { Counted, Credential, Learned } from "./store/store.ts";
import type { Vault } from "./vault.ts";

/** @throws PolicyError when the policy, changed since the enrolment, has no window for the period */
export function windowOf(judging: Judging, suite: CredentialSuite): Window {
  const window = judging.policy.windows[suite.period];
  if (!window) throw new PolicyError(`the policy has no window for a period of ${suite.period} s`);
  return window;
}

/** All that judging a credential's codes needs, at hand. */
export interface Comparison {
  /** `lastStep`: see Question. */
  judge(counted: Counted, code: string, now: number, bound: { lastStep: number; question: string }): Judgement;
  /** What an accepted step teaches about the token's clock. */
  learned(counted: Counted, step: number, now: number): Learned;
  /** Overwrites the seed. */
  close(): void;
}

/**
 * Made before a code is counted: a server that can't judge, with another storage key or a policy that lacks the window, finds that out
 * while it costs the customer nothing. Holds the seed until it is closed.
 * @throws PolicyError, SuiteError, SealError
 */
export function openComparison(judging: Judging, credential: Credential): Comparison {
  const suite = credentialSuite(credential.kind, credential.suite);
  const window = windowOf(judging, suite);
  const seed = judging.vault.open(credential, credential.sealedSeed);
  return {
    judge: ({ drift }, code, now, bound) => judge(hashes, seed, { suite, window, drift, ...bound }, code, now),
    learned(counted, step, now) {
      const before = { steps: counted.drift, at: counted.driftAt };
      const drift = learnDrift(before, step - stepAt(now, suite.period), now, suite.period, window);
      return { step, drift: drift.steps, driftAt: drift.at };
    },
    close: () => void seed.fill(0),
  };
}

const decoys = new WeakMap<Vault, Credential>();

/** A credential of nobody, sealed as others are. Its seed is random for each vault, and no code is ever accepted for it. */
function decoyOf({ vault, policy, realm }: Judging): Credential {
  let decoy = decoys.get(vault);
  if (decoy) return decoy;
  const [period] = Object.keys(policy.windows);
  const identity = { realm, serial: "", slot: 0, generation: 0, keyVersion: 0, suite: `TOTP-SHA256-8-${period}` };
  const untouched = {
    customer: null,
    failures: 0,
    lockedAt: null,
    resets: 0,
    lastStep: -1,
    drift: 0,
    driftAt: 0,
    seenAt: 0,
  };
  const sealedSeed = vault.seal(identity, randomBytes(32));
  decoys.set(
    vault,
    (decoy = { ...identity, ...untouched, kind: "time-code", label: "", template: null, currency: null, sealedSeed }),
  );
  return decoy;
}

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
  const decoy = decoyOf(judging);
  const comparison = openComparison(judging, decoy);
  try {
    const strays = await judging.store.countStray(judging.realm);
    comparison.judge(decoy, code, judging.clock(), { lastStep: -1, question: "" });
    return { accepted: false, reason, strays, ...holderOf(credential) };
  } finally {
    comparison.close();
  }
}

/** Who is meant, for the log. */
export function holderOf(credential: Credential | undefined): Pick<Verdict, "serial" | "customer"> {
  return credential ? { serial: credential.serial, customer: credential.customer ?? undefined } : {};
}
