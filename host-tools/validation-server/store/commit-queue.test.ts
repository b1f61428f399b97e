import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommitQueue } from "./commit-queue.ts";
import { openDatabase } from "./sqlite-database.ts";
import { StoreBusyError } from "./store.ts";

let folder: string;
let db: DatabaseSync;
let other: DatabaseSync;
const patience = 300;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ochre-queue-"));
  db = await openDatabase(join(folder, "q.db"), 1000);
  other = await openDatabase(join(folder, "q.db"), 1000);
  db.exec("CREATE TABLE notes (text TEXT PRIMARY KEY)");
});

afterEach(() => {
  for (const each of [db, other]) if (each.isOpen) each.close();
  rmSync(folder, { recursive: true, force: true });
});

const note = (text: string) => () => db.prepare("INSERT INTO notes VALUES (?)").run(text);
const notes = () =>
  other
    .prepare("SELECT text FROM notes ORDER BY text")
    .all()
    .map((row) => row.text);

describe("the commit queue", () => {
  it("writes nothing that a power cut could take back: WAL, and an fsync for each commit", () => {
    expect(db.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
  });

  it("tells of a job only after its commit", async () => {
    const queue = new CommitQueue(db, patience);
    const told = queue.run(note("a")).then(() => notes());
    expect(notes()).toEqual([]);
    expect(await told).toEqual(["a"]);
  });

  it("commits what waits together in one transaction", async () => {
    const queue = new CommitQueue(db, patience);
    const seenAtTheFirst = ["a", "b", "c"].map((text) => queue.run(note(text)).then(() => notes()))[0];
    expect(await seenAtTheFirst).toEqual(["a", "b", "c"]);
  });

  it("undoes a job that throws, all of it, and no other", async () => {
    const queue = new CommitQueue(db, patience);
    const outcomes = await Promise.allSettled([
      queue.run(note("a")),
      queue.run(() => {
        note("half done")();
        throw new Error("second thoughts");
      }),
      queue.run(note("a")),
      queue.run(note("b")),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(notes()).toEqual(["a", "b"]);
  });

  it("tries the others again when SQLite undoes the whole transaction for one of them", async () => {
    const queue = new CommitQueue(db, patience);
    const outcomes = await Promise.allSettled([
      queue.run(note("a")),
      queue.run(() => db.exec("INSERT OR ROLLBACK INTO notes VALUES ('a')")),
      queue.run(note("b")),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(notes()).toEqual(["a", "b"]);
  });

  it("waits for another process to let go of the database, with the event loop free", async () => {
    const queue = new CommitQueue(db, 5000);
    other.exec("BEGIN IMMEDIATE");
    const told = queue.run(note("a"));
    setTimeout(() => other.exec("COMMIT"), 150);
    await told;
    expect(notes()).toEqual(["a"]);
  });

  it("gives up when the other does not let go, says that it is busy, and works again afterwards", async () => {
    const queue = new CommitQueue(db, patience);
    other.exec("BEGIN IMMEDIATE");
    await expect(queue.run(note("a"))).rejects.toBeInstanceOf(StoreBusyError);
    other.exec("COMMIT");
    await queue.run(note("b"));
    expect(notes()).toEqual(["b"]);
  });

  it("decides what waits before it closes, and takes nothing after", async () => {
    const queue = new CommitQueue(db, patience);
    const told = queue.run(note("a"));
    await queue.close();
    await told;
    expect(notes()).toEqual(["a"]);
    await expect(queue.run(note("b"))).rejects.toBeInstanceOf(StoreBusyError);
  });
});
