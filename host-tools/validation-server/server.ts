/** The validation server: store, rules and API put together, listening. */
import { resolve } from "node:path";
import pino, { type DestinationStream } from "pino";
import { createApp } from "./api/app.ts";
import type { Clock, Judging } from "./judging.ts";
import type { KeysFile } from "./keys-file.ts";
import { checkPolicy, defaultPolicy, type Policy } from "./rules/policy.ts";
import { checkStart } from "./start-check.ts";
import { StartError } from "./start-error.ts";
import { SqliteStore } from "./store/sqlite.ts";
import type { Store } from "./store/store.ts";
import { createVault } from "./vault.ts";

export interface ServerOptions {
  /** `sqlite:FILE`, or a store that is open already; the server closes it. */
  db: string | Store;
  keys: KeysFile;
  /** 0, the default: any free one. */
  port?: number;
  /** Default 127.0.0.1: bearer keys don't travel in clear. Elsewhere TLS is ended in front of the server. */
  host?: string;
  /** Unix time in seconds, fractions welcome. Default: the system's clock. */
  clock?: { now(): number };
  policy?: Partial<Policy>;
  /** Which tenant's tokens: serials and customers of two realms don't know of each other. */
  realm?: string;
  /** Where log lines go, one JSON object each; default: nowhere. */
  log?: DestinationStream;
}

export interface RunningServer {
  /** Without a slash at its end. */
  url: string;
  /** Stops listening, answers what is on its way, closes the database. */
  close(): Promise<void>;
}

/** The path in `sqlite:FILE`, absolute. @throws StartError for any other database URL, without repeating it */
export function sqliteFile(db: string): string {
  const [, scheme, rest] = /^([a-z]+):(.*)$/s.exec(db) ?? [];
  if (scheme === "postgres" || scheme === "postgresql")
    throw new StartError("PostgreSQL is not supported yet: the database is expected as sqlite:FILE");
  if (scheme !== "sqlite" || !rest) throw new StartError("the database is expected as sqlite:FILE");
  // SQLite gives such names a meaning: a database in memory, that two processes could not share.
  if (rest.startsWith(":")) throw new StartError("the database is expected in a file: sqlite:FILE");
  return resolve(rest);
}

function whyNotListening(error: unknown, host: string, port: number): unknown {
  const why: Record<string, string> = {
    EADDRINUSE: "is in use",
    EACCES: "may not be used by this user",
    EADDRNOTAVAIL: "is not an address of this machine",
    ENOTFOUND: "is not a known host",
    EAI_AGAIN: "is not a known host",
    ERR_SOCKET_BAD_PORT: "is no port (0 to 65535 are)",
  };
  const words = why[(error as NodeJS.ErrnoException).code ?? ""];
  return words ? new StartError(`${host} port ${port} ${words}`) : error;
}

/** @throws StartError with what is wrong and what was expected */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { db, keys, port = 0, host = "127.0.0.1", realm = "default" } = options;
  const policy = { ...defaultPolicy, ...options.policy };
  checkPolicy(policy);
  const store = typeof db === "string" ? await SqliteStore.open(sqliteFile(db), realm) : db;
  const vault = createVault(Buffer.from(keys.storageKey, "hex"));
  const { clock: given } = options;
  const clock: Clock = given ? () => Math.floor(given.now() * 1000) : Date.now;
  const judging: Judging = { store, vault, policy, clock, realm };
  const log = options.log ? pino({ base: { pid: process.pid } }, options.log) : pino({ enabled: false });
  try {
    await checkStart(judging);
    const app = await createApp(judging, keys, log);
    app.addHook("onClose", () => store.close());
    const url = await app.listen({ port, host });
    return { url, close: () => app.close() };
  } catch (error) {
    await store.close();
    throw whyNotListening(error, host, port);
  }
}
