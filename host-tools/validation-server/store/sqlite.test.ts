import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runs } from "../../../test/fuzz/runs.ts";
import { migrations } from "./schema.ts";
import { SqliteStore } from "./sqlite.ts";
import { DatabaseError } from "./sqlite-database.ts";
import type { CredentialKey, NewToken } from "./store.ts";

let folder: string;
let file: string;
let store: SqliteStore;
let second: SqliteStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ochre-store-"));
  file = join(folder, "s.db");
  [store, second] = await Promise.all([SqliteStore.open(file, "r"), SqliteStore.open(file, "r")]);
});

afterEach(async () => {
  await Promise.all([store.close(), second.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const token = (serial: string, generation = 1): NewToken => ({
  realm: "r",
  serial,
  generation,
  board: "pico-keypad",
  model: 1,
  assurance: "O",
  firmware: "0.1.0",
  keyVersion: 1,
  enrolledAt: 1000,
});

const credential = {
  slot: 0,
  kind: "time-code" as const,
  suite: "TOTP-SHA256-8-30",
  label: "Login",
  template: null,
  currency: null,
  sealedSeed: "AAAA",
};
const keyOf = (serial: string, generation = 1): CredentialKey => ({ realm: "r", serial, slot: 0, generation });
const look = async (serial: string) => (await store.credential("r", { serial }, "time-code"))!;

const order = {
  template: null,
  payeeAccount: "0123456",
  payeeName: null,
  amount: "100",
  currency: "VND",
  reference: null,
  createdAt: 1000,
  expiresAt: 121_000,
};

describe("opening the database", () => {
  it("lets processes that start at the same moment make the schema together", async () => {
    const fresh = join(folder, "fresh.db");
    const stores = await Promise.all(Array.from({ length: 8 }, () => SqliteStore.open(fresh, "r")));
    await Promise.all(stores.map((each) => each.ready()));
    await Promise.all(stores.map((each) => each.close()));
  });

  it("makes files that only their user can read", () => {
    for (const name of ["s.db", "s.db-wal", "s.db-shm"]) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  });

  it("refuses a file that others can read or write, and leaves it as it is", async () => {
    for (const mode of [0o644, 0o640, 0o602]) {
      const loose = join(folder, "loose.db");
      writeFileSync(loose, "");
      chmodSync(loose, mode);
      await expect(SqliteStore.open(loose, "r")).rejects.toThrow(/can be read or written by others.*0600/);
      expect(statSync(loose)).toMatchObject({ size: 0 });
      expect(statSync(loose).mode & 0o777).toBe(mode);
    }
    chmodSync(join(folder, "loose.db"), 0o600);
    await (await SqliteStore.open(join(folder, "loose.db"), "r")).close();
  });

  it("refuses a file that is no database, a folder that is not there, and the schema of a later server", async () => {
    writeFileSync(join(folder, "letter.db"), "Dear customer, this is no database.\n".repeat(100), { mode: 0o600 });
    await expect(SqliteStore.open(join(folder, "letter.db"), "r")).rejects.toBeInstanceOf(DatabaseError);
    await expect(SqliteStore.open(join(folder, "nowhere", "s.db"), "r")).rejects.toBeInstanceOf(DatabaseError);
    const later = new DatabaseSync(file);
    later.exec("INSERT INTO schema_migrations VALUES (1000, 0)");
    later.close();
    await expect(SqliteStore.open(file, "r")).rejects.toThrow(/schema 1000/);
  });

  it("brings the tokens and transactions of a former schema along", async () => {
    const former = join(folder, "former.db");
    const db = new DatabaseSync(former);
    db.exec("CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)");
    for (const [at, migration] of migrations.slice(0, 2).entries()) {
      db.exec(migration);
      db.exec(`INSERT INTO schema_migrations VALUES (${at + 1}, 0)`);
    }
    db.exec(`INSERT INTO realms (realm) VALUES ('r');
      INSERT INTO tokens VALUES ('r', 'T1', 1, 'b', 1, 'O', '0.1.0', 48, 1000, 'An');
      INSERT INTO credentials VALUES ('r', 'T1', 0, 1, 'challenge', 'S', 'Pay', 'AAAA', 2, NULL, 3, 77, 1, 5, 6);
      INSERT INTO transactions (realm, id, serial, slot, generation, challenge, payee_account, amount, currency, created_at, expires_at)
        VALUES ('r', 'i', 'T1', 0, 1, '3456123450', '3456', '100', 'VND', 1, 2)`);
    db.close();
    chmodSync(former, 0o600);
    const opened = await SqliteStore.open(former, "r");
    expect(await opened.credential("r", { customer: "An" }, "challenge")).toMatchObject({
      ...{ slot: 0, generation: 1, suite: "S", label: "Pay", sealedSeed: "AAAA", failures: 2, resets: 3, lastStep: 77 },
      ...{ drift: 1, driftAt: 5, seenAt: 6, template: null, currency: null },
    });
    expect(await opened.transaction("r", "i")).toMatchObject({ challenge: "3456123450", template: null });
    await opened.close();
  });

  it("keeps what it was told over a restart", async () => {
    await store.enrol(token("T1"), [credential]);
    await store.count(keyOf("T1"), 10, 2000);
    await Promise.all([store.close(), second.close()]);
    store = await SqliteStore.open(file, "r");
    expect(await look("T1")).toMatchObject({ failures: 1, seenAt: 2000 });
  });
});

describe("accepting", () => {
  it("is for one of any number of callers, on any number of connections", async () => {
    await store.enrol(token("T1"), [credential]);
    const learned = { step: 5, drift: 0, driftAt: 0 };
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, i) => (i % 2 ? store : second).accept(keyOf("T1"), learned)),
    );
    expect(all.filter(Boolean)).toHaveLength(1);
  });

  it("goes forward alone: whatever the order of arrival, accepted steps rise and the last one is kept", async () => {
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(30), { minLength: 1, maxLength: 40 }), async (steps) => {
        const name = `T${++serial}`;
        await store.enrol(token(name), [credential]);
        const accepted: number[] = [];
        await Promise.all(
          steps.map((step, i) =>
            (i % 2 ? store : second)
              .accept(keyOf(name), { step, drift: 0, driftAt: 0 })
              .then((yes) => yes && accepted.push(step)),
          ),
        );
        expect(new Set(accepted).size).toBe(accepted.length);
        expect((await look(name)).lastStep).toBe(Math.max(...steps));
        expect(accepted).toContain(Math.max(...steps));
      }),
      { numRuns: runs(20) },
    );
  });

  it("is over for a generation that was replaced", async () => {
    await store.enrol(token("T1"), [credential]);
    await store.enrol(token("T1", 2), [credential]);
    expect(await store.accept(keyOf("T1", 1), { step: 5, drift: 0, driftAt: 0 })).toBe(false);
    expect(await store.count(keyOf("T1", 1), 10, 2000)).toBeUndefined();
    expect(await store.accept(keyOf("T1", 2), { step: 5, drift: 0, driftAt: 0 })).toBe(true);
  });
});

