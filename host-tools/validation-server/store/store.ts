/**
 * What the server remembers, and the few statements by which it decides. The interface is asynchronous and knows no SQL dialect, so
 * that a store on another machine fits.
 *
 * Promises of every store, whatever the number of processes that share one database:
 *  1. A promise that resolves tells of something durable: a power cut after it takes nothing back.
 *  2. Each function below is one transaction, and each verdict in it (`accept`, `confirm`, `count`) is one compare-and-set statement:
 *     the database, not the caller's memory, says who was first.
 *  3. `failures` of a credential = codes counted since `resets` last changed, less those given back. It never exceeds the limit that
 *     the callers name.
 *
 * Times are Unix milliseconds of the server's clock, steps whole numbers below 2^53.
 */

import type { CredentialKind } from "../../keys/credential-kinds.ts";

/** A token by its serial, or by the customer it is assigned to. */
export type Holder = { serial: string } | { customer: string };

export type Kind = CredentialKind;

/** One way to a code on one token, in one generation of its secrets. */
export interface CredentialKey {
  realm: string;
  serial: string;
  slot: number;
  generation: number;
}

export interface Credential extends CredentialKey {
  kind: Kind;
  suite: string;
  label: string;
  /** Of the orders that a credential of kind sign signs (protocol/apdu/order-form.ts); null for any other. */
  template: number | null;
  currency: string | null;
  /** Of the token's keys, as the enrolment told. */
  keyVersion: number;
  /** Under the storage key: see vault.ts. */
  sealedSeed: string;
  customer: string | null;
  failures: number;
  /** When the failures reached the limit; null: not locked. */
  lockedAt: number | null;
  /** Changes whenever the failures start again from none. */
  resets: number;
  /** The latest step that was accepted; -1: none. */
  lastStep: number;
  drift: number;
  driftAt: number;
  /** The latest time at which a code was counted here or the token enrolled. */
  seenAt: number;
}

export type NewCredential = Pick<
  Credential,
  "slot" | "kind" | "suite" | "label" | "template" | "currency" | "sealedSeed"
>;

export interface NewToken {
  realm: string;
  serial: string;
  generation: number;
  board: string;
  model: number;
  assurance: "O" | "P" | "S";
  firmware: string;
  keyVersion: number;
  enrolledAt: number;
}

export interface Token extends NewToken {
  customer: string | null;
  credentials: Credential[];
}

/** What `count` saw in the statement that counted. */
export type Counted = Pick<Credential, "failures" | "resets" | "lastStep" | "drift" | "driftAt">;

/** What an accepted code leaves behind. */
export interface Learned {
  step: number;
  drift: number;
  driftAt: number;
}

export interface NewTransaction extends CredentialKey {
  id: string;
  /** What the customer types: ten digits that are answered, or the transaction code of an order that is signed. */
  challenge: string;
  /** Of an order that is signed; null for a challenge. */
  template: number | null;
  payeeAccount: string;
  payeeName: string | null;
  /** Minor units of the currency, decimal digits. */
  amount: string;
  currency: string;
  reference: string | null;
  createdAt: number;
  expiresAt: number;
}

export interface Transaction extends NewTransaction {
  state: "open" | "accepted";
  tries: number;
  decidedAt: number | null;
}

export interface Store {
  /** Resolves when the database answers. */
  ready(): Promise<void>;
  close(): Promise<void>;

  /** What `keepKeyCheck` was first given for this realm. */
  keyCheck(realm: string): Promise<string | undefined>;
  /** Keeps the check value of a storage key, unless there is one, and returns the one that is kept. */
  keepKeyCheck(realm: string, sealed: string): Promise<string>;
  /** The suites of the realm's credentials, each once. */
  enrolledSuites(realm: string): Promise<Pick<Credential, "kind" | "suite">[]>;
  /** Some credential of the realm. */
  anyCredential(realm: string): Promise<Credential | undefined>;

  token(realm: string, serial: string): Promise<Token | undefined>;
  credential(realm: string, holder: Holder, kind: Kind): Promise<Credential | undefined>;

  /**
   * Writes a token with its credentials as generation `token.generation`; the generation before it, with its credentials and its
   * assignment, is gone. Its last steps stay, for an enrolment may be delivered twice with the same seeds. False, and nothing written: the stored generation is not the one just before (0 stands for none).
   */
  enrol(token: NewToken, credentials: NewCredential[]): Promise<boolean>;
  /** A customer has one token at most: `taken` says that this one has another. */
  assign(realm: string, serial: string, customer: string): Promise<"assigned" | "unknown" | "taken">;
  /** False: no such token. */
  unassign(realm: string, serial: string): Promise<boolean>;
  /** Failures of all credentials start again from none. False: no such token. */
  unlock(realm: string, serial: string): Promise<boolean>;
  /**
   * Drift of these credentials is zero again. Where it was positive, no step up to `reach` and the drift is accepted any more; `reach` is
   * the last step that a window without drift reaches. False: none of them is there.
   */
  forgetDrift(credentials: (CredentialKey & { reach: number })[], now: number): Promise<boolean>;

  /** Counts one code against the limit, before anybody compares it. Undefined, and nothing counted: locked, or no such credential. */
  count(credential: CredentialKey, limit: number, now: number): Promise<Counted | undefined>;
  /** Takes back one count of the epoch `resets`; without effect when the failures started again since. */
  giveBack(credential: CredentialKey, resets: number, limit: number): Promise<void>;
  /** Accepts a code of a step later than any accepted so far. False: it is not later, or the credential is gone. */
  accept(credential: CredentialKey, learned: Learned): Promise<boolean>;
  /** Counts a code that is refused without being compared, and returns how many the realm has had. */
  countStray(realm: string): Promise<number>;

  /** False, and nothing written: this token was given the same challenge before. */
  openTransaction(transaction: NewTransaction): Promise<boolean>;
  transaction(realm: string, id: string): Promise<Transaction | undefined>;
  /** The credential that is to answer a transaction; undefined when the token was enrolled anew since. */
  credentialOf(transaction: CredentialKey): Promise<Credential | undefined>;
  /** `count` for an answer to a transaction: both the transaction and the credential must allow one more. */
  countTry(
    transaction: CredentialKey & { id: string },
    tries: number,
    limit: number,
    now: number,
  ): Promise<Counted | undefined>;
  /** Closes an open, unexpired transaction as accepted. False: it is not open any more, expired, or the credential is gone. */
  confirm(transaction: CredentialKey & { id: string }, learned: Learned, now: number): Promise<boolean>;
}

/** The database can't be used now. The request was not decided, and may be sent again. */
export class StoreBusyError extends Error {
  override name = "StoreBusyError";
}
