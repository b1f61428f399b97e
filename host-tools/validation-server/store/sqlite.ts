/** The store on one SQLite file, for any number of processes of one machine. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { CommitQueue, isBusy } from "./commit-queue.ts";
import { openDatabase } from "./sqlite-database.ts";
import * as sql from "./statements.ts";
import {
  type Counted,
  type Credential,
  type CredentialKey,
  type Holder,
  type Kind,
  type Learned,
  type NewCredential,
  type NewToken,
  type NewTransaction,
  type Store,
  StoreBusyError,
  type Token,
  type Transaction,
} from "./store.ts";

const PATIENCE = 10_000;
const CONSTRAINT_UNIQUE = 2067;

/** Undoes a job that found out too late: thrown inside of the job, caught where its promise is awaited. */
class Undo extends Error {}

function falseIfUndone(error: unknown): false {
  if (error instanceof Undo) return false;
  throw error;
}

function keyOf(c: CredentialKey): [string, string, number, number] {
  return [c.realm, c.serial, c.slot, c.generation];
}

export class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #queue: CommitQueue;
  readonly #statements = new Map<string, StatementSync>();

  protected constructor(db: DatabaseSync) {
    this.#db = db;
    this.#queue = new CommitQueue(db, PATIENCE);
  }

  /**
   * Opens or creates the database of one or more realms.
   * @throws DatabaseError
   */
  static async open(file: string, realm: string): Promise<SqliteStore> {
    // `this`, so that a subclass opens as itself.
    const store = new this(await openDatabase(file, PATIENCE));
    await store.write(() => store.change(sql.openRealm, realm));
    return store;
  }

  /** One durable transaction: see CommitQueue. */
  protected write<T>(job: () => T): Promise<T> {
    return this.#queue.run(job);
  }

  /** The number of rows that a statement changed. */
  protected change(text: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(text).run(...values).changes);
  }

  protected one<T>(text: string, ...values: SQLInputValue[]): T | undefined {
    const row = this.#statement(text).get(...values);
    return row === undefined ? undefined : ({ ...row } as T);
  }

  protected all<T>(text: string, ...values: SQLInputValue[]): T[] {
    return this.#statement(text)
      .all(...values)
      .map((row) => ({ ...row }) as T);
  }

  /** A look at what is committed. */
  async #read<T>(look: () => T): Promise<T> {
    try {
      return look();
    } catch (error) {
      // Readers seldom meet a lock in WAL mode: while another process recovers the log, or checkpoints at its end.
      throw isBusy(error) ? new StoreBusyError("another process holds the database") : error;
    }
  }

  #statement(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) this.#statements.set(text, (statement = this.#db.prepare(text)));
    return statement;
  }

  async ready(): Promise<void> {
    await this.#read(() => this.one(sql.ready));
  }

  async close(): Promise<void> {
    await this.#queue.close();
    if (this.#db.isOpen) this.#db.close();
  }

  async keyCheck(realm: string): Promise<string | undefined> {
    const row = await this.#read(() => this.one<{ keyCheck: string | null }>(sql.keyCheck, realm));
    return row?.keyCheck ?? undefined;
  }

  async keepKeyCheck(realm: string, sealed: string): Promise<string> {
    return (await this.write(() => this.one<{ keyCheck: string }>(sql.keepKeyCheck, sealed, realm)))!.keyCheck;
  }

  enrolledSuites(realm: string): Promise<Pick<Credential, "kind" | "suite">[]> {
    return this.#read(() => this.all(sql.enrolledSuites, realm));
  }

  anyCredential(realm: string): Promise<Credential | undefined> {
    return this.#read(() => this.one(sql.anyCredential, realm));
  }

  token(realm: string, serial: string): Promise<Token | undefined> {
    return this.#read(() => {
      const token = this.one<Omit<Token, "credentials">>(sql.token, realm, serial);
      return token && { ...token, credentials: this.all<Credential>(sql.credentialsOfToken, realm, serial) };
    });
  }

  credential(realm: string, holder: Holder, kind: Kind): Promise<Credential | undefined> {
    return this.#read(() =>
      "serial" in holder
        ? this.one(sql.credentialBySerial, realm, holder.serial, kind)
        : this.one(sql.credentialByCustomer, realm, holder.customer, kind),
    );
  }

  enrol(t: NewToken, credentials: NewCredential[]): Promise<boolean> {
    return this.write(() => {
      const facts = [t.board, t.model, t.assurance, t.firmware, t.keyVersion, t.enrolledAt];
      const written =
        t.generation === 1
          ? this.change(sql.insertToken, t.realm, t.serial, t.generation, ...facts)
          : this.change(sql.nextGeneration, t.generation, ...facts, t.realm, t.serial, t.generation - 1);
      if (written !== 1) return false;
      const former = this.all<{ suite: string; lastStep: number }>(sql.deleteCredentials, t.realm, t.serial);
      for (const c of credentials)
        this.change(
          sql.insertCredential,
          ...keyOf({ ...t, slot: c.slot }),
          c.kind,
          c.suite,
          c.label,
          c.template,
          c.currency,
          c.sealedSeed,
          former.find(({ suite }) => suite === c.suite)?.lastStep ?? -1,
          t.enrolledAt,
          t.enrolledAt,
        );
      return true;
    });
  }

  async assign(realm: string, serial: string, customer: string): Promise<"assigned" | "unknown" | "taken"> {
    try {
      return (await this.write(() => this.change(sql.assign, customer, realm, serial))) === 1 ? "assigned" : "unknown";
    } catch (error) {
      if ((error as { errcode?: number }).errcode === CONSTRAINT_UNIQUE) return "taken";
      throw error;
    }
  }

  async unassign(realm: string, serial: string): Promise<boolean> {
    return (await this.write(() => this.change(sql.unassign, realm, serial))) === 1;
  }

  async unlock(realm: string, serial: string): Promise<boolean> {
    return (await this.write(() => this.change(sql.unlock, realm, serial))) > 0;
  }

  forgetDrift(credentials: (CredentialKey & { reach: number })[], now: number): Promise<boolean> {
    return this.write(() => {
      const changed = credentials.map((c) => this.change(sql.forgetDrift, c.reach, c.reach, now, ...keyOf(c)));
      return changed.some((rows) => rows > 0);
    });
  }

  count(credential: CredentialKey, limit: number, now: number): Promise<Counted | undefined> {
    return this.write(() => this.#count(credential, limit, now));
  }

  #count(credential: CredentialKey, limit: number, now: number): Counted | undefined {
    return this.one(sql.count, limit, now, now, now, ...keyOf(credential), limit);
  }

  async giveBack(credential: CredentialKey, resets: number, limit: number): Promise<void> {
    await this.write(() => this.change(sql.giveBack, limit, ...keyOf(credential), resets));
  }

  async accept(credential: CredentialKey, l: Learned): Promise<boolean> {
    return (
      (await this.write(() => this.change(sql.accept, l.step, l.drift, l.driftAt, ...keyOf(credential), l.step))) === 1
    );
  }

  async countStray(realm: string): Promise<number> {
    return (await this.write(() => this.one<{ strays: number }>(sql.countStray, realm)))!.strays;
  }

  async openTransaction(t: NewTransaction): Promise<boolean> {
    const order = [t.id, t.challenge, t.template, t.payeeAccount, t.payeeName, t.amount, t.currency, t.reference];
    return (
      (await this.write(() => this.change(sql.insertTransaction, ...keyOf(t), ...order, t.createdAt, t.expiresAt))) ===
      1
    );
  }

  transaction(realm: string, id: string): Promise<Transaction | undefined> {
    return this.#read(() => this.one(sql.transaction, realm, id));
  }

  credentialOf(transaction: CredentialKey): Promise<Credential | undefined> {
    return this.#read(() => this.one(sql.credential, ...keyOf(transaction)));
  }

  async countTry(
    t: CredentialKey & { id: string },
    tries: number,
    limit: number,
    now: number,
  ): Promise<Counted | undefined> {
    return this.write(() => {
      if (this.change(sql.countTry, t.realm, t.id, now, tries) !== 1) return undefined;
      const counted = this.#count(t, limit, now);
      if (!counted) throw new Undo();
      return counted;
    }).catch((error) => falseIfUndone(error) || undefined);
  }

  confirm(t: CredentialKey & { id: string }, l: Learned, now: number): Promise<boolean> {
    return this.write(() => {
      if (this.change(sql.closeTransaction, now, l.step, t.realm, t.id, now) !== 1) return false;
      if (this.change(sql.learnFromAnswer, l.step, l.step, l.drift, l.driftAt, ...keyOf(t)) !== 1) throw new Undo();
      return true;
    }).catch(falseIfUndone);
  }
}