describe("counting", () => {
  it("lets through exactly as many as the limit says, however many come at once on however many connections", async () => {
    await store.enrol(token("T1"), [credential]);
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, i) => (i % 2 ? store : second).count(keyOf("T1"), 7, 2000)),
    );
    const counted = all.filter((one) => one !== undefined);
    expect(counted.map((one) => one.failures).sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await look("T1")).toMatchObject({ failures: 7, lockedAt: 2000 });
  });

  it("that is given back makes room again, unless the failures started anew meanwhile", async () => {
    await store.enrol(token("T1"), [credential]);
    const { resets } = (await store.count(keyOf("T1"), 2, 2000))!;
    await store.count(keyOf("T1"), 2, 2000);
    expect((await look("T1")).lockedAt).toBe(2000);
    await store.giveBack(keyOf("T1"), resets, 2);
    expect(await look("T1")).toMatchObject({ failures: 1, lockedAt: null });
    await store.accept(keyOf("T1"), { step: 1, drift: 0, driftAt: 0 });
    await store.count(keyOf("T1"), 2, 2000);
    await store.giveBack(keyOf("T1"), resets, 2);
    expect((await look("T1")).failures).toBe(1);
  });

  it("stays locked when the limit is raised, until it is unlocked", async () => {
    await store.enrol(token("T1"), [credential]);
    for (let i = 0; i < 5; i++) await store.count(keyOf("T1"), 5, 2000);
    expect(await store.count(keyOf("T1"), 10, 2000)).toBeUndefined();
    await store.unlock("r", "T1");
    expect(await store.count(keyOf("T1"), 10, 2000)).toMatchObject({ failures: 1 });
  });
});

