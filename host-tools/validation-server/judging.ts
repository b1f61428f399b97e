/** What the use cases of this server work with. All of it is handed in. */
import type { Policy } from "./rules/policy.ts";
import type { Store } from "./store/store.ts";
import type { Vault } from "./vault.ts";

/** Unix time in milliseconds. The one clock that all processes of a database share. */
export type Clock = () => number;

export interface Judging {
  store: Store;
  vault: Vault;
  policy: Policy;
  clock: Clock;
  realm: string;
}

/**
 * What became of a code. Only accepted or refused leaves the server; the reason is for its own log:
 * `used`: right, but accepted before or overtaken by a later one; `locked`: too many failures; `unknown`: no such token; `closed`: the
 * transaction was confirmed, has expired, has had its tries, or its token was enrolled anew.
 */
export interface Verdict {
  accepted: boolean;
  reason: "right" | "wrong" | "used" | "locked" | "unknown" | "closed";
  /** The token that was asked and whom it is assigned to; none for an unknown one. */
  serial?: string;
  customer?: string;
  /** Codes that the realm has refused without a comparison so far, this one included. */
  strays?: number;
}

/** The clock reads earlier than it did: nothing can be judged by it, and no code is counted against anybody. */
export class ClockError extends Error {
  override name = "ClockError";
}

/** A clock that is corrected by up to so many milliseconds is still believed. */
const CORRECTION = 30_000;

/** @throws ClockError when the credential was used at a time that is yet to come */
export function checkClock(now: number, seenAt: number): void {
  if (seenAt > now + CORRECTION) throw new ClockError("the clock reads earlier than at the last code");
}
