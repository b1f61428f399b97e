/**
 * Group commit for one SQLite connection. Each job is a transaction of its own to whoever submits it, and its promise resolves only
 * after the durable commit; jobs that wait in the same turn of the event loop share one `BEGIN IMMEDIATE ... COMMIT`, and so one
 * fsync. A job that throws is undone alone, by its savepoint.
 *
 * Another process may hold the write lock. SQLite's own waiting would stop the event loop, so it is kept short, and the queue comes
 * back until the oldest job has waited for `patience` milliseconds: then all that wait are rejected with StoreBusyError.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StoreBusyError } from "./store.ts";

interface Job {
  run: () => unknown;
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
  since: number;
}

const BUSY = 5;

/** SQLITE_BUSY in any of its extended codes (sqlite.org/rescode.html). */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && ((error.errcode as number) & 0xff) === BUSY;
}

export class CommitQueue {
  readonly #db: DatabaseSync;
  readonly #patience: number;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  #waiting: Job[] = [];
  #scheduled = false;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(db: DatabaseSync, patience: number) {
    this.#db = db;
    this.#patience = patience;
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#savepoint = db.prepare("SAVEPOINT job");
    this.#release = db.prepare("RELEASE job");
  }

  /** Runs a job, which only calls statements of this connection, and resolves with its result once that is durable. */
  run<T>(job: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreBusyError("the store is closed"));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ run: job, resolve: resolve as (value: unknown) => void, reject, since: performance.now() });
      if (!this.#scheduled) {
        this.#scheduled = true;
        setImmediate(() => this.#flush());
      }
    });
  }

  /** Takes no more jobs and resolves when those that wait are decided. */
  close(): Promise<void> {
    this.#closed = true;
    if (!this.#scheduled) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #flush(): void {
    const jobs = this.#waiting;
    const begun = this.#begun();
    if (begun === "later") return;
    if (begun === "yes") {
      this.#waiting = [];
      this.#settle(jobs);
    }
    this.#next();
  }

  /** Takes the write lock; where that fails for good, those that wait are told. */
  #begun(): "yes" | "later" | "never" {
    try {
      this.#begin.run();
      return "yes";
    } catch (error) {
      if (isBusy(error) && performance.now() - this.#waiting[0].since < this.#patience) {
        // Jitter, so that two processes don't knock at the same moments for ever.
        setTimeout(() => this.#flush(), 1 + Math.random() * 5);
        return "later";
      }
      this.#rejectAll(isBusy(error) ? new StoreBusyError("another process holds the database") : error);
      return "never";
    }
  }

  /** Runs the jobs inside of the open transaction, commits, and tells each what became of it. */
  #settle(jobs: Job[]): void {
    const outcomes: (() => void)[] = [];
    for (const [at, job] of jobs.entries()) {
      this.#savepoint.run();
      try {
        const value = job.run();
        this.#release.run();
        outcomes.push(() => job.resolve(value));
      } catch (error) {
        if (this.#db.isTransaction) {
          this.#db.exec("ROLLBACK TO job; RELEASE job");
          outcomes.push(() => job.reject(error));
          continue;
        }
        // A full disk or the like makes SQLite undo everything. Without the job that hit it, the others are tried again.
        job.reject(error);
        this.#waiting.unshift(...jobs.slice(0, at), ...jobs.slice(at + 1));
        return;
      }
    }
    try {
      this.#commit.run();
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      for (const job of jobs) job.reject(error);
      return;
    }
    for (const outcome of outcomes) outcome();
  }

  #rejectAll(error: unknown): void {
    const jobs = this.#waiting;
    this.#waiting = [];
    for (const job of jobs) job.reject(error);
  }

  #next(): void {
    if (this.#waiting.length > 0) {
      setImmediate(() => this.#flush());
      return;
    }
    this.#scheduled = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
