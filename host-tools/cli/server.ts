/** `ochre server`: the validation server in the foreground, until SIGTERM or SIGINT. */
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Command } from "commander";
import pino from "pino";
import { openKeysFile } from "../validation-server/keys-file.ts";
import { parsePolicy } from "../validation-server/policy-file.ts";
import { type RunningServer, sqliteFile, startServer } from "../validation-server/server.ts";
import { StartError } from "../validation-server/start-error.ts";
import { UsageError } from "./usage-error.ts";

interface Options {
  db: string;
  keys?: string;
  port: string;
  host: string;
  policy?: string;
  json?: boolean;
}

const STATE = "ochre-server";
const DEFAULT_DB = `sqlite:${STATE}/ochre.db`;

function readPolicy(file: string | undefined) {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new StartError(`the policy can't be read: ${(error as Error).message}`);
  }
  return parsePolicy(text);
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > 65_535) throw new UsageError(`a port is a number from 0 to 65535, not ${text}`);
  return port;
}

function stopOnSignal(server: RunningServer): void {
  const stop = () => {
    server.close().then(
      () => process.exit(0),
      (error) => {
        process.stderr.write(`the server did not stop in order: ${(error as Error).message}\n`);
        process.exit(1);
      },
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

async function run(options: Options): Promise<void> {
  const port = parsePort(options.port);
  const policy = readPolicy(options.policy);
  const file = sqliteFile(options.db);
  if (options.db === DEFAULT_DB) mkdirSync(STATE, { recursive: true, mode: 0o700 });
  const keysFile = options.keys ?? join(dirname(file), "keys.json");
  const { keys, created } = openKeysFile(keysFile);
  const server = await startServer({
    db: options.db,
    keys,
    port,
    host: options.host,
    policy,
    log: pino.destination(2),
  });
  stopOnSignal(server);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ url: server.url, keys: keysFile, created, pid: process.pid })}\n`);
  else {
    if (created.length > 0) process.stdout.write(`New keys, readable by this user alone: ${created.join(", ")}\n`);
    process.stdout.write(`Validation server on ${server.url} (API description: ${server.url}/openapi.json)\n`);
  }
}

/** @returns the command; what can't be used as given ends in a UsageError */
export function serverCommand(): Command {
  return new Command("server")
    .description("run the validation server until SIGTERM")
    .option("--db <url>", "database: sqlite:FILE", DEFAULT_DB)
    .option("--keys <file>", "keys file, made on the first start (default: keys.json beside the database)")
    .option("--port <n>", "TCP port; 0 takes a free one", "8080")
    .option("--host <address>", "address to listen on; end TLS in front of any but this machine's own", "127.0.0.1")
    .option("--policy <file>", "limits and windows as JSON, where they differ from the defaults")
    .option("--json", "one JSON object on standard output when the server listens")
    .action(async (options: Options) => {
      try {
        await run(options);
      } catch (error) {
        if (error instanceof StartError) throw new UsageError(error.message);
        throw error;
      }
    });
}
