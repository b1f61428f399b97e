/** A server's inside without its network: a store in a folder of its own, and a clock that stands until it is moved. For tests. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { enrol } from "../enrol.ts";
import type { Judging } from "../judging.ts";
import { type KeysFile, makeApiKey } from "../keys-file.ts";
import { defaultPolicy, type Policy } from "../rules/policy.ts";
import { SqliteStore } from "../store/sqlite.ts";
import { createVault } from "../vault.ts";
import { type IssuedToken, issueToken } from "./issued-token.ts";

/** 2026-01-01T00:00:00Z, where a step of 30 s begins. */
export const NEW_YEAR = Date.UTC(2026, 0, 1);

export function makeKeys(): { keys: KeysFile; provisioner: string; bank: string } {
  const provisioner = makeApiKey("desk", "provisioner");
  const bank = makeApiKey("login", "bank");
  return {
    keys: {
      storageKey: randomBytes(32).toString("hex"),
      enrolmentKey: randomBytes(32).toString("hex"),
      apiKeys: [provisioner.entry, bank.entry],
    },
    provisioner: provisioner.key,
    bank: bank.key,
  };
}

/** A folder that is gone when the test is over. */
export function makeFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "ochre-server-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Laboratory {
  judging: Judging;
  keys: KeysFile;
  file: string;
  /** Unix milliseconds; write to move the clock. */
  now: number;
  /** The step of 30 s that the clock is in. */
  readonly step: number;
  /** A fresh token, enrolled. */
  token(serial?: string): Promise<IssuedToken>;
  close(): Promise<void>;
}

export async function openLaboratory(policy: Partial<Policy> = {}): Promise<Laboratory> {
  const folder = makeFolder();
  const { keys } = makeKeys();
  const file = join(folder.path, "test.db");
  const store = await SqliteStore.open(file, "default");
  let serials = 0;
  const laboratory: Laboratory = {
    judging: {
      store,
      vault: createVault(Buffer.from(keys.storageKey, "hex")),
      policy: { ...defaultPolicy, ...policy },
      clock: () => laboratory.now,
      realm: "default",
    },
    keys,
    file,
    now: NEW_YEAR,
    get step() {
      return Math.floor(this.now / 30_000);
    },
    async token(serial = `OC${++serials}`) {
      const token = issueToken(keys.enrolmentKey, serial);
      await enrol(laboratory.judging, Buffer.from(keys.enrolmentKey, "hex"), token.enrolment, true);
      return token;
    },
    async close() {
      await store.close();
      folder.remove();
    },
  };
  return laboratory;
}