describe("a limit that is lowered", () => {
  it("holds for what was counted before", async () => {
    await store.enrol(token("T1"), [credential]);
    for (let i = 0; i < 5; i++) await store.count(keyOf("T1"), 10, 2000);
    expect(await store.count(keyOf("T1"), 5, 2000)).toBeUndefined();
    expect((await look("T1")).failures).toBe(5);
  });
});

describe("a transaction", () => {
  const open = (id: string, challenge: string) => store.openTransaction({ ...keyOf("T1"), ...order, id, challenge });
  const key = (id: string) => ({ ...keyOf("T1"), id });
  const learned = { step: 5, drift: 0, driftAt: 0 };

  beforeEach(() => store.enrol(token("T1"), [credential]));

  it("is confirmed by one of any number of callers", async () => {
    await open("a", "1234567891");
    const all = await Promise.all(
      Array.from({ length: 60 }, (_, i) => (i % 2 ? store : second).confirm(key("a"), learned, 2000)),
    );
    expect(all.filter(Boolean)).toHaveLength(1);
  });

  it("has a challenge that this token never had before and never gets again", async () => {
    expect(await open("a", "1234567891")).toBe(true);
    expect(await open("b", "1234567891")).toBe(false);
    await store.confirm(key("a"), learned, 2000);
    expect(await open("c", "1234567891")).toBe(false);
    expect(await store.transaction("r", "b")).toBeUndefined();
    await store.enrol(token("T1", 2), [credential]);
    expect(await store.openTransaction({ ...keyOf("T1", 2), ...order, id: "e", challenge: "1234567891" })).toBe(false);
    await store.enrol(token("T2"), [credential]);
    expect(await store.openTransaction({ ...keyOf("T2"), ...order, id: "d", challenge: "1234567891" })).toBe(true);
  });

  it("is not confirmed at or after its end", async () => {
    await open("a", "1234567891");
    expect(await store.confirm(key("a"), learned, 121_000)).toBe(false);
    expect(await store.confirm(key("a"), learned, 120_999)).toBe(true);
  });

  it("counts a try on itself and on the credential, or on neither", async () => {
    await open("a", "1234567891");
    await open("b", "1234567892");
    const tried = await Promise.all(Array.from({ length: 20 }, () => store.countTry(key("a"), 5, 10, 2000)));
    expect(tried.filter((one) => one !== undefined)).toHaveLength(5);
    expect((await look("T1")).failures).toBe(5);
    for (let i = 0; i < 5; i++) await store.count(keyOf("T1"), 10, 2000);
    expect(await store.countTry(key("b"), 5, 10, 2000)).toBeUndefined();
    expect((await store.transaction("r", "b"))!.tries).toBe(0);
  });

  it("stays open when the credential that answered it is gone", async () => {
    await open("a", "1234567891");
    await store.enrol(token("T1", 2), [credential]);
    expect(await store.confirm(key("a"), learned, 2000)).toBe(false);
    expect((await store.transaction("r", "a"))!.state).toBe("open");
  });
});

describe("tokens", () => {
  it("that are enrolled twice at once are enrolled once", async () => {
    const all = await Promise.all([0, 1, 2, 3].map((i) => (i % 2 ? store : second).enrol(token("T1"), [credential])));
    expect(all.filter(Boolean)).toHaveLength(1);
  });

  it("belong to one customer, and a customer to one token", async () => {
    await store.enrol(token("T1"), [credential]);
    await store.enrol(token("T2"), [credential]);
    expect(await store.assign("r", "T1", "An")).toBe("assigned");
    expect(await store.assign("r", "T1", "An")).toBe("assigned");
    expect(await store.assign("r", "T2", "An")).toBe("taken");
    expect(await store.assign("r", "T9", "Bình")).toBe("unknown");
    expect(await store.unassign("r", "T1")).toBe(true);
    expect(await store.assign("r", "T2", "An")).toBe("assigned");
    expect((await store.credential("r", { customer: "An" }, "time-code"))?.serial).toBe("T2");
  });

  it("of one realm don't exist in another", async () => {
    await store.enrol(token("T1"), [credential]);
    expect(await store.token("s", "T1")).toBeUndefined();
    expect(await store.credential("s", { serial: "T1" }, "time-code")).toBeUndefined();
  });
});
