/** What the issuer decides about judging codes. Checked once, at start: a server with a policy that breaks a rule does not run. */

import { StartError } from "../start-error.ts";

/** Steps before and after the stored drift in which a code is accepted. */
export interface Window {
  back: number;
  forward: number;
}

export interface Policy {
  /** Consecutive wrong codes that lock a credential: 1 to 10 (PSD2 RTS Art. 4 allows 5). */
  maxFailures: number;
  /** Tries that one transaction allows, 1 to 10. */
  transactionTries: number;
  /** Seconds that a transaction can be confirmed in, 1 to 120. */
  transactionSeconds: number;
  /** The acceptance window for each period in seconds; a suite with another period can't be enrolled. */
  windows: Record<number, Window>;
}

export const defaultPolicy: Policy = {
  maxFailures: 10,
  transactionTries: 5,
  transactionSeconds: 120,
  windows: { 30: { back: 2, forward: 1 }, 60: { back: 1, forward: 0 } },
};

/** Circular 50/2024/TT-NHNN Art. 11: a code lives for two minutes at most. */
export const CODE_LIFETIME_SECONDS = 120;

export class PolicyError extends StartError {
  override name = "PolicyError";
}

function between(name: string, value: number, lowest: number, highest: number): void {
  if (!Number.isInteger(value) || value < lowest || value > highest)
    throw new PolicyError(`${name} is a whole number from ${lowest} to ${highest}, not ${value}`);
}

/**
 * @throws PolicyError for a value out of its range, or a window with (back + forward + 1) x period over 120 s: the oldest code that
 * it accepts is as old as that.
 */
export function checkPolicy(policy: Policy): void {
  between("maxFailures", policy.maxFailures, 1, 10);
  between("transactionTries", policy.transactionTries, 1, 10);
  between("transactionSeconds", policy.transactionSeconds, 1, CODE_LIFETIME_SECONDS);
  if (Object.keys(policy.windows).length === 0) throw new PolicyError("windows names at least one period");
  for (const [period, { back, forward }] of Object.entries(policy.windows)) {
    between("a period of windows", Number(period), 1, CODE_LIFETIME_SECONDS);
    between(`windows.${period}.back`, back, 0, CODE_LIFETIME_SECONDS);
    between(`windows.${period}.forward`, forward, 0, CODE_LIFETIME_SECONDS);
    const lifetime = (back + forward + 1) * Number(period);
    if (lifetime > CODE_LIFETIME_SECONDS)
      throw new PolicyError(
        `a window of ${back} back and ${forward} forward accepts codes for ${lifetime} s of period ${period} s; ${CODE_LIFETIME_SECONDS} s are allowed`,
      );
  }
}
