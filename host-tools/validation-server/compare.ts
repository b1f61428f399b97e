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
  decoys.set(vault, (decoy = { ...identity, ...untouched, kind: "time-code", label: "", sealedSeed }));
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
  const strays = await judging.store.countStray(judging.realm);
  const decoy = decoyOf(judging);
  compare(judging, decoy, decoy, code, judging.clock(), { lastStep: -1, challenge: "" });
  return { accepted: false, reason, strays, ...holderOf(credential) };
}

/** Who is meant, for the log. */
export function holderOf(credential: Credential | undefined): Pick<Verdict, "serial" | "customer"> {
  return credential ? { serial: credential.serial, customer: credential.customer ?? undefined } : {};
}
