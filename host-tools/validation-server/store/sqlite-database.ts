/** Opening the SQLite file: durable settings, and the schema brought up to date by whichever process comes first. */
import { closeSync, fstatSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { StartError } from "../start-error.ts";
import { isBusy } from "./commit-queue.ts";
import { migrations } from "./schema.ts";

/** The database file can't be opened, or is not this server's. */
export class DatabaseError extends StartError {
  override name = "DatabaseError";
}

const MIGRATIONS_TABLE =
  "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)";

function migrate(db: DatabaseSync): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec(MIGRATIONS_TABLE);
    const { version } = db.prepare("SELECT COALESCE(MAX(version), 0) AS version FROM schema_migrations").get() as {
      version: number;
    };
    if (version > migrations.length)
      throw new DatabaseError(
        `the database has schema ${version}, this server knows ${migrations.length}: it is too old for it`,
      );
    for (let next = version; next < migrations.length; next++) {
      db.exec(migrations[next]);
      db.prepare("INSERT INTO schema_migrations (version, applied_at) VALUES (?, ?)").run(next + 1, Date.now());
    }
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** The mode bits of group and others. */
const OTHERS = 0o077;

/** Makes the file, for this user alone, or finds it so. SQLite's -wal and -shm files take the same mode. @throws DatabaseError */
function claim(file: string): void {
  const fd = openSync(file, "a", 0o600);
  try {
    if (process.platform !== "win32" && (fstatSync(fd).mode & OTHERS) !== 0)
      throw new DatabaseError(`${file} can be read or written by others: expected mode 0600 (chmod 600 ${file})`);
  } finally {
    closeSync(fd);
  }
}

function open(file: string): DatabaseSync {
  try {
    claim(file);
    // A short wait inside of SQLite: the longer one is the commit queue's, which leaves the event loop free.
    const db = new DatabaseSync(file, { timeout: 20 });
    // FULL: in WAL mode, each commit is on the disk before it returns. Sealed seeds of former generations leave no copy.
    db.exec(
      "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF",
    );
    return db;
  } catch (error) {
    if (error instanceof DatabaseError || isBusy(error)) throw error;
    throw new DatabaseError(`${file} can't be opened as a database: ${(error as Error).message}`);
  }
}

/**
 * Opens or creates the database; several processes may do so at once.
 * @param patience milliseconds to wait for another process that is at it
 * @throws DatabaseError
 */
export async function openDatabase(file: string, patience: number): Promise<DatabaseSync> {
  const giveUp = performance.now() + patience;
  for (;;) {
    let db: DatabaseSync | undefined;
    try {
      db = open(file);
      // Entering WAL mode needs the file alone and does not wait for it, whatever the time-out.
      const { journal_mode: mode } = db.prepare("PRAGMA journal_mode = WAL").get() as { journal_mode: string };
      if (mode !== "wal") throw new DatabaseError(`${file} lies where SQLite can't keep a write-ahead log`);
      migrate(db);
      return db;
    } catch (error) {
      db?.close();
      if (!isBusy(error) || performance.now() > giveUp) {
        if (error instanceof DatabaseError) throw error;
        throw new DatabaseError(`${file} can't be opened as a database: ${(error as Error).message}`);
      }
      await delay(5 + Math.random() * 20);
    }
  }
}
